/** What a pickle can hold here: plain values, and NumPy's arrays with their bytes left where they are. */
import type { ByteRange } from '../bytes/byte-range.js';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | ByteRange
  | LargeText
  | PickleSequence
  | PickleDictionary
  | PickleGlobal
  | PickleType
  | PickleArray;

/** A text that is too long to be one of a sample; it is left in the file until somebody asks. */
export class LargeText {
  constructor(readonly range: ByteRange) {}
}

export class PickleSequence {
  constructor(
    readonly kind: 'list' | 'tuple' | 'set',
    readonly items: PickleValue[],
  ) {}
}

export class PickleDictionary {
  readonly entries = new Map<string | number, PickleValue>();
}

/** The name of a class or function on the allow-list. It is never more than its name. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** `numpy.dtype`: kind and size are given when it is made, the byte order later. */
export class PickleType {
  bigEndian = false;
  constructor(
    /** b boolean, i and u integers, f floats, U and S texts, O objects. */
    readonly kind: 'b' | 'i' | 'u' | 'f' | 'U' | 'S' | 'O',
    /** Bytes of one item. */
    readonly size: number,
  ) {}
}

/** `numpy.ndarray`. */
export class PickleArray {
  /** Set once, when the pickle gives the array its state. */
  content?: ArrayContent;
}

export interface ArrayContent {
  readonly shape: readonly number[];
  /** Items from one position to the next, by axis. */
  readonly strides: readonly number[];
  readonly type: PickleType;
  /** Packed bytes; or the objects themselves. */
  readonly data: ByteRange | readonly PickleValue[];
}
