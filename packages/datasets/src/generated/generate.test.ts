/** Generated dataset folders: the same bytes from the same seed, whole or not at all, within memory, as the card says. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from '../folder/open.js';
import { verifyDataset } from '../folder/verify.js';
import { type GenerateOptions, generateDataset } from './generate.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-generated-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const small: GenerateOptions = { samples: 600, width: 5, streams: ['audio'], text: true, noise: 0.3 };

async function bytesOf(name: string): Promise<Record<string, string>> {
  const files = (await readdir(at(name), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    return [path.slice(at(name).length), (await readFile(path)).toString('base64')] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

describe('a generated dataset', () => {
  it('is a dataset folder with ragged streams, texts, and what is possible for every subset', async () => {
    await generateDataset(at('made'), { ...small, streams: ['audio', 'vision'] });
    await verifyDataset(at('made'));
    const { spec, open } = await openDataset(at('made'));
    expect(spec.sizes).toEqual({ train: 420, valid: 60, test: 120 });
    const figures = spec.referenceFigures?.filter(({ metric }) => metric === 'MAE').map(({ name }) => name);
    expect(figures).toEqual([
      'constant',
      'text',
      'audio',
      'vision',
      'text + audio',
      'text + vision',
      'audio + vision',
      'everything',
    ]);
    const train = await open('train');
    const { lengths } = await train.read(
      'audio',
      train.samples.map((_, row) => row),
    );
    await train.close();
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([4, 16]);
    expect(new Set(train.samples.map(({ text }) => text?.split(' ').length)).size).toBeGreaterThan(5);
    expect(await readFile(join(at('made'), 'card.md'), 'utf8')).toContain('| audio + vision | ');
  });

  it('has the same bytes for the same seed, and others for another', async () => {
    await generateDataset(at('one'), small);
    await generateDataset(at('again'), small);
    await generateDataset(at('other'), { ...small, seed: 2 });
    const one = await bytesOf('one');
    expect(await bytesOf('again')).toEqual(one);
    const other = await bytesOf('other');
    expect(Object.keys(one).filter((path) => one[path] === other[path])).toEqual([]);
  });

  it('leaves nothing when it is cut off', async () => {
    const aborting = new AbortController();
    const progress = (share: number) => {
      if (share > 0.4) aborting.abort(new Error('Enough.'));
    };
    await expect(generateDataset(at('cut'), { ...small, signal: aborting.signal, progress })).rejects.toThrow(
      'Enough.',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells how far it is, and comes to the end', async () => {
    const shares: number[] = [];
    await generateDataset(at('made'), { ...small, progress: (share) => shares.push(share) });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.length).toBe(8);
    expect(shares.at(-1)).toBeLessThan(1);
  });
});

describe('what cannot be made is refused before anything is written', () => {
  it.each([
    [{ streams: [] }, 'streams'],
    [{ streams: ['audio', 'audio'] }, 'streams'],
    [{ streams: ['text'] }, 'streams'],
    [{ redundancy: -1 }, 'redundancy'],
    [{ redundancy: Number.NaN }, 'redundancy'],
    [{ redundancy: 0, uniqueness: 0, synergy: 0 }, 'redundancy, uniqueness, synergy'],
    [{ uniqueness: { smell: 1 } }, 'uniqueness.smell'],
    [{ streams: ['audio'] }, 'synergy'],
    [{ noise: Number.POSITIVE_INFINITY }, 'noise'],
    [{ classes: 1 }, 'classes'],
    [{ width: 2 }, 'width'],
    [{ steps: [5, 4] }, 'steps'],
    [{ samples: 100_001 }, 'samples'],
    [{ shares: [1, 0, 1] }, 'shares'],
    [{ samples: 4, shares: [1, 1000, 1000] }, 'samples, shares'],
    [{ name: 'My data' }, 'name'],
  ] as readonly [GenerateOptions, string][])('%j', async (options, place) => {
    await expect(generateDataset(at('bad'), options)).rejects.toMatchObject({ code: 'CONFIG_WRONG_VALUE', place });
    expect(await readdir(folder)).toEqual([]);
  });
});
