/** Acoustic features of recordings, in plain TypeScript: the features of the bundled dataset and of imported folders. */
export { type ActionUnits, poolActionUnits, readOpenFace } from './action-units.js';
export { cepstra, deltas } from './cepstrum.js';
export { type DescriptorSettings, type Descriptors, describeSound } from './descriptors.js';
export { readFlac } from './flac/read-flac.js';
export { createFourierTransform, type FourierTransform } from './fourier.js';
export { functionals } from './functionals.js';
export { hertzToMel, logMel, type MelSettings, melToHertz, standardMel } from './mel.js';
export { readMp3 } from './mp3/read-mp3.js';
export { type Pitch, type PitchSettings, standardPitch, trackPitch } from './pitch.js';
export { type PooledColumn, pool } from './pool.js';
export { readSound } from './read-sound.js';
export { type Framing, type Sound, standardFraming } from './sound.js';
export { type SpectralShape, spectralShape } from './spectral-shape.js';
export { type Spectrogram, spectrogram } from './spectrogram.js';
export { readWav } from './wav.js';
