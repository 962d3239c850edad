/** Kinds of numbers in a config, as schemas. */

export const share = { type: 'number', minimum: 0, maximum: 1 } as const;
export const positiveInteger = { type: 'integer', minimum: 1 } as const;
export const notNegative = { type: 'number', minimum: 0 } as const;
export const seed = { type: 'integer', minimum: 0, maximum: 4294967295 } as const;
