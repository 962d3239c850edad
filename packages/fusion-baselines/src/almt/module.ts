/**
 * ALMT (Zhang et al. 2023, arXiv 2310.05804): every modality is compressed to a few tokens, the text guides what is taken
 * of the streams into a hyper-modality, and a cross-transformer lets the text read that.
 */
import {
  type Batch,
  type FusionHost,
  type FusionModule,
  type Inspected,
  type Pass,
  type Tensors,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  crossLayer,
  crossLayerLeaves,
  dropout,
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  type Frames,
  hostLanguageModel,
  inFork,
  layerNorm,
  layerNormLeaves,
  linear,
  linearLeaves,
  normal,
  transformerLayer,
  transformerLayerLeaves,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, checkHeads, mapModalities, modalityWidths, ofModality } from '../shared/by-modality.js';
import { realTokens } from '../shared/text-mask.js';
import { compress, compressionLeaves } from './compression.js';
import { hyperLayer, hyperLayerLeaves } from './hyper-modality.js';
import type { AlmtOptions } from './plugin.js';

export function createAlmt(options: AlmtOptions, host: FusionHost): FusionModule {
  const { width, heads, tokens, depth } = options;
  const languageModel = hostLanguageModel(host, 'almt');
  const { layers: blocks } = languageModel.config;
  checkHeads(heads, width);
  const encoders = encoderLeaves(host.encoders);
  const shape = { width, tokens, depth: options.embeddingDepth, inner: width };
  const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    compression: mapModalities(modalityWidths(host, languageModel), (inputs) => compressionLeaves(inputs, shape)),
    text: times(depth - 1, () => transformerLayerLeaves(width, width)),
    hyper: {
      start: normal([tokens, width], 1),
      layers: times(depth, () => hyperLayerLeaves(host.encoders, width)),
    },
    fusion: {
      token: normal([1, width], 1),
      sourceToken: normal([1, width], 1),
      layers: times(options.fusionDepth, () => crossLayerLeaves(width, width)),
    },
    head: { norm: layerNormLeaves(width), output: linearLeaves(width, taskOutputs(host.task)) },
  };
  const state = { encoders: encoders.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  /** The same learned vectors for every sample: [n, D] -> [B, n, D]. */
  const forAll = (learned: tf.Tensor, batchSize: number): tf.Tensor =>
    tf.tile(tf.expandDims(learned, 0), [batchSize, 1, 1]);

  const layering = (pass: Pass) => ({ heads, rate: options.layerDropout, pass });

  /** The tokens of the text after 0, 1, ..., `depth` - 1 layers: the scales at which it guides. [B, k, D] each */
  function guides(params: Parameters, text: tf.Tensor, pass: Pass): tf.Tensor[] {
    const scales = [text];
    for (const layer of params.text) {
      scales.push(transformerLayer(layer, scales.at(-1) as tf.Tensor, layering(pass)));
    }
    return scales;
  }

  /** The tokens of every stream, masked in samples that lack it. */
  function streamTokens(params: Parameters, encoded: ByModality<Frames>, pass: Pass): ByModality<Frames> {
    return mapModalities(encoded, (frames, stream) => {
      const own = ofModality(params.compression, stream);
      const any = tf.greater(tf.max(tf.cast(frames.mask, 'float32'), 1, true), 0); // [B, 1]
      return {
        values: compress(own, frames, layering(inFork(pass, `compression/${stream}`))),
        mask: tf.tile(any, [1, tokens]),
      };
    });
  }

  /** The text reads the hyper-modality: what its first, learned token has become, or the mean of all. [B, D] */
  function fuse(params: Parameters, hyper: tf.Tensor, text: tf.Tensor, pass: Pass) {
    const [batchSize] = hyper.shape as [number];
    const source = tf.concat([forAll(params.fusion.sourceToken, batchSize), hyper], 1); // [B, 1 + k, D]
    let x: tf.Tensor = tf.concat([forAll(params.fusion.token, batchSize), text], 1); // [B, 1 + k, D]
    let probabilities: tf.Tensor | undefined;
    for (const layer of params.fusion.layers) {
      const layered = crossLayer(layer, x, source, layering(pass));
      x = layered.values;
      probabilities = layered.probabilities; // [B, H, 1 + k, 1 + k]
    }
    const joint = options.readOut === 'token' ? tf.squeeze(tf.slice(x, [0, 0, 0], [-1, 1, -1]), [1]) : tf.mean(x, 1);
    return { joint, probabilities: probabilities as tf.Tensor };
  }

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'almt');
    const alone = languageModel.prefix(params.languageModel, text, blocks, inFork(pass, 'languageModel'));
    const words = { values: languageModel.norm(params.languageModel, alone), mask: realTokens(text) }; // [B, L, d]
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const streams = streamTokens(params, streamed.encoded, pass);
    const compressed = compress(
      ofModality(params.compression, 'text'),
      words,
      layering(inFork(pass, 'compression/text')),
    );
    const scales = guides(params, compressed, inFork(pass, 'text'));

    const inspect: Record<string, Inspected> = {};
    let hyper = forAll(params.hyper.start, words.mask.shape[0] as number); // [B, k, D]
    for (const [index, layer] of params.hyper.layers.entries()) {
      const moved = hyperLayer(layer, hyper, scales[index] as tf.Tensor, streams, heads);
      hyper = moved.hyper;
      for (const [stream, values] of Object.entries(moved.probabilities)) {
        inspect[`attention/${stream}/${index}`] = { values, axes: ['sample', 'head', 'guide', 'token'] };
      }
    }
    const fused = fuse(params, hyper, scales.at(-1) as tf.Tensor, inFork(pass, 'fusion'));
    inspect.fusionAttention = { values: fused.probabilities, axes: ['sample', 'head', 'guide', 'token'] };
    return { read: { joint: fused.joint }, state: { encoders: streamed.state }, inspect };
  }

  function conclude({ head }: Parameters, _: State, { joint }: { joint: tf.Tensor }, __: Batch, pass: Pass) {
    const normed = dropout(layerNorm(head.norm, joint), options.dropout, inFork(pass, 'head'));
    return { output: { prediction: linear(head.output, normed) }, state: {} };
  }

  const samplesAlone = encodeSamplesAlone(host.encoders);
  return { parameters, state, prefixDepths: [blocks], ...twoParts(read, conclude, { samplesAlone }) };
}
