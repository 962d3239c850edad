/** `npm run bench -- data`: training on 20,000 samples of MOSEI's shape that lie on disk; the share of data loading, and memory. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure } from './measure.js';
import { writeMoseiShapedDataset } from './mosei-shaped-dataset.js';
import type { Measured } from './train-once.js';

const samples = 20_000;
/** Steps of 32 samples, after those that are not counted. */
const steps = 200;

/** Late fusion computes least of all strategies that fuse, and DeepMLF has the encoders of its MOSEI recipe. */
const strategies = [
  { name: 'late', overrides: [] },
  {
    name: 'deepmlf',
    overrides: [
      'encoders={"*": {use: transformer, options: {width: 30, layers: 3, heads: 6, steps: 50, align: strided, masked: false}}}',
    ],
  },
] as const;

/** Runs of the suite, each in a process of its own. The files are in the memory of the system by then, unless it is small. */
export async function benchmarkTraining(report: (figure: Figure) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-bench-training-'));
  try {
    const bytes = await writeMoseiShapedDataset(join(folder, 'dataset'), samples);
    report({ what: `data: streams of ${samples} samples, on disk`, figure: bytes / 1e9, unit: 'GB' });
    const child = fileURLToPath(new URL('./train-once.js', import.meta.url));
    for (const { name, overrides } of strategies) {
      const args = [child, join(folder, 'dataset'), String(steps), `fusion=${name}`, ...overrides];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
      const measured = JSON.parse(stdout) as Measured;
      const what = `data: ${name}, ${steps} steps`;
      const share = (100 * measured.secondsOutside) / measured.seconds;
      report({ what: `${what}: data loading`, figure: share, unit: '% of a step, at most' });
      report({ what: '  between two steps', figure: 1000 * measured.secondsOutside, unit: 'ms' });
      report({ what: '  a step, from end to end', figure: 1000 * measured.seconds, unit: 'ms' });
      report({ what: '  resident memory, most in the first half', figure: measured.firstHalf / 1e6, unit: 'MB' });
      report({ what: '  resident memory, most in the second half', figure: measured.secondHalf / 1e6, unit: 'MB' });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
