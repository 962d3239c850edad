/** Options that strategies here have in common. */

const rate = { type: 'number', minimum: 0, exclusiveMaximum: 1 } as const;

/** Of the prediction head, the same for every strategy that has it. */
export const headOptions = {
  hidden: {
    description: 'Width of the hidden layer of the prediction head.',
    type: 'integer',
    minimum: 1,
    default: 64,
  },
  dropout: {
    ...rate,
    description: 'Rate of dropout in the prediction head.',
    default: 0.1,
  },
} as const;

/** Of the vectors that tensor products are made of. */
export const utteranceOptions = {
  widths: {
    description:
      'Width of the vector of each modality, by its name (text, or a stream; "*" for those that are not named).',
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 1 },
    default: { '*': 16 },
  },
  utteranceDropout: {
    ...rate,
    description: 'Rate of dropout on the pooled modalities, before they become these vectors.',
    default: 0.1,
  },
} as const;

/** How heads are named. */
export const headNames = '"joint" for the one that predicts, text, or a stream; "*" for those that are not named';

/** Of heads for all modalities together and for each by itself. */
export const multiTaskOptions = {
  ...utteranceOptions,
  hidden: {
    description: `Width of the two hidden layers of each head, by its name (${headNames}).`,
    type: 'object',
    additionalProperties: { type: 'integer', minimum: 1 },
    default: { '*': 32 },
  },
  dropout: {
    description: `Rate of dropout on what each head reads, by its name (${headNames}).`,
    type: 'object',
    additionalProperties: rate,
    default: { '*': 0.1 },
  },
} as const;

/** Of strategies that need to know when a word is spoken. */
export const timesOption = {
  times: {
    description:
      '`measured` takes only datasets that tell when each word is spoken, or whose steps are words. `approximate` takes any: words are then spread over the times of their sentences, or, where there are none, over the whole stream, by their letters.',
    enum: ['measured', 'approximate'],
    default: 'measured',
  },
} as const;
