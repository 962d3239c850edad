/** The reference of the command line, made from what `interfuse` itself says in its help. */
import type { CommandDescription } from 'interfuse/command-line';

/** @returns Markdown */
export function commandPage(commands: readonly CommandDescription[]): string {
  const intro = [
    '# Command line',
    'Every command of `interfuse`, as its own `--help` has it. In a project that has Interfuse installed it is `npx interfuse`. Arguments of the form `path=value` override the config; one without `=` is the config file.',
    'Exit codes: 0 done, 1 unexpected error, 2 bad input ([error codes](errors.md)), 130 stopped by Ctrl-C (the same command resumes).',
  ];
  return [...intro, ...commands.map(section)].join('\n\n');
}

function section({ name, usage, description, parameters, options, notes }: CommandDescription): string {
  return [
    `## ${name}`,
    sentence(description),
    `\`\`\`sh\n${usage}\n\`\`\``,
    table(
      'argument',
      parameters.map(({ term, description: text }) => [term, text]),
    ),
    table(
      'option',
      options.map(({ term, description: text }) => [term, text]),
    ),
    notes === '' ? '' : `\`\`\`\n${notes}\n\`\`\``,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function table(head: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(([term, text]) => `| \`${bar(term)}\` | ${bar(text).replaceAll('<', '\\<')} |`);
  return [`| ${head} | |`, '| --- | --- |', ...lines].join('\n');
}

/** A bar would end a cell. */
function bar(text: string): string {
  return text.replaceAll('|', '\\|');
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return (/[.!?]$/.test(capital) ? capital : `${capital}.`).replaceAll('<', '\\<');
}
