/** What every dataset promises: its spec is what is read, splits share no sample, and the same options give the same numbers. */
import { describe, expect, it } from 'vitest';
import { templateNamePlugin } from './plugin.js';

const host = { resolvePath: (path: string) => path, logger: { debug() {}, info() {}, warn() {} } };
const receipt = { run: 'a test of the dataset', checkpoint: '' };
const create = await templateNamePlugin.load();
const open = (seed: number) => create({ samples: 20, seed }, host);
const { spec, ...dataset } = await open(1);
const splits = [await dataset.open('train'), await dataset.open('valid'), await dataset.openTest(receipt)];

describe.each(splits)('the split $name', (split) => {
  const rows = split.samples.map((_, row) => row);

  it('has the samples that the spec counts, each with a label in its range', () => {
    expect(split.samples).toHaveLength(spec.sizes[split.name]);
    const [low, high] = spec.task.kind === 'regression' ? spec.task.range : [0, spec.task.classes.length - 1];
    for (const { labels } of split.samples) {
      expect(labels.task).toBeGreaterThanOrEqual(low);
      expect(labels.task).toBeLessThanOrEqual(high);
    }
  });

  it.each(Object.values(spec.streams))(
    '$name: finite numbers, as wide and at most as long as the spec says',
    async (stream) => {
      const { values, lengths } = await split.read(stream.name, rows);
      expect(values).toHaveLength(lengths.reduce((sum, length) => sum + length, 0) * stream.width);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(stream.maximumLength);
      expect(values.every(Number.isFinite)).toBe(true);
    },
  );

  it('reads samples in any order', async () => {
    for (const { name, width } of Object.values(spec.streams)) {
      const [first, last] = [await split.read(name, [0]), await split.read(name, [rows.length - 1])];
      const both = await split.read(name, [rows.length - 1, 0]);
      expect(both.lengths).toEqual([...last.lengths, ...first.lengths]);
      expect(both.values.slice((last.lengths[0] as number) * width)).toEqual(first.values);
    }
  });
});

it('no sample is in two splits', () => {
  const ids = splits.flatMap(({ samples }) => samples.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

it('the same options give the same numbers, and other options another digest', async () => {
  const again = await open(1);
  expect(again.spec).toEqual(spec);
  expect(await (await again.open('train')).read('audio', [0, 1])).toEqual(await splits[0]?.read('audio', [0, 1]));
  expect((await open(2)).spec.digest).not.toBe(spec.digest);
});
