/** Which documents are held out: a choice by their text, so that more documents do not change it for those that were there. */
import { InterfuseError } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import type { Document } from './documents.js';

/**
 * Takes documents in a random order that follows from the seed and their texts, until they hold the share of all letters.
 * One that alone is more than the share is not taken, unless every document is: then it is the shortest.
 *
 * @returns both parts in the order of the documents
 * @throws DATASET_EMPTY if nothing is left to train on
 */
export function holdOut(
  documents: readonly Document[],
  share: number,
  seed: number,
): { train: Document[]; heldOut: Document[] } {
  const key = drawKey(seed, 0, hashString('held out'));
  const drawn = documents
    .map((document) => ({ document, at: uniformAt(key, hashString(document.text)) }))
    .sort((a, b) => a.at - b.at);
  const wanted = share * documents.reduce((sum, { text }) => sum + text.length, 0);
  const chosen = new Set<Document>();
  let letters = 0;
  for (const { document } of drawn.filter(({ document }) => document.text.length <= wanted)) {
    if (letters >= wanted) break;
    chosen.add(document);
    letters += document.text.length;
  }
  if (chosen.size === 0) chosen.add(shortestOf(documents));
  if (chosen.size < documents.length) {
    return { train: documents.filter((one) => !chosen.has(one)), heldOut: documents.filter((one) => chosen.has(one)) };
  }
  throw new InterfuseError('DATASET_EMPTY', {
    place: 'texts',
    expected: 'at least two documents, one of them to be held out',
    got: String(documents.length),
    remedy: 'Give more documents: cut long ones into chapters.',
  });
}

function shortestOf(documents: readonly Document[]): Document {
  return documents.reduce((shortest, one) => (one.text.length < shortest.text.length ? one : shortest));
}
