/**
 * MBT in a decoder language model (after Nagrani et al. 2021, arXiv 2107.00135): beside each of its last blocks every
 * stream has a layer of its own, and a few bottleneck tokens, which words and streams read and write, are all that
 * passes between them.
 */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  type Inspected,
  InterfuseError,
  type Pass,
  type Tensors,
  type TensorTree,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  type Frames,
  hostLanguageModel,
  inFork,
  maskedMean,
  normal,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, checkHeads, mapModalities, modalityWidths, ofModality } from '../shared/by-modality.js';
import { pooledText } from '../shared/pooling.js';
import { headLeaves, predict } from '../shared/prediction-head.js';
import { realTokens } from '../shared/text-mask.js';
import { bottleneckFrame } from './bottleneck-frame.js';
import type { MbtOptions } from './plugin.js';
import { streamLayer, streamLayerLeaves } from './stream-layer.js';

export function createMbt(options: MbtOptions, host: FusionHost): FusionModule {
  const { tokens, heads } = options;
  const languageModel = hostLanguageModel(host, 'mbt');
  const { layers, width } = languageModel.config;
  const latest = tokens === 0 ? layers - 1 : layers - 2;
  const depth = options.at ?? Math.max(0, Math.min(Math.floor(layers / 2), latest));
  checkDepth(depth, latest);
  for (const encoder of Object.values(host.encoders)) checkHeads(heads, encoder.width);
  const fused = Array.from({ length: layers - depth }, (_, which) => depth + which);
  const encoders = encoderLeaves(host.encoders);
  const pooledWidths = { ...modalityWidths(host, languageModel), text: 2 * width };
  const modalityHeads = mapModalities(pooledWidths, (inputs) =>
    headLeaves(inputs, options.hidden, taskOutputs(host.task)),
  );
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    ...(tokens === 0 ? {} : { bottleneck: normal([tokens, width], 0.02) }),
    streams: mapModalities(host.encoders, (encoder) =>
      fused.map((index) => streamLayerLeaves({ streamWidth: encoder.width, width, tokens, tells: index < layers - 1 })),
    ),
    heads: mapModalities(modalityHeads, (head) => head.parameters),
  };
  const state = { encoders: encoders.state, heads: mapModalities(modalityHeads, (head) => head.state) };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  /** 1 where a sample has the modality: [B, 1, 1] each. */
  function presence({ text, streams }: Batch): ByModality<tf.Tensor> {
    const given = { ...(text && { text }), ...streams };
    return mapModalities(pooledWidths, (_, modality) =>
      tf.reshape(tf.cast(ofModality(given, modality).present, 'float32'), [-1, 1, 1]),
    );
  }

  /** One fused layer: the block of the language model and the layers of all streams, which read the same bottleneck. */
  function exchange(
    params: Parameters,
    which: number,
    { words, streams, bottleneck }: Fused,
    { text, present, pass }: { readonly text: tf.Tensor; readonly present: ByModality<tf.Tensor>; readonly pass: Pass },
  ): Fused & { readonly inspect: Record<string, Inspected> } {
    const index = depth + which;
    const length = text.shape[1] as number;
    const sequence = bottleneck ? tf.concat([words, bottleneck], 1) : words; // [B, L + n, d]
    const frame = bottleneckFrame(text, tokens, inFork(pass, 'languageModel'));
    const { hidden, probabilities } = languageModel.block(params.languageModel, index, sequence, frame);
    const steps: Record<string, Frames> = {};
    const changes: Record<string, tf.Tensor> = {}; // [B, n, d] each
    const inspect: Record<string, Inspected> = {};
    if (bottleneck) {
      changes.text = tf.sub(tf.slice(hidden, [0, length, 0], [-1, tokens, -1]), bottleneck);
      inspect[`wordAttention/${index}`] = {
        values: tf.slice(probabilities, [0, 0, length, 0], [-1, -1, tokens, length]),
        axes: ['sample', 'head', 'token', 'word'],
      };
      inspect[`bottleneckAttention/${index}`] = {
        values: tf.slice(probabilities, [0, 0, 0, length], [-1, -1, length, tokens]),
        axes: ['sample', 'head', 'word', 'token'],
      };
    }
    for (const [stream, frames] of Object.entries(streams)) {
      const own = ofModality(params.streams, stream)[which] as Tensors<ReturnType<typeof streamLayerLeaves>>;
      const settings = { heads, rate: options.layerDropout, pass: inFork(pass, `streams/${stream}/${which}`) };
      const layered = streamLayer(own, frames, bottleneck, settings);
      steps[stream] = layered.steps;
      if (layered.change) changes[stream] = layered.change;
      if (!layered.read) continue;
      inspect[`streamAttention/${stream}/${index}`] = {
        values: layered.read,
        axes: ['sample', 'head', 'token', 'step'],
      };
    }
    return {
      words: tf.slice(hidden, [0, 0, 0], [-1, length, -1]),
      streams: steps,
      bottleneck: bottleneck && tf.add(bottleneck, averagePresent(changes, present)),
      inspect,
    };
  }

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'mbt');
    const mask = realTokens(text);
    const [batchSize] = mask.shape as [number];
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    let at: Fused = {
      words: languageModel.prefix(params.languageModel, text, depth, inFork(pass, 'languageModel')), // [B, L, d]
      streams: streamed.encoded,
      bottleneck: params.bottleneck && tf.tile(tf.expandDims(params.bottleneck, 0), [batchSize, 1, 1]), // [B, n, d]
    };
    const present = presence(batch);
    const inspect: Record<string, Inspected> = {};
    for (const which of fused.keys()) {
      const { inspect: seen, ...after } = exchange(params, which, at, { text: mask, present, pass });
      Object.assign(inspect, seen);
      at = after;
    }
    const words = languageModel.norm(params.languageModel, at.words);
    const pooled: Record<string, tf.Tensor> = { text: pooledText(words, mask) };
    for (const [stream, frames] of Object.entries(at.streams)) pooled[stream] = maskedMean(frames.values, frames.mask);
    return { read: pooled, state: { encoders: streamed.state }, inspect };
  }

  function conclude(params: Parameters, before: State, pooled: ByModality<tf.Tensor>, batch: Batch, pass: Pass) {
    const guesses: Record<string, tf.Tensor> = {}; // [B, outputs] each
    const after: Record<string, TensorTree> = {};
    for (const [modality, vector] of Object.entries(pooled)) {
      const [own, remembered] = [ofModality(params.heads, modality), ofModality(before.heads, modality)];
      const headPass = inFork(pass, `heads/${modality}`);
      const { prediction, state: headState } = predict(own, remembered, vector, options.dropout, headPass);
      guesses[modality] = prediction;
      after[modality] = headState;
    }
    const wide = mapModalities(guesses, (guess) => tf.expandDims(guess, 1)); // [B, 1, outputs]
    const prediction = tf.squeeze(averagePresent(wide, presence(batch)), [1]);
    return { output: { prediction, heads: guesses }, state: { heads: after } };
  }

  const samplesAlone = encodeSamplesAlone(host.encoders);
  return { parameters, state, prefixDepths: [depth], ...twoParts(read, conclude, { samplesAlone }) };
}

interface Fused {
  /** [B, L, d]. */
  readonly words: tf.Tensor;
  /** [B, S, e] each. */
  readonly streams: ByModality<Frames>;
  /** [B, n, d]; absent where n is 0. */
  readonly bottleneck: tf.Tensor | undefined;
}

/** The mean over the modalities that a sample has: [B, ...] each; zeros where it has none. */
function averagePresent(values: ByModality<tf.Tensor>, present: ByModality<tf.Tensor>): tf.Tensor {
  const weighted = Object.entries(values).map(([modality, value]) => tf.mul(value, ofModality(present, modality)));
  const count = tf.addN(Object.keys(values).map((modality) => ofModality(present, modality)));
  return tf.div(tf.addN(weighted), tf.maximum(count, 1));
}

/** What one block writes into the bottleneck, only a later one can read: with a bottleneck two blocks have to take part. */
function checkDepth(depth: number, latest: number): void {
  if (depth <= latest) return;
  const expected =
    latest < 0
      ? 'a language model of at least two blocks'
      : `at most ${latest}, so that two blocks can exchange anything`;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'fusion.options.at',
    expected,
    got: String(depth),
  });
}
