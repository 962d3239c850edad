/** Executes many runs in a few worker processes at a time. */
import { type Launch, launchWorker, type RunEnd, type RunningWorker } from './launch-worker.js';
import type { FromWorker, RunRequest } from './messages.js';

/** From the wish to stop, workers have this long to end their step. */
const patienceMilliseconds = 1500;

export interface RunListener {
  started?(request: RunRequest): void;
  said?(request: RunRequest, message: FromWorker): void;
  ended?(request: RunRequest, end: RunEnd): void;
}

export interface Pool {
  /** Workers at a time. */
  readonly jobs: number;
  /** When aborted, no further run starts, and those that run are stopped: after their step, or else by force. */
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  readonly launch?: Launch;
}

/** How each run ended, in the order of the requests; runs that never started count as interrupted. */
export async function runAll(requests: readonly RunRequest[], pool: Pool): Promise<RunEnd[]> {
  const { jobs, signal, listener, launch = launchWorker } = pool;
  const ends = requests.map((): RunEnd => ({ status: 'interrupted' }));
  const waiting = [...requests.entries()];
  const running = new Set<RunningWorker>();

  const stopAll = () => {
    for (const worker of running) worker.stop();
    setTimeout(() => {
      for (const worker of running) worker.kill();
    }, patienceMilliseconds).unref();
  };
  signal.addEventListener('abort', stopAll, { once: true });

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const [index, request] = next;
      listener.started?.(request);
      const worker = launch(request, (message) => listener.said?.(request, message));
      running.add(worker);
      const end = await worker.end;
      running.delete(worker);
      // Whoever is ended by force while everything stops has not failed.
      ends[index] = signal.aborted && end.status === 'failed' ? { status: 'interrupted' } : end;
      listener.ended?.(request, ends[index]);
    }
  }

  await Promise.all(Array.from({ length: Math.min(jobs, requests.length) }, work));
  signal.removeEventListener('abort', stopAll);
  return ends;
}
