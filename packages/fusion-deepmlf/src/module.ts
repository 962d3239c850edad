/**
 * DeepMLF (Georgiou et al. 2025, arXiv 2504.11082).
 *
 * Sequence: [L text slots | n fusion tokens], causal, so that tokens read words and words never read tokens. After some
 * blocks of the frozen language model an MM Block lets the tokens read the streams. Up to the first MM Block the text is
 * the language model's own business: it is computed alone, may be memoised, and needs no gradient. Letters: B batch,
 * L text length, n fusion tokens, T stream steps, d width of the language model, e width of Z.
 */
import {
  type Batch,
  type Frame,
  type FusionHost,
  type FusionModule,
  type Inspected,
  InterfuseError,
  type LanguageModel,
  type Output,
  type Pass,
  type Tensors,
  type TextInput,
  taskOutputs,
} from '@interfuse/core';
import {
  batchText,
  blockActivation,
  causalFrame,
  encodeSamplesAlone,
  type Frames,
  hostLanguageModel,
  inFork,
  lastReal,
  maskedMean,
  normal,
  readAlone,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

import { headLeaves, type Readings, readOut } from './heads.js';
import { jointStreamLeaves, jointStreams, requireEqualSteps } from './joint-streams.js';
import { deepmlfLosses } from './losses.js';
import { mmBlock, mmBlockLeaves } from './mm-block.js';
import { placeBlocks } from './placement.js';
import type { DeepmlfOptions } from './plugin.js';
import { recipe } from './recipe.js';
import { augmentStreams, seqAug } from './seqaug.js';

export function createDeepmlf(options: DeepmlfOptions, host: FusionHost): FusionModule {
  const languageModel = hostLanguageModel(host, 'deepmlf');
  const { width, layers, norm } = languageModel.config;
  const { tokens, lossWeights, seqAug: augmentation } = options;
  const heads = options.heads ?? languageModel.config.heads;
  const after = placeBlocks(options, layers);
  checkFit(host, languageModel, { heads, tokens });
  requireEqualSteps(host.encoders);
  // Blocks that come before any MM Block: there, words depend on nothing that is trained.
  const alonePast = (after[0] as number) + 1;
  const prefixDepths = augmentation.textBatches > 0 ? [] : Array.from({ length: alonePast + 1 }, (_, depth) => depth);

  const streams = jointStreamLeaves(host.encoders, options.streamWidth);
  const outputHeads = headLeaves(
    { width, streamWidth: streams.width, headWidth: options.headWidth, outputs: taskOutputs(host.task) },
    { fusion: lossWeights.fusion > 0, streams: lossWeights.streams > 0, text: lossWeights.text > 0 },
  );
  const parameters = {
    languageModel: languageModel.parameters,
    streams: streams.parameters,
    fusionTokens: normal([tokens, width], 0.02),
    blocks: after.map((index) =>
      mmBlockLeaves({
        width,
        streamWidth: streams.width,
        norm: norm.kind,
        feedForward: languageModel.feedForward(index),
        loraRank: options.feedForward === 'lora' ? options.lora.rank : null,
        gates: options.gates,
        gate: options.gate,
      }),
    ),
    heads: outputHeads.parameters,
  };
  const state = { encoders: streams.state, heads: outputHeads.state };
  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  /** MM Block `which`, with random numbers of its own. */
  function applyBlock(params: Parameters, which: number, hidden: tf.Tensor, z: Frames, pass: Pass) {
    const blockPass = inFork(pass, `blocks/${which}`);
    const activation = blockActivation(languageModel.feedForward(after[which] as number));
    return mmBlock(params.blocks[which] as Parameters['blocks'][number], hidden, z, {
      tokens,
      gates: options.gates,
      attention: { heads, scale: options.scale, dropout: options.dropout, pass: blockPass },
      feedForward: {
        activation,
        combine: options.combine,
        dropout: options.dropout,
        lora: options.lora,
        pass: blockPass,
      },
    });
  }

  /** The words after 0, 1, ..., `alonePast` blocks, [B, L, d] each: from memory where nothing augments them. */
  function readWords(params: Parameters, text: TextInput, reading: Pass, pass: Pass): tf.Tensor[] {
    const memoised = prefixDepths.flatMap((depth) => text.prefix?.[depth] ?? []);
    if (memoised.length > alonePast) return memoised;
    const embedded = seqAug(
      languageModel.embed(params.languageModel, text.tokens),
      { batches: augmentation.textBatches, features: augmentation.textFeatures },
      inFork(pass, 'seqAug/text'),
    ); // [B, L, d]
    return readAlone(languageModel, params.languageModel, embedded, text.mask, alonePast, reading);
  }

  /** The fusion tokens where they enter the first block [B, n, d], their part of the frame, and the positions before. */
  function beginTokens(params: Parameters, { positions, allowed }: Frame, batchSize: number, reading: Pass) {
    const slots = positions.shape[0] as number;
    const own: Frame = {
      positions: tf.slice(positions, [slots - tokens], [tokens]),
      allowed: tf.slice(allowed, [0, slots - tokens, 0], [-1, tokens, slots]), // [B, n, L + n]
      pass: reading,
    };
    const fresh = tf.tile(tf.expandDims(params.fusionTokens, 0), [batchSize, 1, 1]); // [B, n, d]
    return {
      hidden: languageModel.begin(params.languageModel, fresh, own),
      frame: own,
      before: tf.range(0, slots - tokens, 1, 'int32'),
    };
  }

  /** What the heads read of every sample. */
  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'deepmlf');
    const [batchSize, length] = text.tokens.shape as [number, number];
    const textMask = tf.logicalAnd(text.mask, tf.expandDims(text.present, 1)); // [B, L]
    const augmented = augmentStreams(batch.streams, augmentation.streamFeatures, inFork(pass, 'seqAug/streams'));
    const z = jointStreams(host.encoders, params.streams, before.encoders, { streams: augmented }, pass);

    const mask = tf.concat([textMask, tf.ones([batchSize, tokens], 'bool')], 1); // [B, L + n]
    const reading = inFork(pass, 'languageModel');
    const frame = causalFrame(mask, reading);
    const words = readWords(params, text, inFork(reading, 'text'), pass); // after 0, 1, ... blocks, [B, L, d] each
    const begun = beginTokens(params, frame, batchSize, inFork(reading, 'tokens'));

    const inspect: Record<string, Inspected> = {};
    let x = begun.hidden; // [B, n, d], and from the first MM Block on [B, L + n, d]
    for (let index = 0; index < layers; index += 1) {
      const alone = index < alonePast;
      const before = { hidden: words[index] as tf.Tensor, positions: begun.before };
      const block = alone
        ? languageModel.block(params.languageModel, index, x, begun.frame, before)
        : languageModel.block(params.languageModel, index, x, frame);
      x = block.hidden;
      const which = after.indexOf(index);
      if (which === -1) continue;
      if (alone) x = tf.concat([words[alonePast] as tf.Tensor, x], 1);
      const mixed = applyBlock(params, which, x, z, pass);
      x = mixed.hidden;
      const fromTokens = tf.slice(block.probabilities, [0, 0, alone ? 0 : length, 0], [-1, -1, tokens, length]);
      if (options.gates !== 'none') inspect[`gates/${index}`] = { values: mixed.gates, axes: ['gate'] };
      inspect[`streamAttention/${index}`] = { values: mixed.probabilities, axes: ['sample', 'head', 'token', 'step'] };
      inspect[`wordAttention/${index}`] = { values: fromTokens, axes: ['sample', 'head', 'token', 'word'] };
    }
    x = languageModel.norm(params.languageModel, x);

    const [thought, fusion] = tf.split(x, [length, tokens], 1) as [tf.Tensor, tf.Tensor]; // [B, L | n, d]
    const readings = { fusion, lastWord: lastReal(thought, textMask), streams: maskedMean(z.values, z.mask) };
    const predicting: { words?: tf.Tensor } = lossWeights.languageModel > 0 ? { words: thought } : {};
    return { read: { ...readings, ...predicting }, state: { encoders: z.state }, inspect };
  }

  function conclude(
    params: Parameters,
    before: State,
    { words, ...readings }: Readings & { readonly words?: tf.Tensor },
    _: Batch,
    pass: Pass,
  ) {
    const { prediction, guesses, state: headState } = readOut(params.heads, before.heads, readings, pass);
    if (words) guesses.languageModel = languageModel.logits(params.languageModel, words); // [B, L, vocabulary]
    const output: Output = { prediction, heads: guesses };
    return { output, state: { heads: headState } };
  }

  return {
    parameters,
    state,
    prefixDepths,
    ...twoParts(read, conclude, { samplesAlone: encodeSamplesAlone(host.encoders) }),
    losses: (output, batch) => deepmlfLosses(output, batch, host.task, lossWeights),
    recipe,
  };
}

function checkFit(
  host: FusionHost,
  { config }: LanguageModel,
  { heads, tokens }: { heads: number; tokens: number },
): void {
  if (config.width % heads !== 0) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'fusion.options.heads',
      expected: `a divisor of the width ${config.width} of the language model`,
      got: String(heads),
    });
  }
  const slots = (host.text?.length ?? 0) + tokens;
  if (slots > config.contextLength) {
    throw new InterfuseError('TEXT_TOO_LONG', {
      place: 'data.textLength and fusion.options.tokens',
      expected: `together at most the ${config.contextLength} positions of the language model`,
      got: `${slots} slots`,
    });
  }
}
