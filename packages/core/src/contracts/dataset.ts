/** Datasets: what is known before a number is read, and splits that are read by position. */
import type { StreamSpec } from './encoder.js';
import type { Task } from './model.js';
import type { Statistics } from './transforms.js';

export type SplitName = 'train' | 'valid' | 'test';

/** What a model that knows only a part of the data can reach at best, where the makers of a dataset know it. */
export interface ReferenceFigure {
  readonly name: string;
  readonly metric: string;
  readonly value: number;
  readonly meaning: string;
}

/**
 * How well it is known when words are spoken: every word has its time (`measured`), only parts of a sample such as
 * sentences have (`segments`), or nothing has (`none`).
 */
export type WordTimes = 'measured' | 'segments' | 'none';

export interface DatasetSpec {
  readonly name: string;
  readonly task: Task;
  readonly hasText: boolean;
  readonly streams: { readonly [name: string]: StreamSpec };
  /** What all samples that have a text know about when its words are spoken. Absent: nothing. */
  readonly wordTimes?: Exclude<WordTimes, 'none'>;
  /** Number of samples in each split. */
  readonly sizes: { readonly [K in SplitName]: number };
  readonly licence: string;
  /** SHA-256 over all that determines the numbers, as hex. */
  readonly digest: string;
  /** Printed beside the results of a comparison. */
  readonly referenceFigures?: readonly ReferenceFigure[];
}

/** What one sample is, without its streams. */
export interface Sample {
  readonly id: string;
  readonly text?: string;
  /** By label name; `task` is the one that is predicted. A class label is its index. */
  readonly labels: { readonly [name: string]: number };
  /** The unit of resampling: samples of one group (a video, a speaker, a sentence) are not independent. Default: the id. */
  readonly group?: string;
  /** Streams that this sample lacks. */
  readonly missing?: readonly string[];
  /** Who speaks. */
  readonly speaker?: string;
  /** What kind of sample this is; results can be told by tag. */
  readonly tags?: readonly string[];
  /** Parts of the sample in time, in order, such as its sentences. */
  readonly segments?: readonly Segment[];
  /** The words of the text in their order, and when they are spoken. */
  readonly words?: readonly SpokenWord[];
}

export interface SpokenWord {
  /** As it stands in the text of the sample. */
  readonly text: string;
  /** Seconds from the start of the sample. */
  readonly start: number;
  readonly end: number;
}

/** A part of a sample. */
export interface Segment {
  /** Seconds from the start of the sample. */
  readonly start: number;
  readonly end: number;
  readonly text?: string;
  /** By label name. */
  readonly labels?: { readonly [name: string]: number };
}

/** One stream of some samples, packed without padding: the steps of the samples one after another. */
export interface RaggedRows {
  /** [sum of lengths, width]. */
  readonly values: Float32Array;
  /** Steps per sample. */
  readonly lengths: readonly number[];
}

/** What reads the streams of a split, on whatever thread. */
export interface SplitReader {
  readonly samples: readonly { readonly id: string }[];
  /** Reads the stream of the samples at these positions from disk. */
  read(stream: string, rows: readonly number[]): Promise<RaggedRows>;
  close(): Promise<void>;
}

export interface Split extends SplitReader {
  readonly name: SplitName;
  readonly samples: readonly Sample[];
  /** Present if another thread can open the same streams. Whoever wraps a split wraps this, too, or leaves it out. */
  readonly recipe?: SplitRecipe;
}

/** The streams of a split as data, from which another thread opens them. */
export interface SplitRecipe {
  /** URL of a module that Node loads as it is and that exports `openReader`, an `OpenReader`. */
  readonly module: string;
  /** What `openReader` is given: of values that pass from one thread to another. */
  readonly data: unknown;
  /** What it reads through, such as the split whose values it transforms. */
  readonly through?: SplitRecipe;
  /** Of all values of all streams, before they are padded: a thread for a few is not worth its start. */
  readonly bytes: number;
}

/** @param through opened from the recipe of that name */
export type OpenReader<D> = (data: D, through?: SplitReader) => Promise<SplitReader>;

/** Written when a selected run opens the test split; from then on that run is immutable. */
export interface TestReceipt {
  readonly run: string;
  /** Digest of the selected weights. */
  readonly checkpoint: string;
  /** Digest of what streams are standardised by; absent if none is. */
  readonly standardisation?: string;
  /** Hash of the plan that was locked before; absent where nothing was planned, as in a test of a dataset. */
  readonly plan?: string;
}

/** Training and tuning get `train` and `valid` and no handle to `test`. */
export interface Dataset {
  readonly spec: DatasetSpec;
  open(split: 'train' | 'valid'): Promise<Split>;
  openTest(receipt: TestReceipt): Promise<Split>;
  /** Present where the config standardises streams. Dataset plugins leave it out: the host adds it. */
  readonly standardisation?: Standardisation;
}

/** How a run keeps what its streams are standardised by. */
export interface Standardisation {
  /** Number of features, by the names of the statistics. */
  readonly widths: { readonly [name: string]: number };
  /** Fitted once, on the training split, and on no other. */
  statistics(): Promise<Statistics>;
  /** The same dataset, standardised by these. */
  with(statistics: Statistics): Dataset;
}
