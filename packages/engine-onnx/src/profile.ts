/** Times of operations from the files that ONNX Runtime's own profiler writes. */
import { createReadStream, mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { OperationTime } from '@interfuse/core';

/** One run of a node in the runtime's trace, in the format of Chrome's. */
interface NodeEvent {
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
        await addEvents(times, join(this.#folder, name));
      }
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
    return [...times.values()].sort((a, b) => b.seconds - a.seconds);
  }
}

/** A file has an event a line, and may be larger than the longest string. */
async function addEvents(times: Map<string, OperationTime>, file: string): Promise<void> {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes('_kernel_time"')) continue;
    const { dur, args } = JSON.parse(line.replace(/,$/, '')) as NodeEvent;
    const operation = args?.op_name;
    if (operation === undefined) continue;
    const before = times.get(operation) ?? { operation, calls: 0, seconds: 0 };
    times.set(operation, { operation, calls: before.calls + 1, seconds: before.seconds + dur / 1e6 });
  }
}
