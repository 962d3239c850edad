/** Importers: what people have becomes a dataset folder. Nothing here loads a tensor library, and no file is executed. */
export { importMmsa, type MmsaOptions } from './mmsa/import-mmsa.js';
export type { ImportOptions, ImportReport, Progress } from './table/options.js';
