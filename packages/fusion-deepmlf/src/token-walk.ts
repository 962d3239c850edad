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

export interface TokenWalkSettings {
  /** n; without tokens the words walk alone. */
  readonly tokens: number;
  /** Blocks of the language model after which the strategy acts, ascending. */
  readonly after: readonly number[];
  /** Changes the embedded words [B, L, d] in training; they are not memoised then. */
  readonly augment?: ((embedded: tf.Tensor, text: TextInput, pass: Pass) => tf.Tensor) | undefined;
}

/** What a strategy sees after block `after[which]`. */
export interface Stop {
  readonly which: number;
  /** [B, L + n, d]. */
  readonly hidden: tf.Tensor;
  /** How its tokens read: [B, heads, n, L + n]; absent where there are none. */
  readonly probabilities?: tf.Tensor | undefined;
}

export interface Walkers {
  readonly text: TextInput;
  /** [n, d]: what the tokens start from. */
  readonly tokens?: tf.Tensor | undefined;
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
   * @returns words [B, L, d] and tokens [B, n, d], if there are any, after the final norm
   */
  walk(
    params: Tensors<Leaves>,
    walkers: Walkers,
    act: (stop: Stop) => tf.Tensor,
  ): { words: tf.Tensor; tokens?: tf.Tensor | undefined };
}

export function tokenWalk(languageModel: LanguageModel, { tokens, after, augment }: TokenWalkSettings): TokenWalk {
  const { layers } = languageModel.config;
  // Blocks that come before the strategy acts: there, words depend on nothing that is trained.
  const alonePast = (after[0] as number) + 1;
  // Tokens read the words at every depth; without any, the last of them is all that is needed.
  const depths = tokens === 0 ? [alonePast] : Array.from({ length: alonePast + 1 }, (_, depth) => depth);
  const prefixDepths = augment ? [] : depths;

  /** The words at those depths, [B, L, d] each: from memory where nothing augments them. */
  function readWords(params: Tensors<Leaves>, text: TextInput, reading: Pass, pass: Pass): tf.Tensor[] {
    const memoised = prefixDepths.flatMap((depth) => text.prefix?.[depth] ?? []);
    if (memoised.length === depths.length) return memoised;
    const embedded = languageModel.embed(params, text.tokens); // [B, L, d]
    const seen = augment ? augment(embedded, text, pass) : embedded;
    const words = readAlone(languageModel, params, seen, text.mask, alonePast, reading);
    return depths.map((depth) => words[depth] as tf.Tensor);
  }

  /**
   * The tokens after `alonePast` blocks [B, n, d], and how they read in the last of them [B, heads, n, L + n].
   *
   * @param words after 0, 1, ... blocks, [B, L, d] each
   */
  function readTokens(
    params: Tensors<Leaves>,
    start: tf.Tensor,
    words: readonly tf.Tensor[],
    { positions, allowed, pass }: Frame,
  ): { hidden: tf.Tensor; probabilities: tf.Tensor | undefined } {
    const [batch, length] = (words[0] as tf.Tensor).shape as [number, number];
    const own: Frame = {
      positions: tf.slice(positions, [length], [tokens]),
      allowed: tf.slice(allowed, [0, length, 0], [-1, tokens, -1]), // [B, n, L + n]
      pass: inFork(pass, 'tokens'),
    };
    const before = tf.range(0, length, 1, 'int32');
    let hidden = languageModel.begin(params, tf.tile(tf.expandDims(start, 0), [batch, 1, 1]), own);
    let probabilities: tf.Tensor | undefined;
    for (let index = 0; index < alonePast; index += 1) {
      const known = { hidden: words[index] as tf.Tensor, positions: before };
      ({ hidden, probabilities } = languageModel.block(params, index, hidden, own, known));
    }
    return { hidden, probabilities };
  }

  return {
    prefixDepths,
    walk(params, { text, tokens: start, frame, pass }, act) {
      const length = text.tokens.shape[1] as number;
      const words = readWords(params, text, inFork(frame.pass, 'text'), pass);
      const begun = start && readTokens(params, start, words, frame);
      const alone = words.at(-1) as tf.Tensor;

      let x = act({
        which: 0,
        hidden: begun ? tf.concat([alone, begun.hidden], 1) : alone, // [B, L + n, d]
        probabilities: begun?.probabilities,
      });
      for (let index = alonePast; index < layers; index += 1) {
        const block = languageModel.block(params, index, x, frame);
        x = block.hidden;
        const which = after.indexOf(index);
        if (which === -1) continue;
        const probabilities = start && tf.slice(block.probabilities, [0, 0, length, 0], [-1, -1, tokens, -1]);
        x = act({ which, hidden: x, probabilities });
      }
      const normed = languageModel.norm(params, x);
      if (!start) return { words: normed };
      const [read, ours] = tf.split(normed, [length, tokens], 1) as [tf.Tensor, tf.Tensor];
      return { words: read, tokens: ours };
    },
  };
}
