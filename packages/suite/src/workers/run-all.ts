/** Executes many runs in a few worker processes at a time. */
import { type Launch, launchWorker, type RunEnd, type RunningWorker } from './launch-worker.js';
import type { RunListener } from './launcher.js';
import type { Failure, RunRequest } from './messages.js';
import { stageFailed } from './stage-failed.js';

/** From the wish to stop, workers have this long to end their step. */
const patienceMilliseconds = 1500;

export interface Pool {
  /** Workers at a time. */
  readonly jobs: number;
  /** When aborted, no further run starts, and those that run are stopped: after their step, or else by force. */
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  readonly launch?: Launch;
}

/**
 * How each run ended, in the order of the requests; runs that never started count as interrupted. A run starts once those
 * that it needs, if they are among the requests, have finished; if one of them fails, it fails too and never starts.
 */
export async function runAll(requests: readonly RunRequest[], pool: Pool): Promise<RunEnd[]> {
  const { jobs, signal, listener, launch = launchWorker } = pool;
  const ends = requests.map((): RunEnd => ({ status: 'interrupted' }));
  const waiting = new Map(requests.entries());
  const indices = new Map(requests.map(({ name }, index) => [name, index]));
  const running = new Set<RunningWorker>();

  const stopAll = () => {
    for (const worker of running) worker.stop();
    setTimeout(() => {
      for (const worker of running) worker.kill();
    }, patienceMilliseconds).unref();
  };
  signal.addEventListener('abort', stopAll, { once: true });

  const needsOf = ({ needs = [] }: RunRequest) => needs.flatMap((name) => indices.get(name) ?? []);

  function takeReady(): [number, RunRequest] | undefined {
    const ready = [...waiting].find(([, each]) => needsOf(each).every((index) => ends[index]?.status === 'finished'));
    if (ready !== undefined) waiting.delete(ready[0]);
    return ready;
  }

  function failDependents(failed: number): void {
    for (const [index, request] of [...waiting]) {
      if (!waiting.has(index) || !needsOf(request).includes(failed)) continue;
      waiting.delete(index);
      ends[index] = { status: 'failed', failure: failureOf(request, requests[failed] as RunRequest) };
      failDependents(index);
    }
  }

  async function execute(index: number, request: RunRequest): Promise<void> {
    listener.started?.(request);
    const worker = launch(request, (message) => listener.said?.(request, message));
    running.add(worker);
    const end = await worker.end;
    running.delete(worker);
    // Whoever is ended by force while everything stops has not failed.
    ends[index] = signal.aborted && end.status === 'failed' ? { status: 'interrupted' } : end;
    listener.ended?.(request, ends[index]);
    if (ends[index].status === 'failed') failDependents(index);
  }

  async function work(): Promise<void> {
    while (!signal.aborted && waiting.size > 0) {
      const ready = takeReady();
      if (ready !== undefined) await execute(...ready);
      else if (running.size === 0) return;
      // What is still to be done waits for what others do.
      else await Promise.race([...running].map(({ end }) => end));
    }
  }

  await Promise.all(Array.from({ length: Math.min(jobs, requests.length) }, work));
  signal.removeEventListener('abort', stopAll);
  return ends;
}

function failureOf({ name }: RunRequest, { name: needed }: RunRequest): Failure {
  const { code, message } = stageFailed(name, needed);
  return { code, message };
}
