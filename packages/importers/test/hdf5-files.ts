/** Small HDF5 files for tests, written by the HDF5 library itself. */
import { File, type Group, ready } from 'h5wasm/node';

export interface ArrayToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | readonly string[];
  /** In chunks, packed with gzip. */
  readonly packed?: boolean;
}

export interface TreeToWrite {
  readonly [name: string]: ArrayToWrite | TreeToWrite;
}

export async function writeHdf5(path: string, tree: TreeToWrite): Promise<void> {
  await ready;
  const file = new File(path, 'w');
  writeGroup(file, tree);
  file.close();
}

function writeGroup(group: Group, tree: TreeToWrite): void {
  for (const [name, entry] of Object.entries(tree)) {
    if (!isArray(entry)) {
      writeGroup(group.create_group(name), entry);
      continue;
    }
    const { shape, data, packed } = entry;
    const dtype = Array.isArray(data)
      ? 'S16'
      : data instanceof Float32Array
        ? '<f'
        : data instanceof Int32Array
          ? '<i'
          : '<d';
    group.create_dataset({
      name,
      data: data as Float32Array,
      shape: [...shape],
      dtype,
      ...(packed ? { chunks: [...shape], compression: 4 } : {}),
    });
  }
}

function isArray(entry: ArrayToWrite | TreeToWrite): entry is ArrayToWrite {
  return Array.isArray((entry as ArrayToWrite).shape);
}

/** A computational sequence, as the CMU-MultimodalSDK writes it. */
export async function writeSequences(
  path: string,
  name: string,
  videos: { readonly [video: string]: { readonly intervals: readonly number[]; readonly features: ArrayToWrite } },
): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(videos).map(([video, { intervals, features }]) => [
      video,
      { intervals: { shape: [intervals.length / 2, 2], data: Float64Array.from(intervals) }, features },
    ]),
  );
  await writeHdf5(path, { [name]: { data, metadata: { 'root name': { shape: [1], data: [name] } } } });
}
