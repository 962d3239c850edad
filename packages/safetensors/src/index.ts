/** Safetensors files: checked headers, reads by position, and writes that appear whole or not at all. */
export { dataTypeBytes, encode, fromHalf, type StoredType, type TensorData } from './data-types.js';
export { type LockHolder, type LockSettings, lockFile } from './file-lock.js';
export { findTensor, readHeader, type SafetensorsHeader, type TensorEntry } from './header.js';
export { identifyProcess, type ProcessIdentity } from './process-identity.js';
export { readAllTensors, readTensor, SafetensorsFile, type StoredTensor } from './read.js';
export { findStoredLeaf, isStored, LeafFiles, readStoredLeaf, type StoredLeaf } from './stored-leaf.js';
export { writeFileWhole, writeWhole } from './whole-file.js';
export { encodeHeader, type TensorToWrite, writeSafetensors } from './write.js';
