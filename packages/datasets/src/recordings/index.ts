/** Datasets from folders of recordings: sound files, action units of OpenFace, texts and labels. */
export { importRecordings, type RecordingsSettings } from './import.js';
export { type Row, readTable } from './table.js';
