/** Datasets from folders of recordings: WAV files, action units of OpenFace, texts and labels. */
export { importRecordings, type RecordingsSettings } from './import.js';
