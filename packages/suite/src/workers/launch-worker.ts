/** Starts a worker process for one run. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Failure, FromWorker, RunRequest, ToWorker } from './messages.js';

/** `submitted`: handed over to a scheduler, and nobody waits for it. */
export type RunStatus = 'finished' | 'interrupted' | 'failed' | 'submitted';

export interface RunEnd {
  readonly status: RunStatus;
  readonly failure?: Failure;
}

export interface RunningWorker {
  readonly end: Promise<RunEnd>;
  /** Asks it to stop after the step that runs. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a run somewhere else and reports what it says; tests replace it. */
export type Launch = (request: RunRequest, onMessage: (message: FromWorker) => void) => RunningWorker;

/** Of what a worker writes, the end is kept for the report of a crash. */
const keptLetters = 4000;

export const launchWorker: Launch = (request, onMessage) => {
  const entry = fileURLToPath(new URL('./worker.js', import.meta.url));
  const child = fork(entry, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, INTERFUSE_THREADS: String(request.threads) },
  });
  const tell = (message: ToWorker) => {
    if (child.connected) child.send(message);
  };
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-keptLetters);
  });

  const end = new Promise<RunEnd>((resolve) => {
    let said: RunEnd | undefined;
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'end') said = { status: message.status };
      if (message.kind === 'failed') said = { status: 'failed', failure: message.failure };
      onMessage(message);
    });
    child.on('error', (error) => {
      said ??= { status: 'failed', failure: { message: `The worker process did not start: ${error.message}` } };
      resolve(said);
    });
    child.on('close', (code, signal) => {
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      const message = [`The worker process ${how} before its run was over.`, written.trim()].filter(Boolean).join('\n');
      resolve(said ?? { status: 'failed', failure: { message } });
    });
  });

  tell({ kind: 'run', request });
  return { end, stop: () => tell({ kind: 'stop' }), kill: () => child.kill('SIGKILL') };
};
