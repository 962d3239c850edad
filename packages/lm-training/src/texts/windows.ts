/** Packed sequences: documents one after another, each with the end of a text behind it, cut into windows of equal length. */
import { type HostTensors, InterfuseError, type Tokenizer } from '@interfuse/core';
import { drawKey, hashString, uniformAt } from '@interfuse/nn';
import { takeSignals } from '@interfuse/training/loop';
import type { Document } from './documents.js';

export interface Packing {
  readonly tokenizer: Tokenizer;
  /** Stands behind every document. */
  readonly endOfText: number;
  readonly signal?: AbortSignal | undefined;
  /** @param share of the documents */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * Token ids of all documents in a row.
 *
 * @throws the reason of the signal if it is aborted
 */
export async function packDocuments(
  documents: readonly Document[],
  { tokenizer, endOfText, signal, onProgress }: Packing,
): Promise<Int32Array> {
  const parts: number[][] = [];
  for (const { text } of documents) {
    parts.push([...tokenizer.encode(text), endOfText]);
    onProgress?.(parts.length / documents.length);
    await takeSignals(signal);
  }
  const packed = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    packed.set(part, offset);
    offset += part.length;
  }
  return packed;
}

/** Where a window begins, and how many tokens it holds, one more than it predicts. */
export interface Window {
  readonly first: number;
  readonly length: number;
}

/**
 * The windows of a pass over the text: as many for each, but each begins elsewhere, so that tokens get other neighbours.
 *
 * @param slots of a window: the predictions it makes
 * @param epoch number of the pass
 */
export function trainingWindows(packed: Int32Array, slots: number, seed: number, epoch: number): Window[] {
  const offset = Math.floor(uniformAt(drawKey(seed, epoch, hashString('window offset')), 0) * slots);
  const length = trainingWindowCount(packed, slots);
  return Array.from({ length }, (_, index) => ({ first: offset + index * slots, length: slots + 1 }));
}

/** @throws DATASET_EMPTY if the text does not fill a window wherever it begins */
export function trainingWindowCount(packed: Int32Array, slots: number): number {
  const count = Math.floor(packed.length / slots) - 1;
  if (count > 0) return count;
  throw new InterfuseError('DATASET_EMPTY', {
    place: 'texts',
    expected: `at least ${2 * slots} tokens to train on`,
    got: `${packed.length}`,
    remedy: 'Give more text, or lower model.contextLength.',
  });
}

/** Windows that predict every token but the first once; the last may be shorter. */
export function heldOutWindows(packed: Int32Array, slots: number): Window[] {
  const count = Math.ceil((packed.length - 1) / slots);
  return Array.from({ length: count }, (_, index) => {
    const first = index * slots;
    return { first, length: Math.min(slots + 1, packed.length - first) };
  });
}

/**
 * A batch in the form that steps take, [rows, slots + 1], padded on the right and, where there are fewer windows than
 * rows, with windows that predict nothing: one shape, so that one program serves all batches.
 */
export function batchOf(
  packed: Int32Array,
  windows: readonly Window[],
  { rows, slots, padToken }: { readonly rows: number; readonly slots: number; readonly padToken: number },
): HostTensors {
  const width = slots + 1;
  const tokens = new Int32Array(rows * width).fill(padToken);
  const mask = new Uint8Array(rows * width);
  windows.forEach(({ first, length }, row) => {
    tokens.set(packed.subarray(first, first + length), row * width);
    mask.fill(1, row * width, row * width + length);
  });
  return {
    rows: { shape: [rows], type: 'int32', data: Int32Array.from({ length: rows }, (_, row) => row) },
    'text/tokens': { shape: [rows, width], type: 'int32', data: tokens },
    'text/mask': { shape: [rows, width], type: 'bool', data: mask },
    'text/present': { shape: [rows], type: 'bool', data: new Uint8Array(rows).fill(1) },
  };
}
