/**
 * What strategies with a group of tokens for each stream have in common, from the encoders to the losses: all but their MM
 * Block and their task head.
 *
 * Sequence: [L text slots | tokens of each stream | joint tokens]. Letters: B batch, L text length, n tokens of all groups,
 * d width of the language model, e width of an encoder.
 */
import {
  type Batch,
  type FeedForward,
  type FusionHost,
  type FusionModule,
  type Inspected,
  type LanguageModelConfig,
  type Leaves,
  type OptionsOf,
  type Output,
  type Pass,
  type Tensors,
  type TextInput,
  taskOutputs,
} from '@interfuse/core';
import {
  type BlockFeedForwardSettings,
  batchText,
  blockActivation,
  encodeSamplesAlone,
  type Frames,
  hostLanguageModel,
  inFork,
  lastReal,
  maskedMean,
  normal,
  twoParts,
} from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { requireEqualSteps } from '../joint-streams.js';
import { placeBlocks } from '../placement.js';
import { recipe } from '../recipe.js';
import { augmentStreams, seqAug } from '../seqaug.js';
import { tokenWalk } from '../token-walk.js';
import { requireFit } from './fit.js';
import { encodeGroups, groupEncoderLeaves } from './group-encoders.js';
import { flattenReadings, type GroupReadings, groupLosses, guess, guessLeaves, nestReadings } from './group-heads.js';
import type { groupOptions } from './options.js';
import { groupFrame } from './reading-masks.js';
import type { ReadingRule } from './reading-rules.js';
import { countTokens, splitGroups, type TokenGroup, tokenGroups } from './token-groups.js';

/** The options that all of these strategies have. */
export type GroupOptions = OptionsOf<{
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: typeof groupOptions;
}>;

/** What the leaves of an MM Block follow from. */
export interface GroupBlockShape {
  readonly width: number;
  /** e of the encoder of each group, by its name. */
  readonly widths: Readonly<Record<string, number>>;
  readonly norm: LanguageModelConfig['norm']['kind'];
  /** The feed-forward of the language-model block before this one. */
  readonly feedForward: FeedForward;
  readonly loraRank: number | null;
  readonly heads: number;
  readonly gate: number;
}

export interface GroupBlockSettings {
  readonly groups: readonly TokenGroup[];
  readonly attention: {
    readonly heads: number;
    readonly scale: 'model' | 'head';
    readonly dropout: number;
    readonly pass: Pass;
  };
  readonly feedForward: BlockFeedForwardSettings;
}

export interface GroupBlock<P extends Leaves> {
  leaves(shape: GroupBlockShape): P;
  /**
   * @param hidden [B, L + n, d]
   * @param encoded Z of each group, by its name
   * @returns hidden, and what there is to look at, by names to which the number of the block is added
   */
  apply(
    params: Tensors<P>,
    hidden: tf.Tensor,
    encoded: Readonly<Record<string, Frames>>,
    settings: GroupBlockSettings,
  ): { hidden: tf.Tensor; inspect: (place: number) => Record<string, Inspected> };
}

export interface HeadShape {
  readonly groups: readonly TokenGroup[];
  readonly width: number;
  readonly widths: Readonly<Record<string, number>>;
  readonly outputs: number;
}

export interface GroupHead<P extends Leaves, S extends Leaves> {
  leaves(shape: HeadShape): { readonly parameters: P; readonly state: S };
  apply(
    params: Tensors<P>,
    state: Tensors<S>,
    readings: GroupReadings,
    settings: { readonly groups: readonly TokenGroup[]; readonly pass: Pass },
  ): { prediction: tf.Tensor; state: { readonly [name: string]: tf.Tensor | { [name: string]: tf.Tensor } } };
}

