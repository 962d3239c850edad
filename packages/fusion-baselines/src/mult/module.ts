/**
 * MulT (Tsai et al. 2019, arXiv 1906.00295): every modality is reinforced by each of the others in a cross-modal
 * transformer of its own, what it has become passes a transformer of its own, and the last steps are read side by side.
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
  dropout,
  encoderLeaves,
  encodeSamplesAlone,
  encodeStreams,
  type Frames,
  hostLanguageModel,
  inFork,
  lastReal,
  linear,
  linearLeaves,
  relu,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type ByModality, checkHeads, mapModalities, modalityWidths, ofModality } from '../shared/by-modality.js';
import { realTokens } from '../shared/text-mask.js';
import { crossModalLeaves, crossModalTransformer, memoryLeaves, memoryTransformer } from './cross-modal-transformer.js';
import type { MultOptions } from './plugin.js';
import { convolutionLeaves, temporalConvolution } from './temporal-convolution.js';

/** Of a modality, or the same for all. */
const setting = (values: number | ByModality<number>, modality: string, otherwise: number): number =>
  typeof values === 'number' ? values : (values[modality] ?? otherwise);

/** What the axes of attention are called. */
const axisOf = (modality: string): string => (modality === 'text' ? 'word' : 'step');

export function createMult(options: MultOptions, host: FusionHost): FusionModule {
  const { width, heads, layers } = options;
  const languageModel = hostLanguageModel(host, 'mult');
  const depth = languageModel.config.layers;
  checkHeads(heads, width);
  const encoders = encoderLeaves(host.encoders);
  const widths = modalityWidths(host, languageModel);
  const modalities = Object.keys(widths);
  const sourcesOf = (target: string): string[] => modalities.filter((modality) => modality !== target);
  const kernelOf = (modality: string): number => setting(options.kernel, modality, 1);
  const memoryWidth = (modalities.length - 1) * width;
  const jointWidth = modalities.length * memoryWidth;

  const parameters = {
    languageModel: languageModel.parameters,
    encoders: encoders.parameters,
    projections: mapModalities(widths, (inputs, modality) => convolutionLeaves(inputs, width, kernelOf(modality))),
    crossModal: mapModalities(widths, (_, target) =>
      Object.fromEntries(sourcesOf(target).map((source) => [source, crossModalLeaves(width, layers)])),
    ),
    memories: mapModalities(widths, () => memoryLeaves(memoryWidth, Math.max(layers, options.memoryLayers))),
    head: {
      up: linearLeaves(jointWidth, jointWidth),
      down: linearLeaves(jointWidth, jointWidth),
      output: linearLeaves(jointWidth, taskOutputs(host.task)),
    },
  };
  const state = { encoders: encoders.state };

  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  /** Words and steps of all modalities, projected to the common width. */
  function project(params: Parameters, words: Frames, encoded: ByModality<Frames>, pass: Pass): ByModality<Frames> {
    const spoken = { values: dropout(words.values, options.textDropout, inFork(pass, 'text')), mask: words.mask };
    return mapModalities<Frames, Frames>({ text: spoken, ...encoded }, (frames, modality) =>
      temporalConvolution(ofModality(params.projections, modality), frames, kernelOf(modality)),
    );
  }

  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'mult');
    const alone = languageModel.prefix(params.languageModel, text, depth, inFork(pass, 'languageModel'));
    const words = { values: languageModel.norm(params.languageModel, alone), mask: realTokens(text) }; // [B, L, d]
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const projected = project(params, words, streamed.encoded, pass); // [B, T, width] each

    const inspect: Record<string, Inspected> = {};
    const last: tf.Tensor[] = []; // [B, memoryWidth] each
    for (const [target, frames] of Object.entries(projected)) {
      const settings = {
        heads,
        rate: options.dropout,
        attentionRate: setting(options.attentionDropout, target, 0),
        embeddingRate: options.embeddingDropout,
      };
      const reinforced = sourcesOf(target).map((source) => {
        const { frames: own, probabilities } = crossModalTransformer(
          ofModality(ofModality(params.crossModal, target), source),
          frames,
          ofModality(projected, source),
          { ...settings, pass: inFork(pass, `crossModal/${target}/${source}`) },
        );
        const axes = ['sample', 'head', axisOf(target), axisOf(source)];
        inspect[`attention/${target}/${source}`] = { values: probabilities, axes };
        return own.values; // [B, T, width]
      });
      const joined = { values: tf.concat(reinforced, 2), mask: frames.mask }; // [B, T, memoryWidth]
      const own = { ...settings, pass: inFork(pass, `memories/${target}`) };
      const remembered = memoryTransformer(ofModality(params.memories, target), joined, own);
      last.push(lastReal(remembered.values, remembered.mask));
    }
    return { read: { joint: tf.concat(last, 1) }, state: { encoders: streamed.state }, inspect };
  }

  function conclude({ head }: Parameters, _: State, { joint }: { joint: tf.Tensor }, __: Batch, pass: Pass) {
    const hidden = dropout(relu(linear(head.up, joint)), options.headDropout, inFork(pass, 'head')); // [B, jointWidth]
    const prediction = linear(head.output, tf.add(joint, linear(head.down, hidden)));
    return { output: { prediction }, state: {} };
  }

  const samplesAlone = encodeSamplesAlone(host.encoders);
  return { parameters, state, prefixDepths: [depth], ...twoParts(read, conclude, { samplesAlone }) };
}
