/**
 * Mistakes of plugin authors that do not compile, and what they may write all the same. Nothing here runs: the compiler
 * checks it (`npm run test:types`), and each `@ts-expect-error` fails if the line below it compiles.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { expectTypeOf } from 'vitest';
import {
  defineDataset,
  defineEncoder,
  defineFusion,
  defineLanguageModel,
  defineMetric,
  type Encoded,
  type FusionBatch,
  type FusionHost,
  type FusionModule,
  type FusionRequirements,
  type LanguageModel,
  type OptionsOf,
  type Output,
  type StreamInput,
  type TensorTree,
  type TextInput,
} from '../src/index.js';

declare const tensor: Tensor;
declare const whole: { readonly encoded: Encoded; readonly state: TensorTree };

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    width: { type: 'integer', default: 32, description: 'A width.' },
    gate: { enum: ['sigmoid', 'none'], default: 'sigmoid', description: 'A gate.' },
  },
} as const;

const about = {
  id: '@test/mine',
  version: '1.0.0',
  apiVersion: 1,
  title: 'Mine',
  summary: 'A trial.',
  options,
} as const;
const strategy = { ...about, category: 'deep', missing: 'mask', padding: 'invariant' } as const;
const declared = { parameters: {}, state: {} } as const;

type Walker = FusionHost<{ readonly languageModel: readonly ['embed', 'blocks'] }>;

/** Members of the language model. */
export const members = [
  // Those that are required, and begin and norm, are there without asking.
  (host: Walker) => [host.languageModel.embed, host.languageModel.block, host.languageModel.begin],
  (host: Walker) => [host.languageModel.norm({}, tensor), host.languageModel.config.width],
  // @ts-expect-error `logits` is not required.
  (host: Walker) => host.languageModel.logits({}, tensor),
  // @ts-expect-error `feedForward` is not required.
  (host: Walker) => host.languageModel.feedForward(0),
  // @ts-expect-error `prefix` is not required.
  (host: Walker, text: TextInput) => host.languageModel.prefix({}, text, 2, {} as never),
  (host: FusionHost<{ readonly languageModel: readonly ['prefix'] }>) =>
    // @ts-expect-error `blocks` is not required.
    host.languageModel.block({}, 0, tensor, {} as never),
  // @ts-expect-error No language model is required, so there may be none.
  (host: FusionHost<{ readonly text: 'tokens' }>) => host.languageModel.config,
  // @ts-expect-error No text is required, so there may be none.
  (host: Walker) => host.text.length,
  // @ts-expect-error There is no such member.
  { languageModel: ['generate'] } satisfies FusionRequirements,
];

/** A plugin in one piece: the factory knows what its own manifest requires. */
export const inOnePiece = [
  defineFusion({
    ...strategy,
    requires: { languageModel: ['embed', 'blocks'], text: 'tokens', streams: { min: 1 } },
    load:
      async () =>
      ({ width, gate }, { languageModel, text, streams }) => {
        expectTypeOf(width).toEqualTypeOf<number>();
        expectTypeOf(gate).toEqualTypeOf<'sigmoid' | 'none'>();
        expectTypeOf(text.length).toEqualTypeOf<number>();
        expectTypeOf(streams).toEqualTypeOf<FusionHost['streams']>();
        return {
          ...declared,
          forward(_params, _state, batch, pass) {
            expectTypeOf(batch.text).toExtend<TextInput>();
            const hidden = languageModel.embed({}, batch.text.tokens);
            // @ts-expect-error `logits` is not required.
            languageModel.logits({}, hidden);
            const frame = { positions: tensor, allowed: tensor, pass };
            return { output: { prediction: languageModel.block({}, 0, hidden, frame).hidden }, state: {} };
          },
        };
      },
  }),
  defineFusion({
    ...strategy,
    requires: {},
    load: async () => () => ({
      ...declared,
      // @ts-expect-error No text is required, so a batch may have none.
      forward: (_params, _state, batch) => ({ output: { prediction: batch.text.tokens }, state: {} }),
    }),
  }),
];

/** A plugin in two files: the module names the requirements of its manifest. */
const requires = { languageModel: ['prefix'], text: 'tokens', streams: { min: 1 } } as const;

function create(_: OptionsOf<typeof options>, { languageModel, text }: FusionHost<typeof requires>): FusionModule {
  expectTypeOf(text.length).toEqualTypeOf<number>();
  // Helpers that take any language model, or any host, take this one.
  expectTypeOf(languageModel).toExtend<LanguageModel>();
  return {
    ...declared,
    forward(_params, _state, batch: FusionBatch<typeof requires>, pass) {
      const words = languageModel.prefix({}, batch.text, 2, pass);
      // @ts-expect-error `embed` is not required.
      languageModel.embed({}, words);
      return { output: { prediction: words }, state: {} };
    },
  };
}

export const inTwoFiles = defineFusion({ ...strategy, requires, load: async () => create });
expectTypeOf(inTwoFiles.id).toEqualTypeOf<'@test/mine'>();

