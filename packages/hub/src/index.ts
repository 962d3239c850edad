/** The local cache of the Hugging Face Hub. Importing this makes no request; `@interfuse/hub/pull` does, when it is called. */
export { findSnapshot, listSnapshots, missingFiles, type Snapshot, snapshotOf } from './cache.js';
export { type HubEnvironment, readEnvironment } from './environment.js';
export { defaultRevision, type HubName, isCommit, parseHubName, requireHubName, showHubName } from './hub-name.js';
