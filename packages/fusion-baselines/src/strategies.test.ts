import type { Engine, FusionHost, FusionModule, LanguageModel } from '@interfuse/core';
import { adaptedLanguageModel, flattenLeaves, frozenDepth } from '@interfuse/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAlmt } from './almt/module.js';
import { createDecision } from './decision/module.js';
import { createEarly } from './early/module.js';
import { plugins } from './index.js';
import { createLate } from './late/module.js';
import { createLmf } from './lmf/module.js';
import { createMbt } from './mbt/module.js';
import { createMisa } from './misa/module.js';
import { createMlfDnn } from './mlf-dnn/module.js';
import { createMult } from './mult/module.js';
import { createSelfMm } from './self-mm/module.js';
import { createShallow } from './shallow/module.js';
import { createEngine, createHost, createTrial, hostBatch } from './shared/trial.test-support.js';
import { createTfn } from './tfn/module.js';
import { createUnimodal } from './unimodal/module.js';

let engine: Engine;
let host: FusionHost;
beforeAll(async () => {
  engine = await createEngine();
  host = await createHost();
});
afterAll(() => engine.dispose());

const head = { hidden: 16, dropout: 0.1 };
const shallowOptions = { at: null, heads: 4, gate: 0, ...head };
const multOptions = {
  ...{ width: 8, heads: 2, layers: 1, memoryLayers: 1, kernel: 3, dropout: 0.1, attentionDropout: 0.1 },
  ...{ embeddingDropout: 0, textDropout: 0, headDropout: 0 },
};
const almtOptions = {
  ...{ width: 8, heads: 2, tokens: 2, embeddingDepth: 1, depth: 2, fusionDepth: 1, layerDropout: 0, dropout: 0.1 },
  readOut: 'mean' as const,
};
const mbtOptions = { tokens: 2, at: 3, heads: 2, layerDropout: 0, ...head };
const adapted = (): FusionHost => ({
  ...host,
  languageModel: adaptedLanguageModel(host.languageModel as LanguageModel),
});
const strategies: Record<string, () => FusionModule> = {
  early: () => createEarly({ slots: 2, ...head }, host),
  late: () => createLate({ width: 16, ...head }, host),
  shallow: () => createShallow(shallowOptions, host),
  mult: () => createMult(multOptions, host),
  almt: () => createAlmt(almtOptions, host),
  mbt: () => createMbt(mbtOptions, host),
  'unimodal text': () => createUnimodal({ modality: 'text', ...head }, host),
  'unimodal audio': () => createUnimodal({ modality: 'audio', ...head }, host),
  'early + feed-forward': () => createEarly({ slots: 2, ...head }, adapted()),
  'late + feed-forward': () => createLate({ width: 16, ...head }, adapted()),
  'shallow + feed-forward': () => createShallow(shallowOptions, adapted()),
  'mult + feed-forward': () => createMult(multOptions, adapted()),
  'almt + feed-forward': () => createAlmt(almtOptions, adapted()),
  'mbt + feed-forward': () => createMbt(mbtOptions, adapted()),
  'unimodal text + feed-forward': () => createUnimodal({ modality: 'text', ...head }, adapted()),
};
const names = Object.keys(strategies);

const utterances = { widths: { '*': 4 }, utteranceDropout: 0 };
const tasks = { ...utterances, hidden: { '*': 8 }, dropout: { '*': 0 } };
const lossWeights = { similarity: 0.3, difference: 0.1, reconstruction: 1 };
/** Those that the conformance kit tries on losses of their own. */
const later: Record<string, () => FusionModule> = {
  decision: () => createDecision({ weights: 'learned', ownLoss: 1, ...head }, host),
  tfn: () => createTfn({ ...utterances, hidden: 8, dropout: 0, bounded: false }, host),
  lmf: () => createLmf({ ...utterances, rank: 2 }, host),
  misa: () => createMisa({ width: 8, heads: 2, feedForward: 16, dropout: 0, lossWeights }, host),
  'mlf-dnn': () => createMlfDnn({ ...tasks, lossWeights: { '*': 1 } }, host),
  'self-mm': () => createSelfMm({ ...tasks, bound: null }, { ...host, samples: { train: 3 } }),
};
const trial = (name: string) => createTrial(engine, (strategies[name] as () => FusionModule)());

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))));
  expect(worst).toBeLessThan(tolerance);
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

describe('every strategy', () => {
  it.each(names)('%s: padding never changes a prediction, nor what lies under a mask', async (name) => {
    const { predict } = await trial(name);
    const plain = await predict(hostBatch());
    expect(plain).toHaveLength(3);
    expectClose(await predict(hostBatch({ padding: 3 })), plain);
    expectClose(await predict(hostBatch({ padding: 3, under: Number.NaN })), plain);
  });

  it.each(names)('%s: predictions are finite when modalities are absent', async (name) => {
    const { predict } = await trial(name);
    for (const without of [['text'], ['audio'], ['vision'], ['text', 'audio', 'vision']]) {
      for (const value of await predict(hostBatch({ without }))) expect(Number.isFinite(value)).toBe(true);
    }
  });

  it.each(names)('%s: what an absent stream holds never matters', async (name) => {
    const { predict } = await trial(name);
    const absent = await predict(hostBatch({ without: ['audio'] }));
    expect(await predict(hostBatch({ without: ['audio'], under: 7 }))).toEqual(absent);
  });

  it.each(names)('%s: every trained parameter gets a gradient, and the frozen language model none', async (name) => {
    const module = (strategies[name] as () => FusionModule)();
    const { largestGradients } = await createTrial(engine, module);
    const gradients = await largestGradients(hostBatch());
    for (const [path, leaf] of flattenLeaves({ parameters: module.parameters })) {
      const frozen = path.startsWith('parameters/languageModel') && !path.includes('/adapters/');
      if (frozen) expect(leaf.train).toBe(false);
      else if (leaf.inert === undefined) expect(gradients.get(path), path).toBeGreaterThan(1e-9);
    }
  });
});

