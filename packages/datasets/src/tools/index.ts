/** Tools for dataset folders: what is in them, other splits, subsets. They read every split; training never uses them. */
export {
  type Inspection,
  type InspectOptions,
  inspectDataset,
  type SplitInspection,
  type Spread,
  type StreamInspection,
} from './inspect.js';
export type { Leak } from './leaks.js';
export { openWhole, type WholeDataset } from './open-whole.js';
export { type Arrangement, type Changes, type Place, type RearrangeOptions, rearrange } from './rearrange.js';
export { drawSplits, type SplitSettings } from './split.js';
export { drawSubset, type SubsetSettings } from './subset.js';
