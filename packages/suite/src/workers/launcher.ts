/** A launcher executes runs: in processes of this machine, or through the scheduler of a cluster. */
import type { RunEnd } from './launch-worker.js';
import type { FromWorker, RunRequest } from './messages.js';

export interface RunListener {
  started?(request: RunRequest): void;
  said?(request: RunRequest, message: FromWorker): void;
  ended?(request: RunRequest, end: RunEnd): void;
  /** About all of them: what was submitted, why the rest waits. */
  noted?(message: string): void;
}

export interface Watch {
  /** Absolute path of the folder of their run folders. */
  readonly folder: string;
  /** When aborted, no further run starts, and those that run are stopped. */
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Whether the run folder of this name says that it is finished. */
  isDone(name: string): boolean;
}

export interface Launcher {
  readonly id: 'local' | 'slurm';
  /** Threads for each of so many runs. */
  threadsFor(runs: number): number;
  /**
   * How each run ended, in the order of the requests; runs that never started count as interrupted, and those that nobody
   * waits for as submitted. A run starts once those that it needs, if they are among the requests, have finished; if one
   * of them fails, it fails too.
   */
  runAll(requests: readonly RunRequest[], watch: Watch): Promise<RunEnd[]>;
  /** Removes what is left of runs that were submitted, and have finished while nobody waited. Whether there was any. */
  tidy(place: Pick<Watch, 'folder' | 'isDone'>): Promise<boolean>;
}
