/** The dataset folder format: read, verify and write. Loads Ajv. */
export {
  type AuthoredDescription,
  type Description,
  descriptionSchema,
  formatVersion,
  type Source,
  type StreamDescription,
} from './description.js';
export { openDataset } from './open.js';
export { verifyDataset } from './verify.js';
export { type SplitsToWrite, type SplitToWrite, type WriteOptions, writeDataset } from './write.js';
