/** `dataset.json`: what a dataset folder says about itself, and the schema that it must fit. */
import type { DatasetSpec, ReferenceFigure, SplitName, Task } from '@interfuse/core';

export const formatVersion = 1;

export const splitNames = ['train', 'valid', 'test'] as const satisfies readonly SplitName[];

export interface StreamDescription {
  /** Features per step. */
  readonly width: number;
  /** Longest sequence in any split, in steps. */
  readonly maximumLength: number;
  readonly description?: string;
  /** Name of each feature. */
  readonly columns?: readonly string[];
  /** What was taken from each feature, and by what it was then divided, before it was stored. */
  readonly scale?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
  readonly stepsPerSecond?: number;
  /** `words`: a step for each word of the text, in their order. */
  readonly stepsAre?: 'words';
}

/** Where the data come from. */
export interface Source {
  readonly title: string;
  readonly url?: string;
  readonly licence?: string;
  readonly citation?: string;
  /** SHA-256 of the file that was imported, as hex. */
  readonly sha256?: string;
}

export interface Description {
  readonly formatVersion: typeof formatVersion;
  readonly name: string;
  readonly title: string;
  readonly task: Task;
  /** Whether samples have a `text`. */
  readonly hasText: boolean;
  readonly streams: { readonly [name: string]: StreamDescription };
  /** What each label means, in words; `task` is the one that is predicted. */
  readonly labels: { readonly [name: string]: string };
  /** SPDX identifier, or words. */
  readonly licence: string;
  readonly sources: readonly Source[];
  readonly referenceFigures?: readonly ReferenceFigure[];
  readonly sizes: DatasetSpec['sizes'];
  /** SHA-256 of every data file, by its path in the folder, as hex. */
  readonly files: { readonly [path: string]: string };
}

/** What the author of a dataset says; the rest of `dataset.json` follows from the data. */
export type AuthoredDescription = Omit<Description, 'formatVersion' | 'streams' | 'sizes' | 'files'> & {
  readonly streams: { readonly [name: string]: Omit<StreamDescription, 'maximumLength'> };
};

export const descriptionFile = 'dataset.json';

export function samplesFile(split: SplitName): string {
  return `${split}/samples.jsonl`;
}

export function streamFile(split: SplitName, stream: string): string {
  return `${split}/${stream}.safetensors`;
}

/** Every data file that a folder with these streams has, in a fixed order. */
export function dataFiles(streams: Description['streams']): string[] {
  const names = Object.keys(streams).sort();
  return splitNames.flatMap((split) => [samplesFile(split), ...names.map((stream) => streamFile(split, stream))]);
}

const words = { type: 'string', minLength: 1 } as const;
const hash = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'A SHA-256 as 64 hex digits.' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const positive = { type: 'integer', minimum: 1 } as const;

const range = {
  type: 'array',
  items: { type: 'number' },
  minItems: 2,
  maxItems: 2,
  description: 'Lowest and highest label.',
} as const;
const classes = {
  type: 'array',
  items: words,
  minItems: 2,
  uniqueItems: true,
  description: 'Names of the classes.',
} as const;

/** JSON Schema 2020-12 of `dataset.json`. */
export const descriptionSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'formatVersion',
    'name',
    'title',
    'task',
    'hasText',
    'streams',
    'labels',
    'licence',
    'sources',
    'sizes',
    'files',
  ],
  properties: {
    formatVersion: { const: formatVersion, description: 'Version of this format.' },
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]*$', description: 'Short name in lower case.' },
    title: { ...words, description: 'Name for people.' },
    task: {
      type: 'object',
      description: 'What is to be predicted.',
      additionalProperties: false,
      required: ['kind'],
      properties: {
        kind: { enum: ['regression', 'classification'] },
        range: {},
        classes: {},
      },
      if: { properties: { kind: { const: 'regression' } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ['range'], properties: { range } },
      else: { required: ['classes'], properties: { classes } },
    },
    hasText: { type: 'boolean', description: 'Whether samples have a text.' },
    streams: {
      type: 'object',
      description: 'The streams by name.',
      propertyNames: { type: 'string', pattern: '^(?!(text|samples)$)[a-z][a-z0-9_-]*$' },
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['width', 'maximumLength'],
        properties: {
          width: { ...positive, description: 'Features per step.' },
          maximumLength: { ...positive, description: 'Longest sequence, in steps.' },
          description: { ...words, description: 'What the features are.' },
          columns: { type: 'array', items: words, uniqueItems: true, description: 'Name of each feature.' },
          scale: {
            type: 'object',
            description: 'What was taken from each feature, and by what it was then divided.',
            additionalProperties: false,
            required: ['mean', 'deviation'],
            properties: {
              mean: { type: 'array', items: { type: 'number' } },
              deviation: { type: 'array', items: { type: 'number', exclusiveMinimum: 0 } },
            },
          },
          stepsAre: { const: 'words', description: 'Each step is a word of the text, in their order.' },
          stepsPerSecond: { type: 'number', exclusiveMinimum: 0, description: 'Steps per second of recording.' },
        },
      },
    },
    labels: {
      type: 'object',
      description: 'What each label means.',
      required: ['task'],
      properties: { task: { ...words, description: 'The label that is predicted.' } },
      propertyNames: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]*$' },
      additionalProperties: words,
    },
    licence: { ...words, description: 'SPDX identifier, or words.' },
    sources: {
      type: 'array',
      description: 'Where the data come from.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['title'],
        properties: { title: words, url: words, licence: words, citation: words, sha256: hash },
      },
    },
    referenceFigures: {
      type: 'array',
      description: 'What can be reached at best with a part of the data.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'metric', 'value', 'meaning'],
        properties: { name: words, metric: words, value: { type: 'number' }, meaning: words },
      },
    },
    sizes: {
      type: 'object',
      description: 'Number of samples by split.',
      additionalProperties: false,
      required: splitNames,
      properties: { train: count, valid: count, test: count },
    },
    files: { type: 'object', description: 'SHA-256 of every data file.', additionalProperties: hash },
  },
} as const;
