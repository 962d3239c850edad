/**
 * What `defineConfig` completes and refuses. Nothing here runs: the compiler checks it (`npm run test:types`), and each
 * `@ts-expect-error` fails if the line below it compiles.
 */
import { defineFusion, defineConfig as defineOpenConfig } from '@interfuse/core';
import { expectTypeOf } from 'vitest';
import { type BuiltInPlugin, defineConfig } from '../src/config.js';

const mine = defineFusion({
  id: '@test/mine',
  version: '1.0.0',
  apiVersion: 1,
  title: 'Mine',
  summary: 'A trial.',
  category: 'late',
  requires: {},
  missing: 'mask',
  padding: 'invariant',
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: { type: 'string', description: 'Has no default.' },
      width: { type: 'integer', default: 8, description: 'Has one.' },
    },
  },
  load: async () => () => ({ parameters: {}, state: {}, forward: () => ({}) as never }),
});

/** Every kind has its ids: none has been widened to any text. */
type Ids<K> = Extract<BuiltInPlugin, { kind: K }>['id'];
expectTypeOf<'deepmlf' | 'early' | 'late' | 'shallow' | 'unimodal'>().toExtend<Ids<'fusion'>>();
expectTypeOf<'llama' | 'gpt2' | 'auto'>().toExtend<Ids<'language-model'>>();
expectTypeOf<string>().not.toExtend<Ids<'fusion'>>();
expectTypeOf<string>().not.toExtend<Ids<'language-model'>>();
expectTypeOf<Ids<'encoder'>>().toEqualTypeOf<'transformer' | 'lstm' | 'mean'>();
expectTypeOf<Ids<'dataset'>>().toEqualTypeOf<'staged' | 'sentences' | 'folder'>();
expectTypeOf<Ids<'metric'>>().toEqualTypeOf<'sentiment' | 'sims' | 'regression' | 'classification'>();
expectTypeOf<Ids<'engine'>>().toEqualTypeOf<'onnx' | 'wasm' | 'cpu' | 'tensorflow' | 'tensorflow-gpu'>();

export const accepted = [
  defineConfig({ data: 'staged', fusion: 'late' }),
  defineConfig({
    name: 'all of it',
    data: { use: 'folder', options: { path: './data' }, textLength: 40, transforms: { '*': [{ clip: [-3, 3] }] } },
    encoders: { '*': { use: 'transformer', options: { steps: 12 } }, audio: 'lstm' },
    languageModel: [
      { use: 'llama', options: { lora: { rank: 4 } } },
      { use: 'gpt2', options: { checkpoint: './x' } },
    ],
    fusion: [
      'early',
      { use: 'deepmlf', preset: 'no-gate', options: { tokens: 12, lossWeights: { text: 0 }, depth: null } },
      { use: 'shallow', adaptation: 'feed-forward', control: 'shuffled-streams' },
      { use: 'late', warmStart: { run: 'first', select: 'streams/**' } },
    ],
    stages: { first: { fusion: { use: 'stream-encoder', options: {} }, training: { epochs: 2 } } },
    training: { epochs: 3 },
    evaluation: { metrics: { use: 'classification', options: { perClass: true } }, select: 'MAE' },
    engine: { use: 'onnx', options: { threads: 2 } },
    seeds: [1, 2],
  }),
  defineConfig({ data: 'staged', fusion: [{ use: '@test/mine', options: { path: 'x' } }, 'late'], plugins: [mine] }),
  // Plugins that are named are not known to the compiler: every id passes.
  defineOpenConfig({ data: 'staged', fusion: { use: '@lab/other', options: { any: 1 } }, plugins: ['@lab/other'] }),
];

export const refused = [
  // @ts-expect-error There is no strategy `lat`.
  defineConfig({ data: 'staged', fusion: 'lat' }),
  // @ts-expect-error A dataset is no strategy.
  defineConfig({ data: 'late', fusion: 'late' }),
  // @ts-expect-error A plugin that is not under `plugins` is not known.
  defineConfig({ data: 'staged', fusion: { use: '@test/mine', options: { path: 'x' } } }),
  // @ts-expect-error `late` has no option `widht`.
  defineConfig({ data: 'staged', fusion: { use: 'late', options: { widht: 8 } } }),
  // @ts-expect-error That is an option of another strategy.
  defineConfig({ data: 'staged', fusion: ['early', { use: 'late', options: { tokens: 8 } }] }),
  // @ts-expect-error A width is a number.
  defineConfig({ data: 'staged', fusion: { use: 'late', options: { width: '8' } } }),
  // @ts-expect-error `softmax` is no gate.
  defineConfig({ data: 'staged', fusion: { use: 'deepmlf', options: { gates: 'softmax' } } }),
  // @ts-expect-error There is no such loss, one level deeper.
  defineConfig({ data: 'staged', fusion: { use: 'deepmlf', options: { lossWeights: { words: 1 } } } }),
  // @ts-expect-error `path` has no default.
  defineConfig({ data: 'folder', fusion: 'late' }),
  // @ts-expect-error `path` is a text.
  defineConfig({ data: { use: 'folder', options: { path: 1 } }, fusion: 'late' }),
  // @ts-expect-error `path` of this one has none either.
  defineConfig({ data: 'staged', fusion: '@test/mine', plugins: [mine] }),
  defineConfig({
    data: 'staged',
    fusion: 'late',
    // @ts-expect-error `steps` is a number.
    encoders: { audio: { use: 'transformer', options: { steps: 'x' } } },
  }),
  // @ts-expect-error In a stage, too, an option is one of its strategy.
  defineConfig({ data: 'staged', fusion: 'late', stages: { a: { fusion: { use: 'late', options: { x: 1 } } } } }),
  // @ts-expect-error There is no such setting of training.
  defineConfig({ data: 'staged', fusion: 'late', training: { epoch: 3 } }),
];
