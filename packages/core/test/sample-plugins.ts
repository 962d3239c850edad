/** Small plugins of every kind for the tests of core: data and leaves, no tensor library. */
import {
  type Dataset,
  type DatasetSpec,
  defineDataset,
  defineEncoder,
  defineEngine,
  defineFusion,
  defineLanguageModel,
  defineMetric,
  type Engine,
  type FusionHost,
  type FusionModule,
  type LanguageModel,
  type Logger,
  type PluginSource,
} from '../src/index.js';

export const silent: Logger = { debug() {}, info() {}, warn() {} };

export const noOptions = { type: 'object', additionalProperties: false, properties: {} } as const;

const about = { version: '1.0.0', apiVersion: 1, title: 'Sample', summary: 'A plugin for tests.' } as const;

export const sampleSpec: DatasetSpec = {
  name: 'sample',
  task: { kind: 'regression', range: [-3, 3] },
  hasText: true,
  streams: {
    audio: { name: 'audio', width: 3, maximumLength: 8 },
    vision: { name: 'vision', width: 2, maximumLength: 8 },
  },
  sizes: { train: 4, valid: 2, test: 2 },
  licence: 'CC0-1.0',
  digest: '00',
};

/** A dataset of this spec whose splits cannot be opened: building a run must not open them. */
export function datasetOf(spec: DatasetSpec): Dataset {
  const refuse = () => Promise.reject(new Error('no split is opened here'));
  return { spec, open: refuse, openTest: refuse };
}

export const sampleData = (spec: DatasetSpec = sampleSpec) =>
  defineDataset({
    ...about,
    id: 'sample',
    options: {
      type: 'object',
      additionalProperties: false,
      required: ['folder'],
      properties: { folder: { type: 'string', minLength: 1, description: 'Folder of the dataset.' } },
    },
    load: async () => async () => datasetOf(spec),
  });

export const average = defineEncoder({
  ...about,
  id: 'transformer',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: { width: { type: 'integer', minimum: 1, default: 32, description: 'Width of its vectors.' } },
  },
  load:
    async () =>
    ({ width }, { stream }) => ({
      parameters: {
        weight: { shape: [width, stream.width], start: { kind: 'constant', value: 0 }, train: true },
      },
      state: {},
      width,
      encode: () => {
        throw new Error('nothing is computed here');
      },
    }),
});

const model: LanguageModel = {
  config: {
    architecture: 'tiny',
    width: 4,
    layers: 1,
    heads: 1,
    vocabulary: 8,
    contextLength: 64,
    norm: { kind: 'rms', epsilon: 1e-5 },
  },
  parameters: {},
  embed: refuseToCompute,
  begin: refuseToCompute,
  block: refuseToCompute,
  prefix: refuseToCompute,
  norm: refuseToCompute,
  logits: refuseToCompute,
  feedForward: refuseToCompute,
};

function refuseToCompute(): never {
  throw new Error('nothing is computed here');
}

export const tiny = defineLanguageModel({
  ...about,
  id: 'tiny',
  options: noOptions,
  provides: ['embed', 'blocks'],
  load: async () => async () => ({
    model: { ...model },
    tokenizer: { encode: () => [1], decode: () => '', padToken: 0 },
  }),
});

const moduleOf = (host: FusionHost): FusionModule => ({
  parameters: { encoders: Object.fromEntries(Object.entries(host.encoders).map(([n, e]) => [n, e.parameters])) },
  state: {},
  forward: refuseToCompute,
});

/** Records the host that it was given. */
export const seenHosts: FusionHost[] = [];

export const deep = defineFusion({
  ...about,
  id: 'deep',
  category: 'deep',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      depth: { type: 'integer', minimum: 1, default: 2, description: 'Layers that fuse.' },
      gate: { enum: ['sigmoid', 'none'], default: 'sigmoid', description: 'The gate.' },
    },
  },
  presets: { flat: { summary: 'One layer that fuses.', options: { depth: 1 } } },
  requires: { languageModel: ['embed', 'blocks'], text: 'tokens', streams: { min: 1 } },
  missing: 'mask',
  padding: 'invariant',
  load: async () => (_options, host) => {
    seenHosts.push(host);
    return moduleOf(host);
  },
});

export const early = defineFusion({
  ...about,
  id: 'early',
  category: 'early',
  options: noOptions,
  requires: {},
  missing: 'zeros',
  padding: 'fixed',
  load: async () => (_options, host) => {
    seenHosts.push(host);
    return moduleOf(host);
  },
});

export const sentiment = defineMetric({
  ...about,
  id: 'sentiment',
  options: noOptions,
  task: ['regression'],
  load: async () => () => ({
    columns: [
      { name: 'MAE', better: 'lower', describe: 'Mean absolute error.' },
      { name: 'Corr', better: 'higher', describe: 'Correlation.' },
    ],
    compute: () => ({ MAE: 0, Corr: 0 }),
  }),
});

/** The engines that were disposed of, in that order. */
export const disposedEngines: Engine[] = [];

export const onnx = defineEngine({
  ...about,
  id: 'onnx',
  options: noOptions,
  load: async () => async () => {
    const engine: Engine = {
      id: 'onnx',
      describe: async () => ({}),
      createStore: refuseToCompute,
      compile: refuseToCompute,
      dispose: async () => {
        disposedEngines.push(engine);
      },
    };
    return engine;
  },
});

export const samplePlugins = (spec?: DatasetSpec): PluginSource[] =>
  [sampleData(spec), average, tiny, deep, early, sentiment, onnx].map((plugin) => ({ plugin, source: 'samples' }));

/** The smallest config that these plugins accept with a language model. */
export const sampleConfig = {
  data: { use: 'sample', options: { folder: 'here' } },
  languageModel: 'tiny',
  fusion: ['early', { use: 'deep', options: { depth: 3 } }],
} as const;
