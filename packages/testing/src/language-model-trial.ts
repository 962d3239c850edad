/** A language model on an engine, and functions of its parameters and a few short texts. */
import type {
  Engine,
  EnginePlugin,
  HostTensor,
  HostTensors,
  LanguageModel,
  LanguageModelPlugin,
  Pass,
  Tensors,
  TextInput,
  Tokenizer,
} from '@interfuse/core';
import { causalFrame, createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import { scalarInt } from '@interfuse/training/loop';
import * as tf from '@tensorflow/tfjs';
import type { Claim, Tried } from './claim.js';
import { silent } from './mocks/silent.js';
import { fillOptions, withEngine } from './with-engine.js';

const seed = 7;

export interface LanguageModelSubject extends Tried {
  readonly plugin: LanguageModelPlugin;
  /** The first does everything; the others are compared with it. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
  resolvePath(path: string): string;
}

export type LanguageModelClaim = Claim<LanguageModelSubject>;
export type Capability = LanguageModelPlugin['provides'][number];
export type Params = Tensors<LanguageModel['parameters']>;

/** @throws CONFIG_... if the options do not fit the plugin's schema */
export async function openModel(
  subject: LanguageModelSubject,
): Promise<{ model: LanguageModel; tokenizer: Tokenizer }> {
  const { plugin, options, resolvePath } = subject;
  const open = await plugin.load();
  return open(fillOptions(plugin, options) as never, { resolvePath, logger: silent });
}

/** Rows of token ids, all of one length; masked where `real` says 0. */
export interface Texts {
  readonly tokens: readonly (readonly number[])[];
  readonly real?: readonly (readonly number[])[];
}

export type Compute = (params: Params, text: TextInput, pass: Pass) => { readonly [name: string]: tf.Tensor };

export interface LanguageModelTrial {
  readonly model: LanguageModel;
  run(texts: Texts, compute: Compute, training?: boolean): Promise<HostTensors>;
}

export interface LanguageModelTrialChoices {
  /** Default: the first of the subject. */
  readonly engine?: EnginePlugin;
  /** The model that is tried in place of the plugin's own, such as one that is watched. */
  readonly change?: (model: LanguageModel) => LanguageModel;
  /** Default: one opened for this trial. */
  readonly model?: LanguageModel;
}

/** A trial of the plugin from its factory on, freed afterwards. */
export async function withModel<R>(
  subject: LanguageModelSubject,
  use: (trial: LanguageModelTrial) => Promise<R>,
  choices: LanguageModelTrialChoices = {},
): Promise<R> {
  const { engine: enginePlugin = subject.engines[0], change = (opened) => opened } = choices;
  const model = change(choices.model ?? (await openModel(subject)).model);
  return withEngine(enginePlugin, (engine) => useModel(engine, model, use));
}

async function useModel<R>(
  engine: Engine,
  model: LanguageModel,
  use: (trial: LanguageModelTrial) => Promise<R>,
): Promise<R> {
  const store = engine.createStore();
  await store.allocate(flattenLeaves(model.parameters), seed);
  try {
    return await use({
      model,
      run({ tokens, real = tokens.map((row) => row.map(() => 1)) }, compute, training = false) {
        const program = engine.compile(
          {
            name: 'language model',
            run(variables, inputs) {
              const { tokens: ids, mask, step } = inputs as { readonly [name: string]: tf.Tensor };
              const pass = { training, epoch: tf.scalar(0, 'int32'), random: createRandom(seed, step as tf.Tensor) };
              const text = { tokens: ids as tf.Tensor, mask: mask as tf.Tensor, present: tf.any(mask as tf.Tensor, 1) };
              return { updates: {}, outputs: compute(nestTensors(model.parameters, variables), text, pass) };
            },
          },
          store,
        );
        const shape = [tokens.length, tokens[0]?.length ?? 0];
        const ids: HostTensor = { shape, type: 'int32', data: Int32Array.from(tokens.flat()) };
        const mask: HostTensor = { shape, type: 'bool', data: Uint8Array.from(real.flat()) };
        return program.run({ tokens: ids, mask, step: scalarInt(0) });
      },
    });
  } finally {
    store.dispose?.();
  }
}

/** The text alone through all blocks, one by one. */
export function walk(model: LanguageModel, params: Params, { tokens, mask }: TextInput, pass: Pass): tf.Tensor {
  const frame = causalFrame(mask, pass);
  let hidden = model.begin(params, model.embed(params, tokens), frame);
  for (let index = 0; index < model.config.layers; index += 1)
    hidden = model.block(params, index, hidden, frame).hidden;
  return hidden;
}
