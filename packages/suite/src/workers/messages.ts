/** What the command and its worker processes say to each other. */
import type { RunChoice } from '@interfuse/core/host';
import type { Progress } from '@interfuse/training/loop';
import type { ExperimentRequest } from '../experiment/open-experiment.js';
import type { PlanReference } from '../experiment/plan-lock.js';

/** One run, as data: the worker opens the experiment again and must come to the same name. */
export interface RunRequest {
  readonly experiment: ExperimentRequest;
  readonly choice: Required<RunChoice>;
  /** The stage that is run, rather than the strategy at `choice.fusion`. */
  readonly stage?: string;
  /** Names of the runs that have to be finished before. */
  readonly needs?: readonly string[];
  readonly seed: number;
  /** The locked plan that the run is part of; absent for a trial of a search, which never opens the test split. */
  readonly plan?: PlanReference;
  /** Name of the run folder. */
  readonly name: string;
  /** Threads for its engine, so that workers beside each other share the cores. */
  readonly threads: number;
  /** What is asked of the run when it is finished. Default: nothing. */
  readonly asks?: readonly Question[];
}

/**
 * What a finished run is asked for a report: what goes on inside, what it predicts with modalities missing, and whether
 * its gain is cross-modal.
 */
export type Question = 'inside' | 'missing' | 'emap';

/** An error that has crossed from one process to another. */
export interface Failure {
  /** Of a coded error. */
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

export type ToWorker = { readonly kind: 'run'; readonly request: RunRequest } | { readonly kind: 'stop' };

export interface WorkerEnd {
  readonly kind: 'end';
  readonly status: 'finished' | 'interrupted';
  /** Absent for an engine that compiles nothing. */
  readonly compileSeconds?: number;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** An epoch has ended; the figure is that of the selected column on validation. */
  | { readonly kind: 'epoch'; readonly epoch: number; readonly figure: number | null }
  | { readonly kind: 'warning'; readonly message: string }
  | WorkerEnd
  | { readonly kind: 'failed'; readonly failure: Failure };
