/** Times of operations from the files that ONNX Runtime's own profiler writes. */
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationTime } from '@interfuse/core';

/** One event of the runtime's trace, in the format of Chrome's. */
interface Event {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** A folder that sessions write their profiles to. */
export class ProfileFolder {
  readonly #folder = mkdtempSync(join(tmpdir(), 'interfuse-profile-'));
  #sessions = 0;

  /** What a session that is to be profiled is created with; files of one prefix would overwrite each other. */
  sessionOptions(): { enableProfiling: true; profileFilePrefix: string } {
    this.#sessions += 1;
    return { enableProfiling: true, profileFilePrefix: join(this.#folder, `session-${this.#sessions}`) };
  }

  /** The times of all sessions whose profiling has ended, longest first; the folder is removed. */
  async take(): Promise<OperationTime[]> {
    const times = new Map<string, OperationTime>();
    try {
      for (const name of await readdir(this.#folder)) {
        addEvents(times, JSON.parse(await readFile(join(this.#folder, name), 'utf8')) as Event[]);
      }
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
    return [...times.values()].sort((a, b) => b.seconds - a.seconds);
  }
}

function addEvents(times: Map<string, OperationTime>, events: readonly Event[]): void {
  for (const { cat, name, dur, args } of events) {
    const operation = args?.op_name;
    if (cat !== 'Node' || operation === undefined || !name.endsWith('_kernel_time')) continue;
    const before = times.get(operation) ?? { operation, calls: 0, seconds: 0 };
    times.set(operation, { operation, calls: before.calls + 1, seconds: before.seconds + dur / 1e6 });
  }
}
