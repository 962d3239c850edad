/** Executes runs in processes of this machine. */
import type { Launcher } from './launcher.js';
import { runAll } from './run-all.js';
import { shareCores } from './share-cores.js';

/** @param jobs workers at a time; default: one for each core, at most four */
export function localLauncher(jobs?: number): Launcher {
  return {
    id: 'local',
    threadsFor: (runs) => shareCores(runs, jobs).threads,
    runAll: (requests, { signal, listener }) =>
      runAll(requests, { jobs: shareCores(requests.length, jobs).workers, signal, listener }),
    tidy: async () => false,
  };
}
