/** Safetensors files: checked headers, reads by position, and writes that appear whole or not at all. */
export { blockSizes, isBlockType } from './blocks.js';
export { dataTypeBytes, type EncodedType, encode, type StoredType, type TensorData } from './data-types.js';
export { type LockHolder, type LockSettings, lockFile, removeLockOf } from './file-lock.js';
export { assertFinite } from './finite.js';
export { fromHalf, toHalf } from './half.js';
export { findTensor, readHeader, type SafetensorsHeader, type TensorEntry } from './header.js';
export { holdLeaf, readHeldLeaf, reducedPrecision } from './held-leaf.js';
export { blockSize, fits, type HeldValues, heldBytes, type ReducedPrecision, widen } from './held-values.js';
export { identifyJob, type JobIdentity } from './job-identity.js';
export { identifyProcess, type ProcessIdentity } from './process-identity.js';
export { type Encoded, readAllTensors, readTensor, SafetensorsFile, type StoredTensor } from './read.js';
export {
  findStoredLeaf,
  isInteger,
  isMapped,
  isStored,
  LeafFiles,
  readStoredLeaf,
  type StoredLeaf,
} from './stored-leaf.js';
export { writeFileWhole, writeWhole } from './whole-file.js';
export { encodeHeader, type TensorToWrite, writeSafetensors } from './write.js';
