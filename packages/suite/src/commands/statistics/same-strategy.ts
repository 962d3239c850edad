/** `interfuse stats aa`: one strategy dealt into fake ones, to see how often the comparison declares what is not there. */
import { InterfuseError } from '@interfuse/core';
import { countFalseClaims, type FalseClaims, normalQuantile, numberGroups } from '@interfuse/statistics';
import { crossedErrors } from '../../comparison/evidence.js';
import { formatP } from '../../comparison/format.js';
import { type Table, textTable } from '../../comparison/table.js';
import type { CommandContext } from '../context.js';
import { readTables, type TableOptions } from './read-tables.js';

export interface SameStrategyOptions extends TableOptions {
  /** Seeds of each fake strategy, one row of the table each. */
  readonly seeds: readonly number[];
  /** Random deals for each row. */
  readonly deals: number;
}

/** @throws COMMAND_USAGE unless it is one strategy with enough seeds, and what reading the tables throws */
export async function sameStrategy(
  files: readonly string[],
  { seeds, deals, ...options }: SameStrategyOptions,
  context: CommandContext,
): Promise<number> {
  const { strategies, metrics, primary } = await readTables(files, options, context);
  const [strategy, ...others] = strategies;
  if (strategy === undefined || others.length > 0) {
    throw usage(files.join(' '), 'predictions of one strategy', strategies.map(({ name }) => name).join(', '));
  }
  if (!primary.perSample) throw usage('--primary', 'a metric that is a mean over samples', primary.name);
  const count = strategy.predictions.length;
  const possible = seeds.filter((each) => each * 2 <= count);
  if (possible.length === 0) {
    throw usage(files.join(' '), `at least ${2 * Math.min(...seeds)} seeds`, String(count));
  }
  const groups = numberGroups(strategy.predictions[0]?.groups ?? []);
  const [errors] = crossedErrors([strategy], groups, metrics, primary).strategies;
  const rows = possible.map((each) =>
    countFalseClaims(
      { strategy: errors as NonNullable<typeof errors>, groups },
      { strategies: Math.floor(count / each), deals },
    ),
  );
  const size = `${count} seeds, ${groups.length} samples in ${new Set(groups).size} groups, by ${primary.name}`;
  context.terminal.out.write(
    [
      `${strategy.name}: ${size}. Dealt into fake strategies, between which there is no difference: whatever is declared is false.`,
      '',
      textTable(tableOf(rows)),
      '',
      'Deals share their seeds, so the interval is that of these seeds. Asked are at most 5 %.',
      '',
    ].join('\n'),
  );
  return 0;
}

function tableOf(rows: readonly FalseClaims[]): Table {
  const titles = [
    'seeds of each',
    'pairs',
    'in order: declared',
    'smallest p (Holm)',
    'random deals',
    'with a claim',
    '95 % interval',
  ];
  return {
    columns: ['fake strategies', ...titles].map((title) => ({ title, align: 'right' }) as const),
    rows: rows.map(({ strategies, seeds, inOrder, deals, claims }) => [
      String(strategies),
      String(seeds),
      String(inOrder.length),
      String(inOrder.filter(({ verdict }) => verdict === 'different').length),
      formatP(Math.min(...inOrder.map(({ holmP }) => holmP))),
      String(deals),
      percent(claims / deals),
      wilsonInterval(claims, deals).map(percent).join(' to '),
    ]),
  };
}

/** Of a share, 95 % (Wilson 1927, JASA 22). */
function wilsonInterval(count: number, of: number): [number, number] {
  const z = normalQuantile(0.975);
  const centre = (count + z ** 2 / 2) / (of + z ** 2);
  const half = (z / (of + z ** 2)) * Math.sqrt((count * (of - count)) / of + z ** 2 / 4);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function usage(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('COMMAND_USAGE', { place, expected, got });
}
