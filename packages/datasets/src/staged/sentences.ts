/**
 * Chooses the sentences: from the UCI Sentiment Labelled Sentences (Kotzias et al., KDD 2015; CC BY 4.0), those whose
 * polarity is plain enough for a very small language model.
 */
import { createRequire } from 'node:module';
import type { Source } from '../folder/description.js';
import { readWebsite, type Sentence, websites, withoutNearDuplicates } from '../sentences/texts.js';

export interface StagedSentence extends Sentence {
  /** Tokens of stories260k, with the one that begins a text. */
  readonly tokens: number;
}

export const limits = { fewestTokens: 4, mostTokens: 40, compound: 0.2 } as const;

export type CountTokens = (text: string) => number;

/** The sentences that are used, in the order of the sources. */
export function chooseStagedSentences(countTokens: CountTokens): { sources: Source[]; sentences: StagedSentence[] } {
  const read = websites.map(readWebsite);
  const agrees = agreesWithVader();
  const fitting = read
    .flatMap(({ sentences }) => sentences)
    // The others carry the traces of a broken character encoding.
    .filter(({ text }) => /^[\x20-\x7e]+$/.test(text))
    .map((sentence) => ({ ...sentence, tokens: countTokens(sentence.text) }))
    .filter(({ tokens }) => tokens >= limits.fewestTokens && tokens <= limits.mostTokens)
    .filter(agrees);
  return { sources: read.map(({ source }) => source), sentences: withoutNearDuplicates(fitting) };
}

/** Whether VADER (Hutto and Gilbert, ICWSM 2014) is sure of a polarity, and it is the one that people gave. */
function agreesWithVader(): (sentence: Sentence) => boolean {
  const { SentimentIntensityAnalyzer: vader } = createRequire(import.meta.url)('vader-sentiment') as {
    SentimentIntensityAnalyzer: { polarity_scores(text: string): { compound: number } };
  };
  return ({ text, sentiment }) => vader.polarity_scores(text).compound * sentiment > limits.compound;
}
