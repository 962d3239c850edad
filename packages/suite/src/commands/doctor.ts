/** `interfuse doctor`: what works on this machine, why the rest does not, and what to do about it. */
import { availableParallelism } from 'node:os';
import { textTable } from '../comparison/table.js';
import type { Finding } from '../doctor/finding.js';
import { machineFindings } from '../doctor/machine.js';
import { startTrialProcess } from '../doctor/trial-process.js';
import { tryAll } from '../doctor/try-all.js';
import { describeMachine } from '../run/manifest.js';
import { exitCodes } from '../show-error.js';
import { painter } from '../terminal.js';
import { version } from '../version.js';
import type { CommandContext } from './context.js';
import { openRegistry } from './open-registry.js';

/** Where nobody says how wide the terminal is. */
const usualColumns = 120;
const leastDetailColumns = 40;

/** @returns 1 if something fails; what is absent does not count */
export async function doctor({ json = false }: { json?: boolean }, context: CommandContext): Promise<number> {
  const { terminal, workingFolder } = context;
  const registry = await openRegistry(undefined, context);
  const engines = registry.list('engine').map(({ plugin }) => plugin);
  const findings = [
    ...(await machineFindings(workingFolder, terminal.environment)),
    ...(await tryAll(engines, availableParallelism(), startTrialProcess)),
  ];
  const works = findings.every(({ verdict }) => verdict !== 'fails');
  if (json) {
    const report = { interfuse: version, works, machine: describeMachine(), findings };
    terminal.out.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const paint = painter(terminal.out, terminal.environment);
    const coloured = findingsTable(findings, terminal.out.columns ?? usualColumns)
      .replaceAll(/^FAILS/gm, paint('red', 'FAILS'))
      .replaceAll(/^ok/gm, paint('green', 'ok'));
    terminal.out.write(`${coloured}\n`);
  }
  return works ? 0 : exitCodes.unexpected;
}

/** One row for each finding, with its way out below. */
export function findingsTable(findings: readonly Finding[], columns: number): string {
  const widest = Math.max(...findings.map(({ what }) => what.length));
  const width = Math.max(leastDetailColumns, columns - 'absent'.length - widest - 4);
  return textTable({
    columns: ['', 'what', 'details'].map((title) => ({ title, align: 'left' })),
    rows: findings.flatMap(({ what, verdict, details, toDo }) => {
      const [first = '', ...more] = [...wrap(details, width), ...(toDo === undefined ? [] : wrap(`→ ${toDo}`, width))];
      return [[verdict === 'fails' ? 'FAILS' : verdict, what, first], ...more.map((line) => ['', '', line])];
    }),
  });
}

/** Lines of at most this width; a command in backticks is not broken, so that it can be copied. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.match(/`[^`]*`\S*|\S+/g) ?? []) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