describe('an adapted language model', () => {
  it('is held by every strategy that reads one', () => {
    const paths = (name: string) => [...flattenLeaves((strategies[name] as () => FusionModule)().parameters).keys()];
    const held = names.filter((name) => paths(name).some((path) => path.endsWith('adapters/0/gate')));
    expect(held).toEqual(names.filter((name) => name.endsWith('feed-forward')));
  });

  it('predicts the same from states that are memoised before its first feed-forward', async () => {
    const depth = frozenDepth((host.languageModel as LanguageModel).config.layers);
    const read = createUnimodal({ modality: 'text', ...head }, adapted());
    const { predict, prefix } = await createTrial(engine, read);
    const batch = hostBatch();
    const memoised = {
      ...batch,
      [`text/prefix/${depth}`]: await prefix(host.languageModel as LanguageModel, batch, depth),
    };
    expectClose(await predict(memoised), await predict(batch), 1e-6);
    // They are what is read: others give another prediction.
    const others = {
      ...memoised,
      [`text/prefix/${depth}`]: await prefix(host.languageModel as LanguageModel, batch, 1),
    };
    expect(difference(await predict(others), await predict(batch))).toBeGreaterThan(1e-4);
  });
});

describe('fusion', () => {
  const every = { ...strategies, ...later };
  const fused = ['early', 'late', 'shallow', 'mult', 'almt', 'mbt', ...Object.keys(later)];

  it.each(fused)('%s reads every stream', async (name) => {
    const { predict } = await createTrial(engine, (every[name] as () => FusionModule)());
    const plain = await predict(hostBatch());
    for (const stream of ['audio', 'vision']) {
      expect(difference(await predict(hostBatch({ shift: { [stream]: 1 } })), plain)).toBeGreaterThan(1e-4);
    }
  });

  it('shallow with a closed gate is the text alone', async () => {
    const { predict } = await createTrial(engine, createShallow({ ...shallowOptions, gate: -40 }, host));
    const plain = await predict(hostBatch());
    expectClose(await predict(hostBatch({ shift: { audio: 1, vision: -1 } })), plain, 1e-7);
  });

  it('says how deep the text goes alone, where it goes alone', () => {
    const layers = host.languageModel?.config.layers;
    for (const name of ['late', 'mult', 'almt']) expect(strategies[name]?.().prefixDepths).toEqual([layers]);
    expect(strategies.mbt?.().prefixDepths).toEqual([3]);
    for (const create of Object.values(later)) expect(create().prefixDepths).toEqual([layers]);
    expect(createShallow({ ...shallowOptions, at: 1 }, host).prefixDepths).toEqual([1]);
    expect(strategies.early?.().prefixDepths).toBeUndefined();
  });
});

describe('a single modality', () => {
  it('text never sees the streams, and a stream never sees the text or the other stream', async () => {
    const text = await trial('unimodal text');
    expect(await text.predict(hostBatch({ shift: { audio: 1, vision: 1 } }))).toEqual(await text.predict(hostBatch()));
    const audio = await trial('unimodal audio');
    expect(await audio.predict(hostBatch({ shift: { vision: 1 }, without: ['text'] }))).toEqual(
      await audio.predict(hostBatch()),
    );
  });

  it('a stream alone needs no language model', () => {
    const { languageModel, ...rest } = host;
    expect(languageModel).toBeDefined();
    const { parameters } = createUnimodal({ modality: 'audio', ...head }, rest);
    expect(Object.keys(parameters)).toEqual(['encoders', 'head']);
  });
});

describe('options', () => {
  it('an unknown modality is an error that lists those that exist', () => {
    expect(() => createUnimodal({ modality: 'smell', ...head }, host)).toThrowError(
      /CONFIG_WRONG_VALUE[\s\S]*text or audio or vision/,
    );
  });

  it('a depth beyond the language model, and heads that do not divide its width, are errors', () => {
    expect(() => createShallow({ ...shallowOptions, at: 99 }, host)).toThrowError(/fusion\.options\.at/);
    expect(() => createShallow({ ...shallowOptions, heads: 7 }, host)).toThrowError(/fusion\.options\.heads/);
    expect(() => createMult({ ...multOptions, heads: 3 }, host)).toThrowError(/fusion\.options\.heads/);
    expect(() => createAlmt({ ...almtOptions, heads: 3 }, host)).toThrowError(/fusion\.options\.heads/);
    expect(() => createMbt({ ...mbtOptions, heads: 3 }, host)).toThrowError(/fusion\.options\.heads/);
  });

  it('every property of every schema is described, and nothing else is accepted', () => {
    for (const { options } of plugins) {
      expect(options.additionalProperties).toBe(false);
      for (const property of Object.values(options.properties)) expect(property.description.length).toBeGreaterThan(10);
    }
  });
});
