/** Datasets with a known answer: redundancy, uniqueness and synergy as parameters, and the best possible score of each subset. */
export { type Design, type DesignOptions, designOf } from './design.js';
export { type GeneratedDataset, type GenerateOptions, generateDataset, mostSamples } from './generate.js';
export { type Optimum, optimumOf, subsetsOf } from './optimum.js';
