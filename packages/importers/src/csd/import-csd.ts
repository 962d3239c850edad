/**
 * Computational sequences of the CMU-MultimodalSDK become a dataset folder: every labelled segment is a sample, its
 * steps are its words, and features are averaged over each word.
 */
import type { Sample, SplitName, SpokenWord, Task } from '@interfuse/core';
import type { ImportReport } from '@interfuse/datasets/folder';
import { buildDataset, type FolderBuilder } from '@interfuse/datasets/folder';
import { invalidImport } from '../arrays/stored-array.js';
import { hashOf } from '../hdf5/import-h5.js';
import { nameFrom } from '../table/name.js';
import type { ImportOptions } from '../table/options.js';
import { cleanValues, newCounts, remarksOn } from '../table/pack-stream.js';
import { checkLabels, classTask, scoreTask } from '../table/task.js';
import { drawFolds, readFolds } from './folds.js';
import { type PlacedSegment, readSegments, readWords, type Segment, type Word, wordsWithin } from './segments.js';
import { openSequences, type Sequences } from './sequences.js';
import { mostSteps, samplesOf, widthOf } from './tracks.js';

export interface CsdOptions extends ImportOptions {
  /** The sequence of labels. */
  readonly labels: string;
  /** The sequence of words with their times. Without it the streams keep their own rate. */
  readonly words?: string;
  /** The sequence of each stream. */
  readonly streams: { readonly [name: string]: string };
  /** A file that says which videos belong to which split. Default: shares. */
  readonly folds?: string;
  readonly shares?: readonly [number, number, number];
  readonly seed?: number;
  /** Keep the rate of each stream instead of one step for each word. */
  readonly unaligned?: boolean;
}

const splits: readonly SplitName[] = ['train', 'valid', 'test'];
const defaultShares = [0.7, 0.1, 0.2] as const;

/** @throws IMPORT_INVALID, DATASET_NOT_FINITE, FILE_NOT_FOUND, FILE_NOT_WRITTEN */
export async function importCsd(folder: string, options: CsdOptions): Promise<ImportReport> {
  const open: Sequences[] = [];
  const openOne = async (path: string) => {
    const sequences = await openSequences(path);
    open.push(sequences);
    return sequences;
  };
  let report: ImportReport | undefined;
  const { replace = false, signal } = options;
  try {
    await buildDataset(folder, { replace, ...(signal ? { signal } : {}) }, async (builder) => {
      const built = await build(builder, folder, options, openOne);
      report = built.report;
      return built;
    });
    return report as ImportReport;
  } finally {
    for (const sequences of open) sequences.close();
  }
}

