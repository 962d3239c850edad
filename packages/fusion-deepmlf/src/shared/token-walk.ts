/**
 * A walk through the blocks of a language model with tokens of one's own behind the text (arXiv 2504.11082).
 *
 * Words never read tokens. Up to the first place where the strategy acts the text is therefore the language model's own
 * business: it is computed alone, may be memoised, and needs no gradient; until then only the tokens are advanced. Letters:
 * B batch, L text length, n tokens, d width of the language model.
 */
import type { Frame, LanguageModel, Leaves, Pass, Tensors, TextInput } from '@interfuse/core';
import { inFork, readAlone } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { type SeqAugSettings, seqAug } from '../seqaug.js';

export interface TokenWalkSettings {
  /** n. */
  readonly tokens: number;
  /** Blocks of the language model after which the strategy acts, ascending. */
  readonly after: readonly number[];
  /** SeqAug of the embedded words. */
  readonly augmentation: SeqAugSettings;
}

/** What a strategy sees after block `after[which]`: everything [B, L + n, d], and how its tokens read [B, heads, n, L + n]. */
export interface Stop {
  readonly which: number;
  readonly hidden: tf.Tensor;
  readonly probabilities: tf.Tensor;
}

export interface Walkers {
  readonly text: TextInput;
  /** [n, d]: what the tokens start from. */
  readonly tokens: tf.Tensor;
  /** Of all L + n slots; in it no word reads a token. */
  readonly frame: Frame;
  /** The pass of the whole strategy; that of the frame belongs to the language model. */
  readonly pass: Pass;
}

export interface TokenWalk {
  /** For `FusionModule.prefixDepths`. */
  readonly prefixDepths: readonly number[];
  /**
   * @param act returns what goes on in place of `hidden` [B, L + n, d]
   * @returns words [B, L, d] and tokens [B, n, d] after the final norm
   */
  walk(
    params: Tensors<Leaves>,
    walkers: Walkers,
    act: (stop: Stop) => tf.Tensor,
  ): { words: tf.Tensor; tokens: tf.Tensor };
}

export function tokenWalk(languageModel: LanguageModel, { tokens, after, augmentation }: TokenWalkSettings): TokenWalk {
  const { layers } = languageModel.config;
  // Blocks that come before the strategy acts: there, words depend on nothing that is trained.
  const alonePast = (after[0] as number) + 1;
  const prefixDepths = augmentation.batches > 0 ? [] : Array.from({ length: alonePast + 1 }, (_, depth) => depth);

  /** The words after 0, 1, ..., `alonePast` blocks, [B, L, d] each: from memory where nothing augments them. */
  function readWords(params: Tensors<Leaves>, text: TextInput, reading: Pass, pass: Pass): tf.Tensor[] {
    const memoised = prefixDepths.flatMap((depth) => text.prefix?.[depth] ?? []);
    if (memoised.length > alonePast) return memoised;
    const embedded = seqAug(languageModel.embed(params, text.tokens), augmentation, inFork(pass, 'seqAug/text'));
    return readAlone(languageModel, params, embedded, text.mask, alonePast, reading);
  }

  /** The tokens where they enter the first block [B, n, d], their part of the frame, and the positions before. */
  function beginTokens(params: Tensors<Leaves>, { tokens: start, frame }: Walkers, batch: number, reading: Pass) {
    const slots = frame.positions.shape[0] as number;
    const own: Frame = {
      positions: tf.slice(frame.positions, [slots - tokens], [tokens]),
      allowed: tf.slice(frame.allowed, [0, slots - tokens, 0], [-1, tokens, slots]), // [B, n, L + n]
      pass: reading,
    };
    const fresh = tf.tile(tf.expandDims(start, 0), [batch, 1, 1]); // [B, n, d]
    return {
      hidden: languageModel.begin(params, fresh, own),
      frame: own,
      before: tf.range(0, slots - tokens, 1, 'int32'),
    };
  }

  return {
    prefixDepths,
    walk(params, walkers, act) {
      const { text, frame, pass } = walkers;
      const [batch, length] = text.tokens.shape as [number, number];
      const words = readWords(params, text, inFork(frame.pass, 'text'), pass); // after 0, 1, ... blocks, [B, L, d] each
      const begun = beginTokens(params, walkers, batch, inFork(frame.pass, 'tokens'));

      let x = begun.hidden; // [B, n, d], and from the first stop on [B, L + n, d]
      for (let index = 0; index < layers; index += 1) {
        const alone = index < alonePast;
        const before = { hidden: words[index] as tf.Tensor, positions: begun.before };
        const block = alone
          ? languageModel.block(params, index, x, begun.frame, before)
          : languageModel.block(params, index, x, frame);
        x = block.hidden;
        const which = after.indexOf(index);
        if (which === -1) continue;
        if (alone) x = tf.concat([words[alonePast] as tf.Tensor, x], 1);
        const probabilities = tf.slice(block.probabilities, [0, 0, alone ? 0 : length, 0], [-1, -1, tokens, -1]);
        x = act({ which, hidden: x, probabilities });
      }
      const [thought, ours] = tf.split(languageModel.norm(params, x), [length, tokens], 1) as [tf.Tensor, tf.Tensor];
      return { words: thought, tokens: ours };
    },
  };
}
