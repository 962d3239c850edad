/** Reading on a thread of its own, as it is built, from a dataset folder that is large enough for one. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StreamTransforms } from '@interfuse/core';
import { type AuthoredDescription, type SplitToWrite, writeDataset } from '@interfuse/datasets/folder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('./support/read-batches.mjs', import.meta.url));

const authored: AuthoredDescription = {
  name: 'long',
  title: 'Long sequences',
  task: { kind: 'regression', range: [-3, 3] },
  hasText: false,
  streams: { audio: { width: 60 }, vision: { width: 20 } },
  labels: { task: 'made up' },
  licence: 'CC0-1.0',
  sources: [{ title: 'made up' }],
};

/** 400 samples of 100 to 499 steps of 80 values are 38 MB: enough for a thread. */
const lengthOf = (row: number): number => 100 + ((199 * row) % 400);

function splitOf(name: string, size: number): SplitToWrite {
  const rows = (width: number) => {
    const lengths = Array.from({ length: size }, (_, row) => lengthOf(row));
    const count = lengths.reduce((sum, length) => sum + length, 0) * width;
    return { values: Float32Array.from({ length: count }, (_, i) => Math.sin(i * i)), lengths };
  };
  const samples = Array.from({ length: size }, (_, row) => ({ id: `${name}-${row}`, labels: { task: (row % 7) - 3 } }));
  return { samples, streams: { audio: rows(60), vision: rows(20) } };
}

let parent: string;
let folder: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'interfuse-reading-'));
  folder = join(parent, 'long');
  const splits = { train: splitOf('train', 400), valid: splitOf('valid', 1), test: splitOf('test', 1) };
  await writeDataset(folder, authored, splits, { type: 'F32' });
});
afterAll(() => rm(parent, { recursive: true }));

interface Told {
  readonly threads: { readonly started: number; readonly ended: number };
  readonly digest: string;
  readonly failure?: { readonly code: string; readonly place: string };
}

const transforms: StreamTransforms = { vision: [{ clip: [-0.5, 0.5] }, { pool: 40 }], '*': [{ standardise: true }] };

/** Ends by itself, or the test does not. */
async function readAll(where: 'thread' | 'here', end: 'close' | 'leave open', through = transforms): Promise<Told> {
  const args = [script, folder, where, end, JSON.stringify(through)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Told;
}

describe('reading on a thread of its own', () => {
  it('gives the same bytes as reading here: one thread for all epochs, gone once the batches are closed', async () => {
    const here = await readAll('here', 'close');
    expect(here.threads.started).toBe(0);
    expect(await readAll('thread', 'close')).toEqual({ ...here, threads: { started: 1, ended: 1 } });
  });

  it('keeps no process alive that forgets to close it', async () => {
    expect((await readAll('thread', 'leave open')).threads).toEqual({ started: 1, ended: 0 });
  });

  it('tells of a value that is not finite with the same code and place', async () => {
    const file = join(folder, 'train', 'audio.safetensors');
    const bytes = await readFile(file);
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString('utf8'));
    const [begin] = header.values.data_offsets as [number, number];
    const at = 8 + Number(bytes.readBigUInt64LE()) + begin;
    await writeFile(file, Buffer.from(bytes).fill(0xff, at, at + 4));
    const here = await readAll('here', 'close', {});
    expect(here.failure?.code).toBe('DATASET_NOT_FINITE');
    expect(here.failure?.place).toContain('audio.safetensors: sample "train-0", step 0, feature 0');
    const { threads, failure } = await readAll('thread', 'close', {});
    expect({ threads, failure }).toEqual({ threads: { started: 1, ended: 1 }, failure: here.failure });
  });
});
