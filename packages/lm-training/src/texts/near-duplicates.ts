/**
 * What texts repeat of each other, by their shingles: all runs of eight words, or, of a large collection, those whose
 * hash is a multiple of a number (Broder 1997, "On the resemblance and containment of documents", section 3).
 */
import { hashString } from '@interfuse/nn';
import type { Document } from './documents.js';

const shingleWords = 8;

/** A document is left out when this share of its shingles stands in those before it. */
const repeatedShare = 0.5;

/** Of so many letters every shingle is kept: a set of JavaScript holds 2^24. */
const lettersOfAll = 4e7;

/** Hashes of the runs of eight words of a text, in lower case and without signs; a shorter text is one run. */
export function shingles(text: string): number[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const runs = Math.max(words.length - shingleWords + 1, words.length > 0 ? 1 : 0);
  return Array.from({ length: runs }, (_, first) => hashString(words.slice(first, first + shingleWords).join(' ')));
}

/** The shingles whose hash is a multiple, or else the least: what two texts share of these they share of all, about. */
export function sketch(text: string, multiple: number): number[] {
  const all = shingles(text);
  const kept = all.filter((shingle) => shingle % multiple === 0);
  if (kept.length > 0 || all.length === 0) return kept;
  return [all.reduce((least, shingle) => Math.min(least, shingle))];
}

function multipleFor(documents: readonly Document[]): number {
  return Math.max(1, Math.ceil(documents.reduce((sum, { text }) => sum + text.length, 0) / lettersOfAll));
}

/** The documents without those that mostly repeat earlier ones. */
export function withoutNearDuplicates(documents: readonly Document[]): { kept: Document[]; left: Document[] } {
  const multiple = multipleFor(documents);
  const seen = new Set<number>();
  const kept: Document[] = [];
  const left: Document[] = [];
  for (const document of documents) {
    const own = sketch(document.text, multiple);
    const repeated = own.filter((shingle) => seen.has(shingle)).length;
    if (own.length > 0 && repeated / own.length >= repeatedShare) {
      left.push(document);
      continue;
    }
    for (const shingle of own) seen.add(shingle);
    kept.push(document);
  }
  return { kept, left };
}

/** The share of the shingles of some documents that others hold, too. */
export function sharedShare(documents: readonly Document[], others: readonly Document[]): number {
  const multiple = multipleFor(others);
  const known = new Set<number>();
  for (const { text } of others) for (const shingle of sketch(text, multiple)) known.add(shingle);
  const own = documents.flatMap(({ text }) => sketch(text, multiple));
  return own.length === 0 ? 0 : own.filter((shingle) => known.has(shingle)).length / own.length;
}
