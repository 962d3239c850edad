/** `interfuse data split` and `interfuse data subset`: other splits of a dataset, or a part of it, as new folders. */
import { resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import {
  type Arrangement,
  drawSplits,
  drawSubset,
  openWhole,
  rearrange,
  type WholeDataset,
} from '@interfuse/datasets/tools';
import { textTable } from '../../comparison/table.js';
import type { CommandContext } from '../context.js';
import { showBar } from './bar.js';

export interface SplitFlags {
  readonly shares: readonly [number, number, number];
  readonly seed: number;
  readonly by: 'group' | 'sample';
  readonly stratify: boolean;
  /** So many splits, with this seed and the ones after it. */
  readonly resplit?: number;
  readonly replace?: boolean;
  readonly quiet?: boolean;
}

export async function split(path: string, out: string, flags: SplitFlags, context: CommandContext): Promise<number> {
  const { resplit, seed } = flags;
  const outs =
    resplit === undefined
      ? [{ out, seed }]
      : Array.from({ length: resplit }, (_, i) => ({ out: `${out}-${i + 1}`, seed: seed + i }));
  return makeFolders(path, flags, context, outs, (dataset, number) => ({
    arrangement: drawSplits(dataset, { ...flags, seed: number }),
    changes: { title: `${dataset.description.title}, split anew (by ${flags.by}, seed ${number})` },
  }));
}

export interface SubsetFlags {
  readonly share?: number;
  readonly train?: number;
  readonly valid?: number;
  readonly test?: number;
  readonly seed: number;
  readonly streams?: readonly string[];
  /** False: without the texts. */
  readonly text: boolean;
  readonly replace?: boolean;
  readonly quiet?: boolean;
}

/** @throws COMMAND_USAGE for a stream that there is not */
export async function subset(path: string, out: string, flags: SubsetFlags, context: CommandContext): Promise<number> {
  const { share, seed, streams, text } = flags;
  return makeFolders(path, flags, context, [{ out, seed }], (dataset) => {
    const { sizes, title, streams: known } = dataset.description;
    const unknown = streams?.find((name) => !(name in known));
    if (unknown !== undefined) {
      throw new InterfuseError('COMMAND_USAGE', {
        place: 'interfuse data subset --streams',
        expected: `streams among ${Object.keys(known).join(', ')}`,
        got: unknown,
      });
    }
    const sizeOf = (split: 'train' | 'valid' | 'test') =>
      flags[split] ?? (share === undefined ? sizes[split] : Math.max(1, Math.round(share * sizes[split])));
    const wanted = { train: sizeOf('train'), valid: sizeOf('valid'), test: sizeOf('test') };
    return {
      arrangement: drawSubset(dataset, { sizes: wanted, seed }),
      changes: { title: `${title}, a part of it`, ...(streams ? { streams } : {}), withoutText: !text },
    };
  });
}

async function makeFolders(
  path: string,
  { replace, quiet }: { readonly replace?: boolean; readonly quiet?: boolean },
  { terminal, workingFolder, signal }: CommandContext,
  outs: readonly { readonly out: string; readonly seed: number }[],
  arrange: (
    dataset: WholeDataset,
    seed: number,
  ) => { readonly arrangement: Arrangement; readonly changes: Parameters<typeof rearrange>[3] },
): Promise<number> {
  const dataset = await openWhole(resolve(workingFolder, path));
  const bar = showBar(terminal, quiet === true);
  const rows: string[][] = [];
  try {
    for (const [index, { out, seed }] of outs.entries()) {
      const { arrangement, changes } = arrange(dataset, seed);
      await rearrange(dataset, arrangement, resolve(workingFolder, out), changes, {
        signal,
        progress: (share, doing) => bar.update((index + share) / outs.length, `${out}: ${doing}`),
        ...(replace === undefined ? {} : { replace }),
      });
      const { train, valid, test } = arrangement;
      rows.push([out, String(seed), String(train.length), String(valid.length), String(test.length)]);
    }
  } finally {
    bar.close();
    await dataset.close();
  }
  const columns = ['folder', 'seed', 'train', 'valid', 'test'];
  terminal.out.write(
    `${textTable({ columns: columns.map((title) => ({ title, align: title === 'folder' ? 'left' : 'right' })), rows })}\n`,
  );
  return 0;
}
