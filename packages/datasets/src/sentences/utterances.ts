/** Which sentence goes to which split, and how often it is said. */
import type { SplitName } from '@interfuse/core';
import { drawLatents, type Latents } from './construction.js';
import { randomNumbers, shuffle } from './random-numbers.js';
import type { Sentence } from './texts.js';

export interface Utterance {
  /** The sentence's id and which saying of it this is: `amazon-0012-1`. */
  readonly id: string;
  readonly sentence: Sentence;
  readonly latents: Latents;
}

/** Utterances of each polarity: every split is balanced, since a constant must not score. */
const perPolarity = { test: 150, valid: 100, train: 500 } as const;

/**
 * Splits sentences, never utterances. In valid and test each sentence is said once. In train the sentences left are said
 * in turns until there are enough utterances, so that those of the rarer polarity are said twice or more.
 */
export function drawUtterances(sentences: readonly Sentence[]): { readonly [K in SplitName]: Utterance[] } {
  const splits: { readonly [K in SplitName]: Utterance[] } = { train: [], valid: [], test: [] };
  for (const polarity of [-1, 1]) {
    const left = shuffle(
      sentences.filter(({ sentiment }) => sentiment === polarity),
      randomNumbers(`sentences/split/${polarity}`),
    );
    for (const split of ['test', 'valid'] as const) {
      splits[split].push(...left.splice(0, perPolarity[split]).map((sentence) => say(sentence, 1)));
    }
    for (let i = 0; i < perPolarity.train; i += 1) {
      splits.train.push(say(left[i % left.length] as Sentence, 1 + Math.floor(i / left.length)));
    }
  }
  for (const split of Object.values(splits)) split.sort((a, b) => (a.id < b.id ? -1 : 1));
  return splits;
}

function say(sentence: Sentence, time: number): Utterance {
  const id = `${sentence.id}-${time}`;
  return { id, sentence, latents: drawLatents(sentence.sentiment, randomNumbers(`sentences/${id}/latents`)) };
}
