/** The schema of the two sections about a search: what is to be tried, and what has been. */
import { positiveInteger, seed } from './numbers.js';
import type { ConfigForm, JsonSchema } from './schema.js';

const searchSeeds = {
  minItems: 1,
  uniqueItems: true,
  description: 'Seeds of the trials, none of which is among those that are reported.',
} as const satisfies JsonSchema;

const searchMethod = {
  enum: ['grid', 'random', 'halving'],
  default: 'random',
  description:
    'grid: all combinations of lists; random: drawn; halving: drawn, the better third of them with three times the epochs, until all epochs are reached.',
} as const satisfies JsonSchema;

const range = {
  type: 'object',
  additionalProperties: false,
  required: ['min', 'max'],
  properties: {
    min: { type: 'number', description: 'Lowest value.' },
    max: { type: 'number', description: 'Highest value.' },
    log: { type: 'boolean', description: 'Drawn by its logarithm.' },
    integer: { type: 'boolean', description: 'Whole numbers only.' },
  },
  description: 'Values that are drawn from.',
} as const satisfies JsonSchema;

export function searchSections(form: ConfigForm) {
  return {
    search: {
      type: 'object',
      additionalProperties: false,
      required: ['space'],
      description: 'What `interfuse search` tries, on validation alone.',
      properties: {
        method: searchMethod,
        trials: { ...positiveInteger, default: 8, description: 'Trials of every strategy, the same for all.' },
        seeds: form.list(seed, { ...searchSeeds, default: [101] }),
        space: {
          type: 'object',
          minProperties: 1,
          description: 'By path (training.<setting> or fusion.options.<option>): a list of values, or a range.',
          additionalProperties: { anyOf: [{ type: 'array', minItems: 1 }, range] },
        },
      },
    },
    tuned: {
      type: 'object',
      additionalProperties: false,
      required: ['method', 'trials', 'seeds'],
      description: 'What a search has done for these values. `interfuse search` writes it.',
      properties: {
        method: searchMethod,
        trials: { ...positiveInteger, description: 'Trials of every strategy.' },
        seeds: form.list(seed, searchSeeds),
      },
    },
  } as const;
}
