/** What the strategies of a comparison predict when they are given some of the modalities alone: of the first seed that was asked. */
import { type MissingMatrix, patternsReported } from '../run/missing-matrix.js';
import type { Figures, RunResult } from '../run/result.js';
import type { Comparison } from './comparison.js';
import { formatFigure } from './format.js';
import { nameOf } from './name-of.js';
import { markdownTable, type Table } from './table.js';

export interface FixedPatterns {
  readonly seed: number;
  /** On test, by what is given; everything comes first. */
  readonly patterns: readonly { readonly kept: readonly string[]; readonly figures: Figures }[];
}

/** The same whether a run was asked for these patterns or for the whole matrix. Nothing if none was asked. @param results in the order of the seeds */
export function fixedPatternsOf(
  results: readonly RunResult[],
  matrices: readonly MissingMatrix[],
): FixedPatterns | undefined {
  const asked = results.find(({ run }) => matrices.some((matrix) => matrix.run === run));
  const matrix = matrices.find(({ run }) => run === asked?.run);
  if (asked === undefined || matrix === undefined) return undefined;
  const patterns = patternsReported(matrix.modalities).flatMap(({ kept, rate }) =>
    matrix.cells
      .filter((cell) => cell.rate === rate && cell.kept.join() === kept.join())
      .map(({ test }) => ({ kept, figures: test.figures })),
  );
  return { seed: asked.seed, patterns };
}

/** Markdown; nothing if no run was asked. */
export function missingSections(comparison: Comparison): string[] {
  const table = missingTable(comparison);
  if (table === undefined) return [];
  return [
    '## Missing modalities',
    '',
    missingLegend(comparison),
    '',
    markdownTable(table),
    '',
    ...notAsked(comparison).flatMap((line) => [line, '']),
  ];
}

export function missingLegend({ columns }: Comparison): string {
  const [selected] = columns;
  return `${selected?.name} on test (${selected?.better} is better) where the model is given these modalities and no others. Strategies that read a single one are left out.`;
}

export function missingTable({ columns, strategies, constant }: Comparison): Table | undefined {
  const [selected] = columns;
  const asked = strategies.filter(({ missing }) => missing !== undefined);
  if (selected === undefined || asked.length === 0) return undefined;
  const show = (figures: Figures | undefined) => formatFigure(figures?.[selected.name] ?? Number.NaN, selected);
  const nameOfPattern = (kept: readonly string[]) => kept.join(' + ');
  const given = [
    ...new Set(asked.flatMap(({ missing }) => missing?.patterns.map(({ kept }) => nameOfPattern(kept)) ?? [])),
  ];
  return {
    columns: [
      { title: 'strategy', align: 'left' },
      { title: 'seed', align: 'right' },
      ...given.map((title) => ({ title, align: 'right' }) as const),
    ],
    rows: [
      ...asked.map(({ missing, ...strategy }) => [
        nameOf(strategy),
        String(missing?.seed),
        ...given.map((name) => {
          const pattern = missing?.patterns.find(({ kept }) => nameOfPattern(kept) === name);
          return pattern === undefined ? '' : show(pattern.figures);
        }),
      ]),
      [constant.name, '', ...given.map(() => show(constant.figures))],
    ],
  };
}

/** Who could be asked and was not. */
export function notAsked({ strategies }: Comparison): string[] {
  const others = strategies.filter(({ missing, modality }) => missing === undefined && modality === undefined);
  if (others.length === 0) return [];
  return [
    `Not asked: ${others.map(nameOf).join(', ')}. \`interfuse evaluate <run> --missing\` asks a run; the next report shows it.`,
  ];
}
