/** `interfuse data inspect`: what is in a dataset folder, in tables; leaks between splits are said loudly. */
import { resolve } from 'node:path';
import type { SplitName } from '@interfuse/core';
import type { Inspection, Leak, SplitInspection, Spread, StreamInspection } from '@interfuse/datasets/tools';
import { type Table, textTable } from '../../comparison/table.js';
import { type Paint, painter } from '../../terminal.js';
import type { CommandContext } from '../context.js';
import { showBar } from './bar.js';

const histogramWidth = 20;

export async function inspect(
  path: string,
  { json = false, quiet = false }: { readonly json?: boolean; readonly quiet?: boolean },
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const { inspectDataset } = await import('@interfuse/datasets/tools');
  const bar = showBar(terminal, quiet);
  let inspection: Inspection;
  try {
    inspection = await inspectDataset(resolve(workingFolder, path), { signal, progress: bar.update });
  } finally {
    bar.close();
  }
  const paint = painter(terminal.out, terminal.environment);
  terminal.out.write(json ? `${JSON.stringify(inspection, null, 2)}\n` : `${report(inspection, paint)}\n`);
  return 0;
}

function report({ bins, splits, leaks }: Inspection, paint: Paint): string {
  const parts = Object.entries(splits) as [SplitName, SplitInspection][];
  const warnings = [
    ...leaks.map((leak) => (leak.kind === 'text' ? leakLine(leak) : paint('red', `LEAK: ${leakLine(leak)}`))),
    ...parts.flatMap(([split, { streams }]) =>
      Object.entries(streams).flatMap(([name, { nonFinite, firstNonFinite }]) =>
        nonFinite === 0
          ? []
          : [paint('red', `NOT FINITE: ${nonFinite} values of ${split}/${name}, first in sample "${firstNonFinite}".`)],
      ),
    ),
  ];
  const sections = [
    textTable(splitTable(parts)),
    textTable(streamTable(parts)),
    textTable(labelTable(parts)),
    textTable(histogramTable(bins, parts)),
    warnings.length > 0 ? warnings.join('\n') : 'No leak between the splits was found.',
  ];
  return sections.join('\n\n');
}

function leakLine({ kind, stream, splits: [one, other], count, example }: Leak): string {
  const what = {
    stream: `${other} has the same ${stream} as ${one}`,
    group: `${other} shares groups (videos, speakers) with ${one}`,
    text: `${other} repeats texts of ${one}`,
  }[kind];
  return `${what}: ${count === 1 ? '1 sample' : `${count} samples`}, such as "${example[1]}" and "${example[0]}".`;
}

function splitTable(parts: readonly [SplitName, SplitInspection][]): Table {
  return {
    columns: [
      { title: 'split', align: 'left' },
      { title: 'samples', align: 'right' },
      { title: 'groups', align: 'right' },
      { title: 'with text', align: 'right' },
      { title: 'characters', align: 'left' },
    ],
    rows: parts.map(([split, { samples, groups, withText, textLength }]) => [
      split,
      String(samples),
      String(groups),
      String(withText),
      spread(textLength),
    ]),
  };
}

/** The mean of each label, and of how many samples it is known if not of all. */
function labelTable(parts: readonly [SplitName, SplitInspection][]): Table {
  const names = [...new Set(parts.flatMap(([, { labels }]) => Object.keys(labels)))];
  return {
    columns: [{ title: 'label, mean', align: 'left' }, ...parts.map(([title]) => ({ title, align: 'right' }) as const)],
    rows: names.map((name) => [
      name,
      ...parts.map(([, { labels, samples }]) => {
        const { known, mean } = labels[name] ?? { known: 0, mean: Number.NaN };
        return `${number(mean)}${known < samples ? ` (${known} known)` : ''}`.trimStart();
      }),
    ]),
  };
}

function streamTable(parts: readonly [SplitName, SplitInspection][]): Table {
  const titles = ['present', 'missing', 'steps', 'least', 'mean', 'most', 'not finite', 'constant'];
  const row = (stream: string, split: string, found: StreamInspection) => [
    stream,
    split,
    String(found.present),
    String(found.missing),
    spread(found.steps),
    number(found.least),
    number(found.mean),
    number(found.most),
    String(found.nonFinite),
    String(found.constantFeatures),
  ];
  const names = Object.keys(parts[0]?.[1].streams ?? {});
  return {
    columns: [
      { title: 'stream', align: 'left' },
      { title: 'split', align: 'left' },
      ...titles.map((title) => ({ title, align: title === 'steps' ? 'left' : 'right' }) as const),
    ],
    rows: names.flatMap((name) =>
      parts.map(([split, { streams }]) => row(name, split, streams[name] as StreamInspection)),
    ),
  };
}

function histogramTable(bins: readonly string[], parts: readonly [SplitName, SplitInspection][]): Table {
  return {
    columns: [{ title: 'label', align: 'left' }, ...parts.map(([title]) => ({ title, align: 'left' }) as const)],
    rows: bins.map((bin, index) => [
      bin,
      ...parts.map(([, { histogram, samples }]) => {
        const count = histogram[index] as number;
        return `${'█'.repeat(Math.round((count / samples) * histogramWidth))} ${count}`.trimStart();
      }),
    ]),
  };
}

/** `2 … 17 … 50`: least, median, most. */
function spread(values: Spread | undefined): string {
  return values === undefined ? '' : `${values.least} … ${values.median} … ${values.most}`;
}

function number(value: number): string {
  return Number.isNaN(value) ? '' : String(Number(value.toPrecision(4)));
}
