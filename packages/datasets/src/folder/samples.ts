/** `samples.jsonl`: one sample a line, each checked against the description of the dataset. */
import type { InterfuseError, Sample, Task } from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import type { Description } from './description.js';
import { parseJsonLines } from './json-file.js';
import { fromSchema, invalid, throwFirst } from './problems.js';

/** JSON Schema of a line, for the labels and streams of this dataset. */
export function sampleSchema({ labels, streams, hasText, task }: Description): { readonly [keyword: string]: unknown } {
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
    },
  };
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
 * @throws FILE_UNREADABLE with the line of broken JSON; DATASET_INVALID with the lines of the first problems
 */
export function parseSamples(
  file: string,
  text: string,
  description: Description,
  seen: Map<string, string>,
): Sample[] {
  const check = compileSchema(sampleSchema(description));
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
    }
    return sample;
  });
  throwFirst(problems);
  return samples;
}