async function build(
  builder: FolderBuilder,
  folder: string,
  options: CsdOptions,
  openOne: (path: string) => Promise<Sequences>,
) {
  const { nonFinite = 'refuse', progress, signal } = options;
  const isAligned = options.words !== undefined && options.unaligned !== true;
  const labels = await openOne(options.labels);
  const words = options.words === undefined ? undefined : await openOne(options.words);
  const tracks = new Map<string, Sequences>();
  for (const [name, path] of Object.entries(options.streams)) tracks.set(name, await openOne(path));
  if (tracks.size === 0) throw invalidImport(options.labels, 'a stream beside the labels', 'none');

  progress?.(0, 'reading labels and words');
  const found = await segmentsOf(labels, words, isAligned);
  const task = taskOf(found.segments, options);
  const bySplit = dealOut(found.segments, options);
  const notes = [
    ...(found.wordless > 0 ? [`${found.wordless} segments without a word were left out.`] : []),
    ...(bySplit.left > 0 ? [`${bySplit.left} segments are of videos in no split and were left out.`] : []),
  ];

  const widths: Record<string, number> = {};
  const lengths: Record<SplitName, Record<string, Int32Array>> = { train: {}, valid: {}, test: {} };
  const total = found.segments.length * tracks.size;
  let done = 0;
  for (const [name, sequences] of tracks) {
    const counts = newCounts();
    const width = await widthOf(sequences, found.segments);
    widths[name] = width;
    for (const split of splits) {
      const segments = bySplit[split];
      const steps = await mostSteps(sequences, segments, isAligned);
      const chunks = samplesOf(sequences, segments, width, isAligned, (values, place) => {
        cleanValues(
          values,
          nonFinite,
          counts,
          (at) => `${place}, step ${Math.floor(at / width)}, feature ${at % width}`,
        );
        done += 1;
        progress?.(done / total, `${split}/${name}`);
        signal?.throwIfAborted();
      });
      lengths[split][name] = await builder.stream(split, name, {
        width,
        count: segments.length,
        mostRows: steps,
        chunks,
      });
    }
    notes.push(...remarksOn(name, counts));
  }

  const samples = {
    train: samplesWith('train'),
    valid: samplesWith('valid'),
    test: samplesWith('test'),
  };
  function samplesWith(split: SplitName): Sample[] {
    return bySplit[split].map((segment, i): Sample => {
      const missing = [...tracks.keys()].filter((name) => lengths[split][name]?.[i] === 0);
      const text = segment.words.map((word) => word.text).join(' ');
      return {
        id: segment.id,
        group: segment.video.replace(/\[\d+\]$/, ''),
        ...(text === '' ? {} : { text, words: segment.words.map((word) => spokenIn(segment, word)) }),
        labels: Object.fromEntries(
          segment.labels.map((value, column) => [column === 0 ? 'task' : `label_${column}`, value]),
        ),
        ...(missing.length === 0 ? {} : { missing }),
      };
    });
  }
  const name = nameFrom(options.name ?? 'csd');
  const files = [
    options.labels,
    ...(options.words === undefined ? [] : [options.words]),
    ...Object.values(options.streams),
  ];
  const sources = [];
  for (const file of files) sources.push({ title: file.replace(/^.*[\\/]/, ''), sha256: await hashOf(file, signal) });
  const longest = (stream: string) =>
    splits.reduce((most, split) => (lengths[split][stream] as Int32Array).reduce((a, b) => Math.max(a, b), most), 1);
  const report: ImportReport = {
    folder,
    name,
    title: name,
    sizes: { train: samples.train.length, valid: samples.valid.length, test: samples.test.length },
    streams: Object.fromEntries(
      Object.entries(widths).map(([stream, features]) => [stream, { width: features, maximumLength: longest(stream) }]),
    ),
    notes,
  };
  return {
    report,
    samples,
    authored: {
      name,
      title: name,
      task,
      hasText: words !== undefined,
      streams: Object.fromEntries(
        Object.entries(widths).map(([stream, width]) => [
          stream,
          { width, ...(isAligned ? { stepsAre: 'words' as const } : {}) },
        ]),
      ),
      labels: Object.fromEntries(
        Array.from({ length: found.segments[0]?.labels.length ?? 1 }, (_, column) =>
          column === 0
            ? ['task', task.kind === 'regression' ? 'the score' : 'the class']
            : [`label_${column}`, `column ${column} of the labels`],
        ),
      ),
      licence: options.licence ?? 'not stated in the file: see its makers',
      sources,
    },
  };
}

/** In seconds from the start of the segment, to the millisecond; a word may begin a little before. */
function spokenIn(segment: Segment, { text, begin, end }: Word): SpokenWord {
  const secondsAt = (moment: number): number => Math.max(Math.round((moment - segment.begin) * 1000) / 1000, 0);
  return { text, start: secondsAt(begin), end: secondsAt(end) };
}

async function segmentsOf(
  labels: Sequences,
  words: Sequences | undefined,
  isAligned: boolean,
): Promise<{ segments: PlacedSegment[]; wordless: number }> {
  const segments: PlacedSegment[] = [];
  let wordless = 0;
  let spoken: { video: string; words: Word[] } | undefined;
  for (const segment of await readSegments(labels)) {
    if (words && spoken?.video !== segment.video) {
      spoken = { video: segment.video, words: await readWords(words, segment.video) };
    }
    const within = wordsWithin(spoken?.words ?? [], segment);
    if (isAligned && within.length === 0) wordless += 1;
    else segments.push({ ...segment, words: within });
  }
  return { segments, wordless };
}

/** What the first column of the labels holds: scores, or the indices of classes. */
function taskOf(segments: readonly Segment[], { task: kind, labels: file, ...options }: CsdOptions): Task {
  const values = Float64Array.from(segments, ({ labels: [first] }) => first as number);
  const task = kind === 'classification' ? classTask([values], options) : scoreTask([values], options);
  checkLabels(task, values, (at) => `${file}: ${segments[at]?.id}`);
  return task;
}

function dealOut(
  segments: readonly PlacedSegment[],
  { folds: file, shares = defaultShares, seed = 1, labels }: CsdOptions,
): { readonly [K in SplitName]: readonly PlacedSegment[] } & { readonly left: number } {
  const videoOf = ({ video }: Segment) => video.replace(/\[\d+\]$/, '');
  const folds = file === undefined ? drawFolds(segments.map(videoOf), shares, seed) : readFolds(file);
  const of = (split: SplitName) =>
    segments.filter((segment) => folds[split].has(videoOf(segment)) || folds[split].has(segment.id));
  const dealt = { train: of('train'), valid: of('valid'), test: of('test') };
  for (const split of splits) {
    if (dealt[split].length === 0) throw invalidImport(file ?? labels, `segments for the split "${split}"`, 'none');
  }
  const left = segments.length - dealt.train.length - dealt.valid.length - dealt.test.length;
  return { ...dealt, left };
}
