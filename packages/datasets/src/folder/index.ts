/** The dataset folder format: read, verify and write. Loads Ajv. */
export { type BuildOptions, type Built, buildDataset, type FolderBuilder } from './build.js';
export {
  type AuthoredDescription,
  type Description,
  descriptionSchema,
  formatVersion,
  type Source,
  type StreamDescription,
} from './description.js';
export { hashFile } from './hashes.js';
export type { ImportReport } from './import-report.js';
export { openDataset } from './open.js';
export { type OpenedSamples, openSamples } from './open-samples.js';
export type { StreamToWrite } from './stream-writer.js';
export { type VerifyOptions, verifyDataset } from './verify.js';
export { type SplitsToWrite, type SplitToWrite, type WriteOptions, writeDataset } from './write.js';
