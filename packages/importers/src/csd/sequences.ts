/**
 * Computational sequences of the CMU-MultimodalSDK (Zadeh et al. 2018): HDF5 files with
 * `<name>/data/<video>/features` [steps, width] and `.../intervals` [steps, 2], begin and end in seconds.
 */
import { invalidImport, type NumberArray, readNumbers } from '../arrays/stored-array.js';
import { type Hdf5File, openHdf5 } from '../hdf5/open-hdf5.js';

export interface Sequences {
  readonly path: string;
  readonly videos: readonly string[];
  has(video: string): boolean;
  /** Begin and end of each step, one after another. */
  intervals(video: string): Promise<Float64Array>;
  /** Features of each step. */
  features(video: string): Promise<{ readonly width: number; readonly values: Float64Array }>;
  /** The words of a sequence of words. */
  words(video: string): Promise<readonly string[]>;
  close(): void;
}

/** @throws FILE_NOT_FOUND, IMPORT_INVALID */
export async function openSequences(path: string): Promise<Sequences> {
  const file = await openHdf5(path);
  try {
    const [root, ...others] = file.names('') ?? [];
    if (root === undefined || others.length > 0 || file.names(`${root}/data`) === undefined) {
      throw invalidImport(
        path,
        'a computational sequence: one group that has "data"',
        (file.names('') ?? []).join(', '),
      );
    }
    const videos = file.names(`${root}/data`) as string[];
    const known = new Set(videos);
    return {
      path,
      videos,
      has: (video) => known.has(video),
      intervals: async (video) => {
        const array = numbersAt(file, `${root}/data/${video}/intervals`);
        if (array.shape.length !== 2 || array.shape[1] !== 2) {
          throw invalidImport(array.place, '[steps, 2]', `[${array.shape.join(', ')}]`);
        }
        return readNumbers(array);
      },
      features: async (video) => {
        const array = numbersAt(file, `${root}/data/${video}/features`);
        const [steps = 0, width = 1] = array.shape;
        if (array.shape.length > 2 || steps * width === 0) {
          throw invalidImport(array.place, '[steps, features]', `[${array.shape.join(', ')}]`);
        }
        return { width, values: await readNumbers(array) };
      },
      words: async (video) => {
        const array = file.array(`${root}/data/${video}/features`);
        if (array?.kind !== 'texts') throw invalidImport(`${path}: ${video}`, 'words', array ? array.kind : 'nothing');
        return array.texts();
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function numbersAt(file: Hdf5File, path: string): NumberArray {
  const array = file.array(path);
  if (array?.kind === 'numbers') return array;
  throw invalidImport(`${file.path}: ${path}`, 'an array of numbers', array ? array.kind : 'nothing');
}
