/** The reference of a package: every public export with its doc comment and its declaration, from what is built. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declarationsOf } from './declarations.js';
import { commentAsMarkdown } from './doc-comment.js';

interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly exports: { readonly [entry: string]: { readonly types: string } };
}

/** @returns Markdown. @param folder of the package, built */
export function apiPage(folder: string): string {
  const { name, description, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.entries(exports);
  const sections = entries.map(([entry, { types }]) => {
    const declarations = [...declarationsOf(join(folder, types))].sort(([one], [other]) =>
      one.toLowerCase() < other.toLowerCase() ? -1 : 1,
    );
    const own = declarations.map(([exported, all]) => {
      const comment = all.map((each) => each.comment).find((each) => each !== '') ?? '';
      const code = [...new Set(all.map(({ text }) => shortened(text)))].join('\n\n');
      return [`### ${exported}`, commentAsMarkdown(comment), fence(code)].filter((part) => part !== '').join('\n\n');
    });
    return [`## ${name}${entry.slice(1)}`, ...own].join('\n\n');
  });
  return [`# ${name}`, description, 'Made from the doc comments of the public exports.', ...sections].join('\n\n');
}

const longest = 60;

/** A constant that is data may have a thousand lines; its first ones say what it looks like. */
function shortened(text: string): string {
  const lines = text.split('\n');
  if (lines.length <= longest) return text;
  return [...lines.slice(0, longest), `    // ${lines.length - longest} more lines`].join('\n');
}

function fence(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}
