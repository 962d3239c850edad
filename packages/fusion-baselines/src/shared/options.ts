/** Options of the prediction head, the same for every strategy here. */
export const headOptions = {
  hidden: {
    description: 'Width of the hidden layer of the prediction head.',
    type: 'integer',
    minimum: 1,
    default: 64,
  },
  dropout: {
    description: 'Rate of dropout in the prediction head.',
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.1,
  },
} as const;
