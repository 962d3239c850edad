/** Comparison with the numbers of other implementations, quantity by quantity. */
export { type Comparison, compareValues, comparisonTable, type Expected, withinTolerance } from './compare.js';
export { main, type Streams } from './main.js';