export function groupedFusion<B extends Leaves, H extends Leaves, S extends Leaves>(
  options: GroupOptions,
  host: FusionHost,
  strategy: {
    readonly id: string;
    readonly rule: ReadingRule;
    readonly block: GroupBlock<B>;
    readonly head: GroupHead<H, S>;
  },
): FusionModule {
  const languageModel = hostLanguageModel(host, strategy.id);
  const { width, layers, norm } = languageModel.config;
  const { lossWeights, seqAug: augmentation, dropout } = options;
  const heads = options.heads ?? languageModel.config.heads;
  const after = placeBlocks(options, layers);
  const groups = tokenGroups(host, options);
  const tokens = countTokens(groups);
  requireFit(host, languageModel, {
    heads,
    tokens,
    places: ['fusion.options.streamTokens', 'fusion.options.jointTokens'],
  });
  requireEqualSteps(host.encoders);
  const augmentWords = (embedded: tf.Tensor, _: TextInput, pass: Pass) =>
    seqAug(
      embedded,
      { batches: augmentation.textBatches, features: augmentation.textFeatures },
      inFork(pass, 'seqAug/text'),
    );
  const { prefixDepths, walk } = tokenWalk(languageModel, {
    tokens,
    after,
    augment: augmentation.textBatches > 0 ? augmentWords : undefined,
  });

  const encoders = groupEncoderLeaves(host.encoders, options.streamWidth);
  const { widths } = encoders;
  const outputs = taskOutputs(host.task);
  const head = strategy.head.leaves({ groups, width, widths, outputs });
  const parameters = {
    languageModel: languageModel.parameters,
    streams: encoders.parameters,
    tokens: Object.fromEntries(groups.map((group) => [group.name, normal([group.tokens, width], 0.02)])),
    blocks: after.map((index) =>
      strategy.block.leaves({
        width,
        widths,
        norm: norm.kind,
        feedForward: languageModel.feedForward(index),
        loraRank: options.feedForward === 'lora' ? options.lora.rank : null,
        heads,
        gate: options.gate,
      }),
    ),
    heads: { task: head.parameters, ...guessLeaves({ width, widths, outputs }, lossWeights) },
  };
  const state = { streams: encoders.state, heads: head.state };
  type Parameters = Tensors<typeof parameters>;
  type State = Tensors<typeof state>;

  function blockSettings(which: number, pass: Pass): GroupBlockSettings {
    const activation = blockActivation(languageModel.feedForward(after[which] as number));
    const { scale, combine, lora } = options;
    return {
      groups,
      attention: { heads, scale, dropout, pass },
      feedForward: { activation, combine, dropout, lora, pass },
    };
  }

  /** What the heads read of every sample. */
  function read(params: Parameters, before: State, batch: Batch, pass: Pass) {
    const text = batchText(batch, strategy.id);
    const textMask = tf.logicalAnd(text.mask, tf.expandDims(text.present, 1)); // [B, L]
    const augmented = augmentStreams(batch.streams, augmentation.streamFeatures, inFork(pass, 'seqAug/streams'));
    const z = encodeGroups(host.encoders, params.streams, before.streams, { streams: augmented }, pass);

    const inspect: Record<string, Inspected> = {};
    const walked = walk(
      params.languageModel,
      {
        text,
        tokens: tf.concat(
          groups.map(({ name }) => params.tokens[name] as tf.Tensor),
          0,
        ),
        frame: groupFrame(textMask, groups, strategy.rule, inFork(pass, 'languageModel')),
        pass,
      },
      ({ which, hidden, probabilities }) => {
        const place = after[which] as number;
        const settings = blockSettings(which, inFork(pass, `blocks/${which}`));
        const mixed = strategy.block.apply(params.blocks[which] as Tensors<B>, hidden, z.encoded, settings);
        const fromWords = tf.slice(probabilities as tf.Tensor, [0, 0, 0, 0], [-1, -1, -1, textMask.shape[1] as number]);
        Object.assign(inspect, mixed.inspect(place));
        for (const [group, values] of Object.entries(splitGroups(groups, fromWords, 2))) {
          inspect[`wordAttention/${place}/${group}`] = { values, axes: ['sample', 'head', 'token', 'word'] };
        }
        return mixed.hidden;
      },
    );

    const means = Object.entries(z.encoded).map(
      ([group, { values, mask }]) => [group, maskedMean(values, mask)] as const,
    );
    const readings = flattenReadings({
      fusion: walked.tokens as tf.Tensor,
      lastWord: lastReal(walked.words, textMask),
      encoders: Object.fromEntries(means),
    });
    const predicting: { words?: tf.Tensor } = lossWeights.languageModel > 0 ? { words: walked.words } : {};
    return { read: { ...readings, ...predicting }, state: { streams: z.state }, inspect };
  }

  function conclude(
    params: Parameters,
    before: State,
    { words, ...flat }: Record<string, tf.Tensor>,
    _: Batch,
    pass: Pass,
  ) {
    const readings = nestReadings(flat);
    const { task, ...guessing } = params.heads;
    const concluded = strategy.head.apply(task as Tensors<H>, before.heads as Tensors<S>, readings, { groups, pass });
    const guesses = guess(guessing as Parameters['heads'], readings);
    if (words) guesses.languageModel = languageModel.logits(params.languageModel, words); // [B, L, vocabulary]
    const output: Output = { prediction: concluded.prediction, heads: guesses };
    return { output, state: { heads: concluded.state } };
  }

  return {
    parameters,
    state,
    prefixDepths,
    ...twoParts(read, conclude, { samplesAlone: encodeSamplesAlone(host.encoders) }),
    losses: (output, batch) => groupLosses(output, batch, host.task, lossWeights),
    recipe,
  } as FusionModule;
}
