/** Temporary folders of tests, and what a dataset folder holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RaggedRows, Sample, SplitName } from '@interfuse/core';
import { openDataset, verifyDataset } from '@interfuse/datasets/folder';
import { afterEach, beforeEach } from 'vitest';

/** The path of a folder that is new in every test. */
export function temporaryFolder(): { readonly path: string; at(...parts: string[]): string } {
  let path = '';
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'interfuse-importers-'));
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    at: (...parts) => join(path, ...parts),
  };
}

export interface SplitContents {
  readonly samples: readonly Sample[];
  readonly streams: { readonly [name: string]: RaggedRows };
}

/** All of a dataset folder, after every check of the format. */
export async function contentsOf(folder: string): Promise<{ readonly [K in SplitName]: SplitContents }> {
  const { streams } = await verifyDataset(folder);
  const dataset = await openDataset(folder);
  const read = async (name: SplitName): Promise<SplitContents> => {
    const split =
      name === 'test' ? await dataset.openTest({ run: 'import-test', checkpoint: 'none' }) : await dataset.open(name);
    const rows = [...split.samples.keys()];
    const entries = await Promise.all(
      Object.keys(streams).map(async (stream) => [stream, await split.read(stream, rows)] as const),
    );
    await split.close();
    return { samples: split.samples, streams: Object.fromEntries(entries) };
  };
  return { train: await read('train'), valid: await read('valid'), test: await read('test') };
}
