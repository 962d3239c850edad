/** How many workers run at a time, and how many threads each of them gets. */
import { availableParallelism } from 'node:os';

const mostByDefault = 4;

/** @param jobs workers at a time; default: one for each core, at most four */
export function shareCores(runs: number, jobs?: number): { readonly workers: number; readonly threads: number } {
  const cores = availableParallelism();
  const workers = Math.min(jobs ?? Math.min(mostByDefault, cores), runs);
  return { workers, threads: Math.max(Math.floor(cores / workers), 1) };
}
