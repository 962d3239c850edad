/** Importers: what people have becomes a dataset folder. Nothing here loads a tensor library, and no file is executed. */

export type { ImportReport } from '@interfuse/datasets/folder';
export { type CsdOptions, importCsd } from './csd/import-csd.js';
export { importH5 } from './hdf5/import-h5.js';
export { importMmsa, type MmsaOptions } from './mmsa/import-mmsa.js';
export type { NamedArraysOptions, StreamChoice } from './named/named-table.js';
export { importNpz } from './npz/import-npz.js';
export type { ImportOptions, Progress } from './table/options.js';
