/**
 * DeepMLF (Georgiou et al. 2025, arXiv 2504.11082).
 *
 * Sequence: [L text slots | n fusion tokens], causal, so that tokens read words and words never read tokens. After some
 * blocks of the frozen language model an MM Block lets the tokens read the streams. Up to the first MM Block the text is
 * the language model's own business: it is computed alone, may be memoised, and needs no gradient. Variants of it let the
 * words read the streams, too, or have no tokens at all. Letters: B batch, L text length, n fusion tokens, T stream steps,
 * d width of the language model, e width of Z.
 */
import {
  type Batch,
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
  type LabelMemories,
  lastReal,
  maskedMean,
  normal,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';

import { headLeaves, type Readings, readOut } from './heads.js';
import { jointStreamLeaves, jointStreams, requireEqualSteps } from './joint-streams.js';
import { labelGeneration } from './label-generation.js';
import { checkConsistency, deepmlfLosses } from './losses.js';
import { mmBlock, mmBlockLeaves } from './mm-block.js';
import { countCrossAttentions, gatesOf, placeBlocks } from './placement.js';
import type { DeepmlfOptions } from './plugin.js';
import { recipe } from './recipe.js';
import { addNoise, augmentStreams, seqAug } from './seqaug.js';
import { requireFit } from './shared/fit.js';
import { tokenWalk } from './token-walk.js';

export function createDeepmlf(options: DeepmlfOptions, host: FusionHost): FusionModule {
  const languageModel = hostLanguageModel(host, 'deepmlf');
  const { width, layers, norm } = languageModel.config;
  const { tokens, queries, embeddingNoise, seqAug: augmentation, ulgm } = options;
  // Without fusion tokens there is nothing that this head could read.
  const lossWeights = tokens === 0 ? { ...options.lossWeights, fusion: 0 } : options.lossWeights;
  const heads = options.heads ?? languageModel.config.heads;
  const after = placeBlocks(options, layers);
  const gates = gatesOf(options.gate, after.length);
  const crossAttentions = countCrossAttentions(options, after.length);
  requireFit(host, languageModel, { heads, tokens, places: ['fusion.options.tokens'] });
  requireRank(options, width);
  checkConsistency(lossWeights);
  if (options.feedForwardStart === 'whole') for (const index of after) requireNorm(languageModel, index);
  requireEqualSteps(host.encoders);
  const { prefixDepths, walk } = tokenWalk(languageModel, {
    tokens,
    after,
    augment: augmentation.textBatches > 0 || embeddingNoise > 0 ? augmentWords : undefined,
  });

  const streams = jointStreamLeaves(host.encoders, options.streamWidth);
  const outputHeads = headLeaves(
    {
      width,
      streamWidth: streams.width,
      headWidth: options.headWidth,
      outputs: taskOutputs(host.task),
      hasTokens: tokens > 0,
    },
    { fusion: lossWeights.fusion > 0, streams: lossWeights.streams > 0, text: lossWeights.text > 0 },
  );
  const parameters = {
    languageModel: languageModel.parameters,
    streams: streams.parameters,
    ...(tokens === 0 ? {} : { fusionTokens: normal([tokens, width], 0.02) }),
    blocks: after.map((index, which) =>
      mmBlockLeaves({
        width,
        streamWidth: streams.width,
        norm: norm.kind,
        feedForward: options.feedForward === 'none' ? null : languageModel.feedForward(index),
        feedForwardStart: options.feedForwardStart,
        crossAttention: which < crossAttentions,
        loraRank: options.feedForward === 'lora' ? options.lora.rank : null,
        gates: options.gates,
        gate: gates[which] as number,
      }),
    ),
    heads: outputHeads.parameters,
  };
  const remembered = { task: options.headWidth, fusion: width, streams: streams.width, text: width };
  const generation = ulgm && labelGeneration(ulgm, lossWeights, remembered, host);
  // Under the path of the parameters that they belong to: whoever selects those selects them too.
  const state = {
    streams: { encoders: streams.state },
    heads: outputHeads.state,
    memories: generation?.state ?? {},
  };
  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  /** SeqAug and noise on the embedded words [B, L, d]. */
  function augmentWords(embedded: tf.Tensor, text: TextInput, pass: Pass): tf.Tensor {
    const moved = seqAug(
      embedded,
      {
        batches: augmentation.textBatches,
        features: augmentation.textFeatures,
        within: augmentation.within === 'real' ? text.mask : undefined,
      },
      inFork(pass, 'seqAug/text'),
    );
    return addNoise(moved, embeddingNoise, inFork(pass, 'noise/text'));
  }

  /** MM Block `which`, with random numbers of its own. */
  function applyBlock(params: Parameters, which: number, hidden: tf.Tensor, z: Frames, pass: Pass) {
    const blockPass = inFork(pass, `blocks/${which}`);
    const whole = options.feedForwardStart === 'whole';
    const activation = blockActivation(languageModel.feedForward(after[which] as number), options.feedForwardStart);
    return mmBlock(params.blocks[which] as Parameters['blocks'][number], hidden, z, {
      tokens,
      queries,
      gates: options.gates,
      epsilon: whole ? norm.epsilon : undefined,
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

  /** What the heads read of every sample. */
  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, 'deepmlf');
    const [batchSize, length] = text.tokens.shape as [number, number];
    const textMask = tf.logicalAnd(text.mask, tf.expandDims(text.present, 1)); // [B, L]
    const augmented = augmentStreams(
      batch.streams,
      augmentation.streamFeatures,
      inFork(pass, 'seqAug/streams'),
      augmentation.within,
    );
    const z = jointStreams(host.encoders, params.streams, before.streams.encoders, { streams: augmented }, pass);

    const mask = tokens === 0 ? textMask : tf.concat([textMask, tf.ones([batchSize, tokens], 'bool')], 1); // [B, L + n]
    const reading = {
      ...inFork(pass, 'languageModel'),
      training: pass.training && options.languageModelDropout,
    };

    const inspect: Record<string, Inspected> = {};
    const walkers = { text, tokens: params.fusionTokens, frame: causalFrame(mask, reading), pass };
    const walked = walk(params.languageModel, walkers, ({ which, hidden, probabilities }) => {
      const index = after[which] as number;
      const mixed = applyBlock(params, which, hidden, z, pass);
      if (options.gates !== 'none') inspect[`${gatesName(which)}/${index}`] = { values: mixed.gates, axes: ['gate'] };
      for (const [name, shown] of Object.entries(attentionOf(mixed.probabilities, length))) {
        inspect[`${name}/${index}`] = shown;
      }
      if (probabilities) {
        const ofWords = tf.slice(probabilities, [0, 0, 0, 0], [-1, -1, -1, length]);
        inspect[`wordAttention/${index}`] = { values: ofWords, axes: ['sample', 'head', 'token', 'word'] };
      }
      return mixed.hidden;
    });

    const readings: Readings = {
      ...(walked.tokens && { fusion: walked.tokens }),
      lastWord: lastReal(walked.words, textMask),
      streams: maskedMean(z.values, z.mask),
    };
    const predicting: { words?: tf.Tensor } = lossWeights.languageModel > 0 ? { words: walked.words } : {};
    return { read: { ...readings, ...predicting }, state: { streams: { encoders: z.state } }, inspect };
  }

  /** `gates` of the cross-attention and the feed-forward; where a block has but one of them, the one it has. */
  function gatesName(which: number): string {
    if (which >= crossAttentions) return 'feedForwardGate';
    return options.feedForward === 'none' ? 'attentionGate' : 'gates';
  }

  /** What tokens, and what words read of the streams, from the probabilities of a cross-attention [B, H, q, T]. */
  function attentionOf(probabilities: tf.Tensor | undefined, length: number): Record<string, Inspected> {
    if (!probabilities) return {};
    const slots = probabilities.shape[2] as number;
    const words = queries === 'tokens' ? 0 : length;
    const rows = (first: number, count: number, axis: string): Inspected => ({
      values: tf.slice(probabilities, [0, 0, first, 0], [-1, -1, count, -1]),
      axes: ['sample', 'head', axis, 'step'],
    });
    return {
      ...(slots > words ? { streamAttention: rows(words, slots - words, 'token') } : {}),
      ...(words > 0 ? { wordStreamAttention: rows(0, words, 'word') } : {}),
    };
  }

  function conclude(
    params: Parameters,
    before: State,
    { words, ...readings }: Readings & { readonly words?: tf.Tensor },
    _: Batch,
    pass: Pass,
  ) {
    const { prediction, guesses, hidden, state: headState } = readOut(params.heads, before.heads, readings, pass);
    if (words) guesses.languageModel = languageModel.logits(params.languageModel, words); // [B, L, vocabulary]
    const { fusion, streams: pooled, lastWord } = readings;
    const features = generation
      ? { features: { task: hidden, ...(fusion && { fusion: tf.mean(fusion, 1) }), streams: pooled, text: lastWord } }
      : {};
    const output: Output = { prediction, heads: guesses, ...features };
    return { output, state: { heads: headState, memories: before.memories } };
  }

  return {
    parameters,
    state,
    prefixDepths,
    ...twoParts(read, conclude, { samplesAlone: encodeSamplesAlone(host.encoders) }),
    losses(output: Output, batch: Batch, { memories }: State, pass: Pass) {
      const targets = generation?.targets(memories as LabelMemories, batch, pass);
      return deepmlfLosses(output, batch, host.task, lossWeights, targets);
    },
    ...(generation && {
      afterStep: (state: State, output: Output, batch: Batch, pass: Pass) => ({
        ...state,
        memories: generation.follow(state.memories as LabelMemories, output, batch, pass),
      }),
    }),
    recipe,
  };
}

function requireRank({ feedForward, lora }: DeepmlfOptions, width: number): void {
  if (feedForward !== 'lora' || lora.rank <= width) return;
  throw wrong('lora.rank', `at most the width ${width} of the language model`, lora.rank);
}

/** @throws CONFIG_WRONG_VALUE where there is no norm that could be copied */
function requireNorm({ config, feedForward }: LanguageModel, index: number): void {
  if (feedForward(index).norm) return;
  const expected = `"weights" with a language model (${config.architecture}) whose norm before the feed-forward cannot be copied`;
  throw wrong('feedForwardStart', expected, 'whole');
}

function wrong(option: string, expected: string, got: string | number): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `fusion.options.${option}`,
    expected,
    got: JSON.stringify(got),
  });
}
