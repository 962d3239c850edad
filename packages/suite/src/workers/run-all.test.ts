/** The pool: so many workers at a time, a crash is one run's, and everything stops in time. */
import { describe, expect, it, vi } from 'vitest';
import type { Launch, RunEnd } from './launch-worker.js';
import type { RunRequest } from './messages.js';
import { runAll } from './run-all.js';

const requests = (count: number): RunRequest[] =>
  Array.from({ length: count }, (_, seed) => ({
    experiment: { workingFolder: '/', overrides: [] },
    choice: { fusion: 0, languageModel: 0 },
    seed,
    name: `early-s${seed}`,
    plan: { file: 'small-plan.json', hash: '00' },
    threads: 1,
  }));

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Workers that end when the test says so. */
function workers({ obedient = true } = {}) {
  const running = new Map<number, (end: RunEnd) => void>();
  const launch: Launch = ({ seed }) => {
    const end = new Promise<RunEnd>((resolve) => {
      running.set(seed, (value) => {
        running.delete(seed);
        resolve(value);
      });
    });
    return {
      end,
      stop: () => obedient && running.get(seed)?.({ status: 'interrupted' }),
      kill: () => running.get(seed)?.({ status: 'failed', failure: { message: 'killed' } }),
    };
  };
  return { running, launch };
}

describe('many runs', () => {
  it('are executed so many at a time, each once', async () => {
    const { running, launch } = workers();
    const started: number[] = [];
    const listener = { started: ({ seed }: RunRequest) => started.push(seed) };
    const all = runAll(requests(5), { jobs: 2, signal: new AbortController().signal, listener, launch });
    while (started.length < 5 || running.size > 0) {
      await settle();
      expect(running.size).toBeLessThanOrEqual(2);
      running.values().next().value?.({ status: 'finished' });
    }
    expect((await all).map(({ status }) => status)).toEqual(Array(5).fill('finished'));
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('go on when one of them crashes', async () => {
    const { running, launch } = workers();
    const all = runAll(requests(3), { jobs: 1, signal: new AbortController().signal, listener: {}, launch });
    await settle();
    running.get(0)?.({ status: 'failed', failure: { message: 'crashed' } });
    for (const seed of [1, 2]) {
      await settle();
      running.get(seed)?.({ status: 'finished' });
    }
    expect((await all).map(({ status }) => status)).toEqual(['failed', 'finished', 'finished']);
  });

  it('stop when they are told to, and no further one starts', async () => {
    const { launch } = workers();
    const stop = new AbortController();
    const all = runAll(requests(3), { jobs: 2, signal: stop.signal, listener: {}, launch });
    await settle();
    stop.abort();
    expect((await all).map(({ status }) => status)).toEqual(Array(3).fill('interrupted'));
  });

  it('are ended by force where they do not stop by themselves, which is no failure', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { launch } = workers({ obedient: false });
      const stop = new AbortController();
      const all = runAll(requests(1), { jobs: 1, signal: stop.signal, listener: {}, launch });
      stop.abort();
      vi.advanceTimersByTime(1500);
      expect(await all).toEqual([{ status: 'interrupted' }]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a run that needs others', () => {
  /** Run 2 needs runs 0 and 1, and run 3 needs run 2. */
  const dependent = () =>
    requests(4).map((request, seed) => {
      const needs = [[], [], ['early-s0', 'early-s1'], ['early-s2']][seed] as string[];
      return { ...request, needs };
    });
  const start = (order: readonly number[]) => {
    const { running, launch } = workers();
    const all = order.map((seed) => dependent()[seed] as RunRequest);
    const signal = new AbortController().signal;
    return { running, ends: runAll(all, { jobs: 2, signal, listener: {}, launch }) };
  };

  it('starts when they have finished, wherever it stands in the list', async () => {
    const { running, ends } = start([3, 2, 1, 0]);
    for (const expected of [[1, 0], [2], [3]]) {
      await settle();
      expect([...running.keys()]).toEqual(expected);
      for (const end of [...running.values()]) {
        end({ status: 'finished' });
        await settle();
      }
    }
    expect((await ends).map(({ status }) => status)).toEqual(Array(4).fill('finished'));
  });

  it('fails with them and never starts, with all that need it', async () => {
    const { running, ends } = start([0, 1, 2, 3]);
    await settle();
    running.get(1)?.({ status: 'failed', failure: { message: 'crashed' } });
    await settle();
    expect([...running.keys()]).toEqual([0]);
    running.get(0)?.({ status: 'finished' });
    const [first, , second, third] = await ends;
    expect(first?.status).toBe('finished');
    expect([second, third].map((end) => end?.failure?.code)).toEqual(['STAGE_FAILED', 'STAGE_FAILED']);
    expect(second?.failure?.message).toContain('early-s1');
    expect(third?.failure?.message).toContain('early-s2');
  });

  it('does not wait for a run that is not among them: it was finished before', async () => {
    const { running, ends } = start([3]);
    await settle();
    running.get(3)?.({ status: 'finished' });
    expect((await ends).map(({ status }) => status)).toEqual(['finished']);
  });
});
