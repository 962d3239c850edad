/** `samples.jsonl`: one sample a line, each checked against the description of the dataset. */
import { type InterfuseError, placeWords, type Sample, type Task } from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import type { Description } from './description.js';
import { parseJsonLines } from './json-file.js';
import { fromSchema, invalid, throwFirst } from './problems.js';

/** What of a description the schema depends on. */
export interface SampleForm extends Pick<Description, 'labels' | 'hasText' | 'task'> {
  readonly streams: { readonly [name: string]: unknown };
}

/** JSON Schema of a line, for the labels and streams of this dataset. */
export function sampleSchema({ labels, streams, hasText, task }: SampleForm): { readonly [keyword: string]: unknown } {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'labels'],
    properties: {
      id: { type: 'string', minLength: 1, description: 'Unique in the dataset.' },
      ...(hasText ? { text: { type: 'string', minLength: 1, description: 'Absent: this sample has no text.' } } : {}),
      labels: {
        type: 'object',
        description: 'Values by label name.',
        additionalProperties: false,
        required: ['task'],
        properties: Object.fromEntries(
          Object.keys(labels).map((name) => [name, name === 'task' ? taskLabelSchema(task) : { type: 'number' }]),
        ),
      },
      group: { type: 'string', minLength: 1, description: 'Samples of one group are not independent.' },
      missing: {
        type: 'array',
        uniqueItems: true,
        items: { enum: Object.keys(streams) },
        description: 'Streams that this sample lacks.',
      },
      speaker: { type: 'string', minLength: 1, description: 'Who speaks.' },
      tags: {
        type: 'array',
        uniqueItems: true,
        items: { type: 'string', pattern: tagPattern },
        description: 'What kind of sample this is.',
      },
      segments: {
        type: 'array',
        items: segmentSchema(Object.keys(labels)),
        description: 'Parts of the sample in time, in order.',
      },
      ...(hasText ? { words: wordsSchema } : {}),
    },
  };
}

/** Lower case, and short enough for the head of a table. */
const tagPattern = '^[a-z0-9][a-z0-9-]{0,31}$';

const seconds = { type: 'number', minimum: 0, description: 'Seconds from the start of the sample.' } as const;

const wordsSchema = {
  type: 'array',
  description: 'The words of the text in their order, and when they are spoken.',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['text', 'start', 'end'],
    properties: {
      text: { type: 'string', pattern: '\\S', description: 'As it stands in the text.' },
      start: seconds,
      end: seconds,
    },
  },
} as const;

function segmentSchema(labels: readonly string[]): { readonly [keyword: string]: unknown } {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['start', 'end'],
    properties: {
      start: seconds,
      end: seconds,
      text: { type: 'string', minLength: 1, description: 'What is said.' },
      labels: {
        type: 'object',
        description: 'Values by label name.',
        additionalProperties: false,
        properties: Object.fromEntries(labels.map((name) => [name, { type: 'number' }])),
      },
    },
  };
}

/** What a schema cannot say: segments follow each other and none ends before it starts. */
function disorder({ segments = [] }: Sample, place: string): InterfuseError[] {
  return segments.flatMap(({ start, end }, i) => {
    const earliest = segments[i - 1]?.end ?? 0;
    if (start >= earliest && end >= start) return [];
    const expected = `a start of at least ${earliest}, and an end after it`;
    return [invalid(`${place}: segments[${i}]`, expected, `${start} to ${end}`)];
  });
}

/** Words stand in the text in their order; two may sound at once, but none ends before it starts. */
function unspoken({ text, words }: Sample, place: string): InterfuseError[] {
  if (words === undefined) return [];
  if (text === undefined) return [invalid(`${place}: words`, 'none, since the sample has no text', `${words.length}`)];
  const placed = placeWords(text, words);
  if ('lost' in placed) {
    const expected = 'a word of the text, behind the words before it';
    return [invalid(`${place}: words[${placed.lost}].text`, expected, JSON.stringify(words[placed.lost]?.text))];
  }
  return words.flatMap(({ start, end }, i) => {
    if (end >= start) return [];
    return [invalid(`${place}: words[${i}]`, 'an end that is not before the start', `${start} to ${end}`)];
  });
}

function taskLabelSchema(task: Task): { readonly [keyword: string]: unknown } {
  if (task.kind === 'classification') {
    return { type: 'integer', minimum: 0, maximum: task.classes.length - 1, description: 'Index of the class.' };
  }
  const [minimum, maximum] = task.range;
  return { type: 'number', minimum, maximum, description: 'Within the range of the task.' };
}

/**
 * The samples of one split. `seen` holds the place of every id met so far and is added to, since ids are unique
 * throughout a dataset: a sample of the test split must not also be one of training.
 *
 * @param schema of a line
 * @throws FILE_UNREADABLE with the line of broken JSON; DATASET_INVALID with the lines of the first problems
 */
export function parseSamples(
  file: string,
  text: string,
  seen: Map<string, string>,
  schema: { readonly [keyword: string]: unknown },
): Sample[] {
  const check = compileSchema(schema);
  const problems: InterfuseError[] = [];
  const samples = parseJsonLines(file, text).map((value, index) => {
    const place = `${file}:${index + 1}`;
    const found = fromSchema(check(value, ''), place);
    problems.push(...found);
    const sample = value as Sample;
    if (found.length === 0) {
      const before = seen.get(sample.id);
      if (before !== undefined) {
        problems.push(invalid(`${place}: id`, 'an id that no other sample has', `"${sample.id}", also at ${before}`));
      }
      seen.set(sample.id, place);
      problems.push(...disorder(sample, place), ...unspoken(sample, place));
    }
    return sample;
  });
  throwFirst(problems);
  return samples;
}