/** Who asks for `FusionHost` as it is gets no promise, and no check. */
const unchecked = (_: OptionsOf<typeof options>, { languageModel }: FusionHost): FusionModule => ({
  ...declared,
  forward: () => ({ output: { prediction: languageModel?.logits({}, tensor) ?? tensor }, state: {} }),
});
export const lenient = defineFusion({ ...strategy, requires, load: async () => unchecked });

/** Options. */
export const asked = [
  defineFusion({
    ...strategy,
    requires,
    load:
      async () =>
      // @ts-expect-error There is no option `widht`.
      ({ widht }) => ({ ...declared, forward: () => widht }),
  }),
  defineFusion({
    ...strategy,
    requires,
    // @ts-expect-error `width` is a number.
    load: async () => (_: { width: string }) => returning({ prediction: tensor }),
  }),
  // @ts-expect-error `tanh` is none of the choices.
  (gate: OptionsOf<typeof options>['gate']) => gate === 'tanh',
];

/** What a strategy returns. */
const returning = (output: Output): FusionModule => ({ ...declared, forward: () => ({ output, state: {} }) });
export const returned = [
  returning({ prediction: tensor, heads: { text: tensor }, features: { text: tensor } }),
  // @ts-expect-error A head is a tensor.
  returning({ prediction: tensor, heads: { text: [0.5] } }),
  // @ts-expect-error There is no prediction.
  returning({ heads: { text: tensor } }),
  // @ts-expect-error What can be inspected names its axes.
  returning({ prediction: tensor, inspect: { gate: { values: tensor } } }),
  defineFusion({
    ...strategy,
    requires,
    // @ts-expect-error New state is returned, if only an empty one.
    load: async () => () => ({ ...declared, forward: () => ({ output: { prediction: tensor } }) }),
  }),
  // @ts-expect-error A term of the objective has a weight.
  { ...returning({ prediction: tensor }), losses: () => ({ task: { value: tensor } }) } satisfies FusionModule,
  {
    ...returning({ prediction: tensor }),
    // @ts-expect-error A leaf says whether it is trained.
    parameters: { bias: { shape: [1], start: { kind: 'constant', value: 0 } } },
  } satisfies FusionModule,
];

/** Manifests. */
export const manifests = [
  // @ts-expect-error There is no such policy.
  defineFusion({ ...strategy, requires, missing: 'skip', load: async () => create }),
  // @ts-expect-error Of the interface there is one version.
  defineFusion({ ...strategy, requires, apiVersion: 2, load: async () => create }),
  // @ts-expect-error A text is read as tokens.
  defineFusion({ ...strategy, requires: { text: 'words' }, load: async () => create }),
  // @ts-expect-error A language model cannot provide what nothing asks for.
  defineLanguageModel({ ...about, provides: ['generate'], load: async () => async () => ({}) as never }),
];

/** Metrics. */
const MAE = { name: 'MAE', better: 'lower', describe: 'Mean absolute error.' } as const;
const compute = () => ({ MAE: 0 });
const measured = { ...about, task: ['regression'] } as const;
export const metrics = [
  defineMetric({ ...measured, load: async () => () => ({ columns: [MAE], compute }) }),
  // @ts-expect-error There are no columns.
  defineMetric({ ...measured, load: async () => () => ({ compute }) }),
  defineMetric({
    ...measured,
    // @ts-expect-error A column says which direction is better.
    load: async () => () => ({ columns: [{ name: 'MAE', describe: 'An error.' }], compute }),
  }),
  // @ts-expect-error A figure is a number.
  defineMetric({ ...measured, load: async () => () => ({ columns: [MAE], compute: () => ({ MAE: '0.7' }) }) }),
  // @ts-expect-error There is no such task.
  defineMetric({ ...about, task: ['ranking'], load: async () => () => ({ columns: [MAE], compute }) }),
];

/** Encoders. */
const encoding = (encode: (stream: StreamInput) => typeof whole) =>
  defineEncoder({
    ...about,
    load: async () => (o) => ({ ...declared, width: o.width, encode: (_p, _s, stream) => encode(stream) }),
  });
export const encoders = [
  encoding(({ values, mask }) => ({ encoded: { values, mask }, state: {} })),
  // @ts-expect-error Without a mask nobody knows which steps are real.
  encoding(({ values }) => ({ encoded: { values }, state: {} })),
  // @ts-expect-error What is encoded comes with the new state.
  encoding(({ values, mask }) => ({ values, mask })),
  // @ts-expect-error An encoder says how wide its vectors are.
  defineEncoder({ ...about, load: async () => () => ({ ...declared, encode: () => whole }) }),
  // @ts-expect-error A width is a number, not a shape.
  defineEncoder({ ...about, load: async () => () => ({ ...declared, width: [8, 32], encode: () => whole }) }),
];

/** Datasets. */
export const datasets = [
  defineDataset({
    ...about,
    // @ts-expect-error A dataset describes itself before a number is read.
    load: async () => async () => ({ open: () => null as never, openTest: () => null as never }),
  }),
];
