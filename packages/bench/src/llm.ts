/**
 * `npm run bench -- llm`: a frozen language model of 1.7 billion weights in every precision that it can be held in. DeepMLF
 * with MM Blocks at the depths of its MOSEI recipe, low-rank feed-forwards, and streams of MOSEI's shape reads four samples.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeLlmCheckpoint } from './llm-checkpoint.js';
import type { LlmMeasured } from './llm-once.js';
import type { Figure } from './measure.js';

const precisions = ['stored', 'float32', 'float16', 'int8', 'int4'] as const;

/** @param small a hundredth of the weights @param chosen precisions to measure; none: all */
export async function benchmarkLlm(
  report: (figure: Figure) => void,
  { small, chosen }: { readonly small: boolean; readonly chosen: readonly string[] },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-bench-llm-'));
  try {
    const { bytes, shards } = await writeLlmCheckpoint(folder, small);
    report({ what: `llm: random weights in BF16, ${shards} files`, figure: bytes / 1e9, unit: 'GB' });
    for (const precision of chosen.length === 0 ? precisions : chosen) {
      const forward = await inProcess(folder, precision, 'evaluate');
      const held = precision === 'stored' ? 'held as stored' : `held in ${precision}`;
      report({ what: `llm: ${held}, opened in`, figure: forward.loadSeconds, unit: 's' });
      report({ what: '  DeepMLF forward, batch 4', figure: forward.seconds, unit: 's' });
      report({ what: '  the same, of all cores together', figure: forward.cpuSeconds, unit: 's' });
      report({ what: '  peak resident memory', figure: forward.peak / 1e9, unit: 'GB' });
      const both = await inProcess(folder, precision, 'train');
      report({ what: '  a training step, batch 4', figure: both.trainSeconds ?? Number.NaN, unit: 's' });
      report({ what: '  peak, trained and evaluated', figure: both.peak / 1e9, unit: 'GB' });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inProcess(folder: string, precision: string, work: 'evaluate' | 'train'): Promise<LlmMeasured> {
  const child = fileURLToPath(new URL('./llm-once.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, folder, precision, work]);
  return JSON.parse(stdout) as LlmMeasured;
}
