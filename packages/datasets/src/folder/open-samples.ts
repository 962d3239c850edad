/** Samples to be predicted, in the form of one split of a dataset folder: labels may be left out, and streams, too. */

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DatasetSpec, InterfuseError, type Sample, type Split } from '@interfuse/core';
import { readBytes } from './json-file.js';
import { parseSamples, sampleSchema } from './samples.js';
import { openReader } from './split-reader.js';
import { indexStream, type StreamIndex } from './stream-file.js';

export interface OpenedSamples {
  readonly split: Split;
  /** Streams of the dataset that no sample has, since there is no file of them. */
  readonly absent: readonly string[];
}

/**
 * Opens `samples.jsonl`, alone or in a folder with a file for each stream.
 *
 * @param spec of the dataset whose samples these could be
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, SAFETENSORS_INVALID, SAFETENSORS_TENSOR, DATASET_INVALID, DATASET_EMPTY
 */
export async function openSamples(path: string, spec: DatasetSpec): Promise<OpenedSamples> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    const expected = 'a file of samples, or a folder with samples.jsonl';
    throw new InterfuseError('FILE_NOT_FOUND', { place: path, expected, got: 'nothing' });
  }
  const isFolder = found.isDirectory();
  const file = isFolder ? join(path, 'samples.jsonl') : path;
  const text = (await readBytes(file)).toString('utf8');
  const written = parseSamples(file, text, new Map(), unlabelled(spec));
  if (written.length === 0) {
    throw new InterfuseError('DATASET_EMPTY', { place: file, expected: 'at least one sample', got: 'none' });
  }
  const names = Object.keys(spec.streams);
  const fileOf = (stream: string) => join(dirname(file), `${stream}.safetensors`);
  const absent = names.filter((stream) => !(isFolder && existsSync(fileOf(stream))));
  const samples = written.map(({ missing = [], labels = {}, ...sample }): Sample => {
    const lacks = names.filter((stream) => absent.includes(stream) || missing.includes(stream));
    return { ...sample, labels, ...(lacks.length === 0 ? {} : { missing: lacks }) };
  });
  const streams: Record<string, StreamIndex> = {};
  for (const [stream, shape] of Object.entries(spec.streams)) {
    if (!absent.includes(stream)) streams[stream] = await indexStream(fileOf(stream), stream, shape, samples);
  }
  const reader = await openReader({ split: 'valid', samples, streams, options: {} });
  return {
    absent,
    split: {
      name: 'valid',
      samples,
      async read(stream, rows) {
        if (absent.includes(stream)) return { values: new Float32Array(), lengths: rows.map(() => 0) };
        return reader.read(stream, rows);
      },
      close: () => reader.close(),
    },
  };
}

/** As the lines of a dataset are, but for the labels, which need not be there. */
function unlabelled(spec: DatasetSpec): { readonly [keyword: string]: unknown } {
  const schema = sampleSchema({ ...spec, labels: { task: 'is predicted' } });
  const labels = { type: 'object', additionalProperties: { type: 'number' }, description: 'Not used.' };
  return { ...schema, required: ['id'], properties: { ...(schema.properties as object), labels } };
}
