/**
 * What a frozen language model makes of the texts, kept in files while a comparison lasts: runs that have it in common
 * compute it once. A file that is damaged is computed anew; none is needed to open a run again.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InterfuseError, isInterfuseError, type PluginKind, type Split } from '@interfuse/core';
import { lockFile, readAllTensors, type StoredTensor, writeSafetensors } from '@interfuse/safetensors';
import type { SharedStates, States } from '@interfuse/training/loop';
import { canonicalJson } from '../experiment/canonical-json.js';
import type { RunIdentity } from '../experiment/identity.js';
import type { RunPlan } from '../experiment/plan.js';

/** In the folder of run folders. */
const folderName = '.shared';

/** Whoever computes may take this long before others stop waiting and compute for themselves. */
const patienceMilliseconds = 3_600_000;

export interface SharingSettings {
  readonly split: Split['name'];
  /** Of the split. */
  readonly samples: number;
  readonly width: number;
  readonly signal?: AbortSignal;
}

/** The states of one split, for all runs of the same folder that read the same texts with the same frozen model. */
export function sharedStates(run: RunPlan, settings: SharingSettings): SharedStates {
  const folder = join(dirname(run.folder), folderName, keyOf(run.identity));
  const fileOf = (depth: number) => join(folder, `${settings.split}-${depth}.safetensors`);
  return {
    async get(depths, compute) {
      await mkdir(folder, { recursive: true });
      const unlock = await lockFile(join(folder, `${settings.split}.lock`), {
        patience: patienceMilliseconds,
        ...(settings.signal === undefined ? {} : { signal: settings.signal }),
        held: (holder) =>
          new InterfuseError('RUN_LOCKED', {
            place: folder,
            expected: 'the states of a language model within an hour',
            got: holder === undefined ? 'a lock' : `the lock of process ${holder.process} on ${holder.host}`,
          }),
      });
      try {
        const found = new Map<number, States>();
        for (const depth of depths) {
          const states = await readStates(fileOf(depth), settings);
          if (states !== undefined) found.set(depth, states);
        }
        const missing = depths.filter((depth) => !found.has(depth));
        if (missing.length === 0) return found;
        const computed = await compute(missing);
        if (computed === undefined) return undefined;
        // A disk that is full costs others time, and this run nothing.
        for (const [depth, states] of computed) {
          await writeStates(fileOf(depth), states, settings.width).catch(ignoreUnwritten);
        }
        return new Map(depths.map((depth) => [depth, (computed.get(depth) ?? found.get(depth)) as States]));
      } finally {
        await unlock();
      }
    },
  };
}

/** Removes what these runs have shared. Whoever still needs it computes it anew. */
export async function removeSharedStates(runs: readonly RunPlan[]): Promise<void> {
  const folders = new Set(runs.map(({ folder, identity }) => join(dirname(folder), folderName, keyOf(identity))));
  for (const folder of folders) {
    await rm(folder, { recursive: true, force: true });
    // It stays where other comparisons have something in it.
    await rmdir(dirname(folder)).catch(() => undefined);
  }
}

/** Paths of the locks of those who compute, or have computed until they were killed. @param output the folder of run folders */
export async function sharedLocks(output: string): Promise<string[]> {
  const shared = join(output, folderName);
  const names = await readdir(shared, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.lock')).map((name) => join(shared, name));
}

/** Everything that the states depend on, and nothing else. */
function keyOf({ languageModel, weights, data, engine, plugins, code }: RunIdentity): string {
  const kinds: readonly PluginKind[] = ['dataset', 'language-model', 'engine'];
  const { use, options, digest, textLength } = data;
  const parts = {
    languageModel,
    weights,
    data: { use, options, digest, textLength },
    engine,
    plugins: plugins.filter(({ kind }) => kinds.includes(kind)),
    code,
  };
  return createHash('sha256').update(canonicalJson(parts)).digest('hex').slice(0, 16);
}

function ignoreUnwritten(error: unknown): void {
  if (!isInterfuseError(error) || error.code !== 'FILE_NOT_WRITTEN') throw error;
}

async function writeStates(file: string, states: States, width: number): Promise<void> {
  const lengths = Int32Array.from(states, (state) => state.length / width);
  const all = new Float32Array(states.reduce((sum, state) => sum + state.length, 0));
  let at = 0;
  for (const state of states) {
    all.set(state, at);
    at += state.length;
  }
  await writeSafetensors(file, {
    lengths: { shape: [lengths.length], data: lengths },
    states: { shape: [all.length / width, width], data: all },
  });
}

/** Nothing if there is no such file, or it is not what was written. */
async function readStates(file: string, { samples, width }: SharingSettings): Promise<States | undefined> {
  const tensors = await readAllTensors(file).catch((error: unknown) => {
    if (isInterfuseError(error)) return undefined;
    throw error;
  });
  const { lengths, states } = (tensors ?? {}) as Record<string, StoredTensor | undefined>;
  if (!(lengths?.data instanceof Int32Array) || !(states?.data instanceof Float32Array)) return undefined;
  const total = lengths.data.reduce((sum, length) => sum + length, 0);
  if (lengths.data.length !== samples || states.data.length !== total * width) return undefined;
  const { data } = states;
  let at = 0;
  return Array.from(lengths.data, (length) => {
    const state = (data as Float32Array).subarray(at * width, (at + length) * width);
    at += length;
    return state;
  });
}
