/**
 * Parity of a language model with Hugging Face transformers: every layer's hidden states, logits, loss and the gradient
 * of the loss with respect to the embeddings, at the real positions of right-padded texts.
 *
 * The folder holds config.json and model.safetensors as transformers saves them, and golden.safetensors with what
 * transformers computes in float32: `input_ids` and `attention_mask` [B, T], `hidden_states` [layers + 1, B, T, d] (the
 * embedding output, then each block's output, the last one after the final norm), `logits` [B, T, vocabulary], `loss`
 * (next-token cross-entropy over the real targets) and `grad_embeddings` [B, T, d].
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type HostTensor, type HostTensors, InterfuseError, type LanguageModel, type Step } from '@interfuse/core';
import { type LoadSettings, loadLanguageModel } from '@interfuse/lm-adapters';
import { causalFrame, createRandom, crossEntropy, flattenLeaves, nestTensors, valueAndGradients } from '@interfuse/nn';
import { readAllTensors, type StoredTensor } from '@interfuse/safetensors';
import * as tf from '@tensorflow/tfjs';
import { type Comparison, compareValues, type Expected } from './compare.js';
import { withEngine } from './engines.js';

/** What rounding in float32 leaves of values within 1, and of larger ones after some blocks. */
const [tolerance, toleranceOfLarge] = [1e-5, 1e-4];

/** The folders to compare: this one, or, where it has no config.json, those in it that have one. */
export function lmFolders(folder: string): string[] {
  const isModel = (candidate: string): boolean => existsSync(join(candidate, 'config.json'));
  if (isModel(folder) || !existsSync(folder)) return [folder];
  const inside = readdirSync(folder).map((name) => join(folder, name));
  const models = inside.filter(isModel).sort();
  return models.length > 0 ? models : [folder];
}

/**
 * @param build of an adapter that is not among the known ones
 * @throws InterfuseError if the folder is not of this form or the engine does not run
 */
export async function lmParity(
  folder: string,
  engineId = 'cpu',
  { build }: Pick<LoadSettings, 'build'> = {},
): Promise<Comparison[]> {
  const model = await loadLanguageModel(folder, build ? { build } : {});
  const golden = await readGolden(join(folder, 'golden.safetensors'), model);
  const [batch, time] = golden.input_ids.shape as [number, number];
  const real = Uint8Array.from(golden.attention_mask.data);
  const outputs = await withEngine(engineId, async (engine) => {
    const store = engine.createStore();
    await store.allocate(flattenLeaves({ model: model.parameters }), 0);
    return engine.compile(forwardAndBackward(model), store).run({
      tokens: { shape: [batch, time], type: 'int32', data: Int32Array.from(golden.input_ids.data) },
      mask: { shape: [batch, time], type: 'bool', data: real },
    });
  });

  const isReal = (row: number): boolean => real[row] === 1;
  const compare = (quantity: string, name: string, expected: Expected): Comparison =>
    compareValues(quantity, output(outputs, name), expected, toleranceOf(expected, isReal), isReal);
  const states = Array.from({ length: model.config.layers + 1 }, (_, index) =>
    compare(stateName(index, model.config.layers), `hidden/${index}`, stateOf(golden.hidden_states, index)),
  );
  return [
    ...states,
    compare('logits', 'logits', golden.logits),
    compareValues('loss', output(outputs, 'loss'), golden.loss, tolerance),
    compare('gradient of embeddings', 'gradient', golden.grad_embeddings),
  ];
}

function toleranceOf({ shape, data }: Expected, isReal: (row: number) => boolean): number {
  const width = shape.at(-1) ?? 1;
  const isLarge = (value: number, i: number): boolean => isReal(Math.floor(i / width)) && Math.abs(value) > 1;
  return Array.from(data).some(isLarge) ? toleranceOfLarge : tolerance;
}

function stateName(index: number, layers: number): string {
  if (index === 0) return 'hidden states before block 0';
  return index < layers ? `hidden states after block ${index - 1}` : 'hidden states after the final norm';
}

/** tokens [B, T], mask [B, T] -> hidden/0 to hidden/layers, logits, loss, gradient. */
function forwardAndBackward(model: LanguageModel): Step {
  return {
    name: 'parity',
    run(variables, inputs) {
      const { model: params } = nestTensors({ model: model.parameters }, variables);
      const { tokens, mask } = inputs as { tokens: tf.Tensor; mask: tf.Tensor };
      const now = tf.scalar(0, 'int32');
      const pass = { training: false, epoch: now, random: createRandom(0, now) };
      const frame = causalFrame(mask, pass);

      function forward({ embeddings }: { readonly [path: string]: tf.Tensor }) {
        const hidden: Record<string, tf.Tensor> = {};
        let state = model.begin(params, embeddings as tf.Tensor, frame);
        for (let index = 0; index < model.config.layers; index += 1) {
          hidden[`hidden/${index}`] = state;
          state = model.block(params, index, state, frame).hidden;
        }
        const normed = model.norm(params, state);
        const logits = model.logits(params, normed);
        const outputs = { ...hidden, [`hidden/${model.config.layers}`]: normed, logits };
        return { value: nextTokenLoss(logits, tokens, mask), rest: outputs };
      }

      const { value, gradients, rest } = valueAndGradients(forward, { embeddings: model.embed(params, tokens) });
      return { updates: {}, outputs: { ...rest, loss: value, gradient: gradients.embeddings as tf.Tensor } };
    },
  };
}

/** Mean cross-entropy of token t + 1 given the logits at t, over the real tokens. */
function nextTokenLoss(logits: tf.Tensor, tokens: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const [batch, time, vocabulary] = logits.shape as [number, number, number];
  const predictions = tf.slice(logits, [0, 0, 0], [batch, time - 1, vocabulary]);
  const targets = tf.slice(tokens, [0, 1], [batch, time - 1]);
  const known = tf.slice(tf.cast(mask, 'float32'), [0, 1], [batch, time - 1]);
  return crossEntropy(
    tf.reshape(predictions, [-1, vocabulary]), // [B (T - 1), vocabulary]
    tf.reshape(targets, [-1]),
    tf.reshape(known, [-1]),
  );
}

const goldenNames = ['input_ids', 'attention_mask', 'hidden_states', 'logits', 'loss', 'grad_embeddings'] as const;

type Golden = Record<(typeof goldenNames)[number], StoredTensor>;

async function readGolden(file: string, model: LanguageModel): Promise<Golden> {
  const tensors = await readAllTensors(file);
  const missing = goldenNames.filter((name) => !(name in tensors));
  const states = tensors.hidden_states?.shape[0];
  if (missing.length === 0 && states === model.config.layers + 1) return tensors as Golden;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: file,
    expected: `${goldenNames.join(', ')}, with ${model.config.layers + 1} hidden states`,
    got: missing.length > 0 ? `no ${missing.join(', ')}` : `${states} hidden states`,
  });
}

/** One of the stacked hidden states. */
function stateOf({ shape, data }: StoredTensor, index: number): StoredTensor {
  const size = data.length / (shape[0] as number);
  return { shape: shape.slice(1), data: data.slice(index * size, (index + 1) * size) };
}

function output(outputs: HostTensors, name: string): HostTensor {
  const tensor = outputs[name];
  if (tensor) return tensor;
  throw new InterfuseError('ENGINE_STEP', { place: 'step parity', expected: `an output ${name}`, got: 'none' });
}
