import { cpu } from '@interfuse/engine-tfjs';
import { flattenLeaves, trained } from '@interfuse/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkpointFolder, loadLanguageModel, type ModelPrecision } from './index.js';
import { measurePrecision, type PrecisionLoss } from './measure-precision.js';

const stories = checkpointFolder('stories260k', (path) => path);
const story = 'Once upon a time, there was a little girl named Lily. She loved to play outside in the park.';
const precisionsOf = async (precision: ModelPrecision) =>
  new Map(
    [...flattenLeaves((await loadLanguageModel(stories, { precision })).parameters)].map(([path, leaf]) => [
      path,
      leaf.precision,
    ]),
  );

describe('the precision of a frozen language model', () => {
  it('is a choice for each matrix: 4 bits in the blocks only, and what their shape allows', async () => {
    const held = await precisionsOf('int4');
    expect(held.get('blocks/0/attention/query/weight')).toBe('int4'); // [64, 64]
    expect(held.get('blocks/4/feedForward/up/weight')).toBe('int4'); // [172, 64]
    expect(held.get('blocks/4/feedForward/down/weight')).toBe('float16'); // [64, 172]: no whole blocks of 32
    expect(held.get('embedding/weight')).toBe('int8'); // [512, 64], the head as well
    expect(held.get('blocks/0/attentionNorm/weight')).toBeUndefined();
    expect((await precisionsOf('int8')).get('blocks/0/attention/query/weight')).toBe('int8');
    expect((await precisionsOf('float16')).get('embedding/weight')).toBe('float16');
    expect([...new Set((await precisionsOf('stored')).values())]).toEqual([undefined]);
  });

  it('is refused for a model that is trained as a whole', async () => {
    await expect(loadLanguageModel(stories, { train: 'all', precision: 'int8' })).rejects.toMatchObject({
      code: 'CONFIG_WRONG_VALUE',
      place: 'languageModel.options.precision',
    });
    await expect(loadLanguageModel(stories, { train: 'all', precision: 'stored' })).resolves.toBeDefined();
  });

  it('is of no effect on a copy that is trained, which starts from what is stored', async () => {
    const engine = await (await cpu.load())({}, silent);
    const { parameters } = await loadLanguageModel(stories, { precision: 'int4' });
    const frozen = flattenLeaves(parameters).get('blocks/0/feedForward/up/weight');
    const plain = flattenLeaves((await loadLanguageModel(stories)).parameters).get('blocks/0/feedForward/up/weight');
    if (!frozen || !plain) throw new Error('no such leaf');
    const store = engine.createStore();
    await store.allocate(new Map(Object.entries({ frozen, copy: trained(frozen), plain })), 0);
    const values = await store.read(['frozen', 'copy', 'plain']);
    expect(values.copy?.data).toEqual(values.plain?.data);
    expect(values.frozen?.data).not.toEqual(values.plain?.data);
    await engine.dispose();
  });
});

const silent = { logger: { debug: () => undefined, info: () => undefined, warn: () => undefined } };

describe('what fewer bits cost the bundled model', () => {
  const losses: Partial<Record<ModelPrecision, PrecisionLoss>> = {};
  const loss = (precision: ModelPrecision): PrecisionLoss => losses[precision] as PrecisionLoss;
  beforeAll(async () => {
    for (const precision of ['float32', 'float16', 'int8', 'int4'] as const) {
      const engine = await (await cpu.load())({}, silent);
      losses[precision] = await measurePrecision(stories, precision, engine, story);
      await engine.dispose();
    }
  });

  it('is nothing in float32, and grows as they become fewer', () => {
    expect(loss('float32')).toMatchObject({
      weights: { relative: 0, largest: 0 },
      logits: { mean: 0, largest: 0 },
      changedTokens: 0,
    });
    for (const figure of ['weights', 'logits'] as const) {
      const largest = (['float16', 'int8', 'int4'] as const).map((precision) => loss(precision)[figure].largest);
      expect(largest).toEqual([...largest].sort((a, b) => a - b));
      expect(largest[0]).toBeGreaterThan(0);
    }
  });

  it('is a step of rounding in the weights', () => {
    // Errors are uniform within a step: its length over the root of 12. Blocks of 32 normal numbers reach some two deviations.
    expect(loss('float16').weights.relative).toBeLessThan(2 ** -11);
    expect(loss('int8').weights.relative).toBeCloseTo(2.1 / 127 / Math.sqrt(12), 2);
    expect(loss('int4').weights.relative).toBeGreaterThan(0.03);
    expect(loss('int4').weights.relative).toBeLessThan(0.12);
  });

  it('leaves the next-token loss where it was: to a thousandth in 8 bits, to a tenth in 4', () => {
    const change = (precision: ModelPrecision) => Math.abs(loss(precision).loss.held - loss(precision).loss.stored);
    expect(loss('int8').loss.stored).toBeLessThan(1.5); // a story of the kind that it was trained on
    expect(change('float16')).toBeLessThan(1e-3);
    expect(change('int8')).toBeLessThan(1e-2);
    expect(change('int4')).toBeLessThan(0.2);
  });

  it('saves memory', () => {
    const { bytes } = loss('float32');
    expect(loss('float16').bytes).toBe(bytes / 2);
    expect(loss('int8').bytes).toBeLessThan(0.35 * bytes);
    expect(loss('int4').bytes).toBeLessThan(loss('int8').bytes);
  });
});
