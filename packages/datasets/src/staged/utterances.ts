/** Which sentence goes to which split and group, and which utterances are made of them. */
import type { SplitName } from '@interfuse/core';
import { type RandomNumbers, randomNumbers, shuffle } from '../sentences/random-numbers.js';
import { type Delivery, drawDelivery, drawNoise, type Latents } from './construction.js';
import { drawPerformer, type Performer } from './performers.js';
import type { CountTokens, StagedSentence } from './sentences.js';

export interface StagedUtterance {
  /** `train-0001`. */
  readonly id: string;
  /** One, or two that are said one after the other. */
  readonly sentences: readonly StagedSentence[];
  readonly performer: Performer;
  readonly latents: Latents;
  /** The unit of resampling: in valid and test the sentences that were dealt together, in train the sentence said first. */
  readonly group: string;
}

type Splits<T> = { readonly [K in SplitName]: T };

/** Groups of three sentences. With all others in train that is 64 / 10 / 26 % of the sentences. */
const groups = { valid: 40, test: 100 } as const;
/** Of each group: so many of one sentence, and as many of two. */
const halfOfGroup = { valid: 5, test: 3 } as const;
/** Half of them of one sentence, half of two. */
const trainUtterances = 3000;

/** Tokens of the text of two sentences. */
export const mostTokensOfPair = 52;

/** The text of an utterance. */
export function textOf(sentences: readonly StagedSentence[]): string {
  return sentences.map(({ text }) => text).join(' ');
}

/** Sentences are split first; polarity is balanced in all splits and independent of everything else that is drawn. */
export function drawUtterances(
  sentences: readonly StagedSentence[],
  countTokens: CountTokens,
): Splits<readonly StagedUtterance[]> {
  const fits = (pair: readonly StagedSentence[]) => countTokens(textOf(pair)) <= mostTokensOfPair;
  const { test, valid, train } = deal(sentences);
  return {
    train: number('train', trainTexts(train, fits)),
    valid: number('valid', groupTexts('valid', valid, fits)),
    test: number('test', groupTexts('test', test, fits)),
  };
}

interface Text {
  readonly sentences: readonly StagedSentence[];
  readonly group: string;
}

function number(split: SplitName, texts: readonly Text[]): StagedUtterance[] {
  return shuffle(texts, randomNumbers(`staged/${split}/order`)).map(({ sentences, group }, i) => {
    const id = `${split}-${String(i + 1).padStart(4, '0')}`;
    const random = randomNumbers(`staged/${id}/latents`);
    const delivery: Delivery = drawDelivery(sentences.length as 1 | 2, random);
    const polarity = sentences.map(({ sentiment }) => sentiment);
    return {
      id,
      sentences,
      performer: drawPerformer(split, random),
      latents: { ...delivery, polarity, noise: drawNoise(random) },
      group,
    };
  });
}

type Group = readonly [StagedSentence, StagedSentence, StagedSentence];

/**
 * Deals groups of three for valid and test: a short, a middling and a long sentence each, so that some two of them always
 * fit into one utterance. Each of the three places holds as many positive as negative sentences, in random order.
 */
function deal(sentences: readonly StagedSentence[]): {
  readonly test: readonly Group[];
  readonly valid: readonly Group[];
  readonly train: readonly StagedSentence[];
} {
  const dealt = { test: emptyGroups(groups.test), valid: emptyGroups(groups.valid) };
  const taken = new Set<StagedSentence>();
  const byPolarity = [-1, 1].map((polarity) => {
    const pool = shuffle(
      sentences.filter(({ sentiment }) => sentiment === polarity),
      randomNumbers(`staged/deal/${polarity}`),
    );
    const wanted = (3 * (groups.test + groups.valid)) / 2;
    const chosen = pool.slice(0, wanted).sort((a, b) => a.tokens - b.tokens);
    for (const sentence of chosen) taken.add(sentence);
    return [0, 1, 2].map((place) =>
      shuffle(
        chosen.slice((place * wanted) / 3, ((place + 1) * wanted) / 3),
        randomNumbers(`staged/deal/${polarity}/${place}`),
      ),
    );
  });
  for (const split of ['test', 'valid'] as const) {
    for (const place of [0, 1, 2]) {
      const half = groups[split] / 2;
      const drawn = byPolarity.flatMap((places) => (places[place] as StagedSentence[]).splice(0, half));
      const order = shuffle(drawn, randomNumbers(`staged/deal/${split}/${place}`));
      order.forEach((sentence, i) => {
        dealt[split][i]?.push(sentence);
      });
    }
  }
  return {
    test: dealt.test as unknown as Group[],
    valid: dealt.valid as unknown as Group[],
    train: sentences.filter((sentence) => !taken.has(sentence)),
  };
}

function emptyGroups(count: number): StagedSentence[][] {
  return Array.from({ length: count }, () => []);
}

type Fits = (pair: readonly StagedSentence[]) => boolean;

/** Of every group: its sentences alone, in turns, and pairs of them that fit, in turns and either order. */
function groupTexts(split: 'valid' | 'test', dealt: readonly Group[], fits: Fits): Text[] {
  return dealt.flatMap((group, i) => {
    const name = `${split}-group-${String(i + 1).padStart(3, '0')}`;
    const random = randomNumbers(`staged/${name}`);
    const orders = [
      [0, 1],
      [0, 2],
      [1, 2],
    ].map((places) => places.map((place) => group[place] as StagedSentence));
    const pairs = shuffle(orders.filter(fits), random);
    const alone = shuffle(group, random);
    const texts: Text[] = [];
    for (let turn = 0; turn < halfOfGroup[split]; turn += 1) {
      texts.push({ sentences: [alone[turn % 3] as StagedSentence], group: name });
      const pair = pairs[turn % pairs.length] as StagedSentence[];
      texts.push({ sentences: shuffle(pair, random), group: name });
    }
    return texts;
  });
}

/** Polarities are laid out in equal numbers, then a sentence is found for each, all of a polarity in turns. */
function trainTexts(sentences: readonly StagedSentence[], fits: Fits): Text[] {
  const random = randomNumbers('staged/train/texts');
  const decks = { '-1': createDeck(sentences, -1, random), '1': createDeck(sentences, 1, random) };
  const deckOf = (polarity: number) => (polarity === 1 ? decks['1'] : decks['-1']);
  const solos = Array.from({ length: trainUtterances / 2 }, (_, i) => [deckOf(i % 2 === 0 ? 1 : -1)(() => true)]);
  const pairs = Array.from({ length: trainUtterances / 2 }, (_, i) => {
    const first = deckOf(i % 2 === 0 ? 1 : -1)(() => true);
    // The longest sentence leaves room for the short ones.
    const second = deckOf(i % 4 < 2 ? 1 : -1)((candidate) => candidate !== first && fits([first, candidate]));
    return shuffle([first, second], random);
  });
  return [...solos, ...pairs].map((said) => ({ sentences: said, group: said[0]?.id as string }));
}

/** Draws the next sentence of a polarity that is fitting; all are drawn before one comes again, as far as they fit. */
function createDeck(
  sentences: readonly StagedSentence[],
  polarity: number,
  random: RandomNumbers,
): (isFitting: (sentence: StagedSentence) => boolean) => StagedSentence {
  const all = sentences.filter(({ sentiment }) => sentiment === polarity);
  const deck: StagedSentence[] = [];
  return (isFitting) => {
    for (;;) {
      const at = deck.findIndex(isFitting);
      if (at !== -1) return deck.splice(at, 1)[0] as StagedSentence;
      deck.push(...shuffle(all, random));
    }
  };
}
