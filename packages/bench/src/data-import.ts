/** `npm run bench -- data`: a pickle of 4.5 GB in MMSA's layout is imported; its speed beside the disk's own, and its memory. */
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure } from './measure.js';
import { writeMoseiShapedPickle } from './mosei-shaped-pickle.js';

const defaultGigabytes = 4.5;
/** The file, a copy of it, the dataset, and some room. */
const roomNeeded = 3.3;

/** Every value is read, written, hashed and checked: the BERT features are imported, too, and nothing is padding. */
export async function benchmarkImport(report: (figure: Figure) => void, gigabytes = defaultGigabytes): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-bench-data-'));
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = (bavail * bsize) / 1e9;
    if (free < roomNeeded * gigabytes) {
      throw new Error(
        `${folder} has ${free.toFixed(1)} GB free; this takes ${(roomNeeded * gigabytes).toFixed(1)} GB.`,
      );
    }
    const file = join(folder, 'mosei.pkl');
    const bytes = await writeMoseiShapedPickle(file, gigabytes * 1e9);
    report({ what: 'data: size of the pickle', figure: bytes / 1e9, unit: 'GB' });

    const began = performance.now();
    await copy(file, join(folder, 'copy'));
    const copying = (performance.now() - began) / 1000;
    await rm(join(folder, 'copy'));
    report({ what: 'data: disk, copying the file (read, write, flush)', figure: bytes / 1e6 / copying, unit: 'MB/s' });

    const child = fileURLToPath(new URL('./import-once.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [child, file, join(folder, 'dataset')]);
    const { seconds, peakBytes } = JSON.parse(stdout) as { seconds: number; peakBytes: number };
    report({ what: 'data: importing it', figure: bytes / 1e6 / seconds, unit: `MB/s (${seconds.toFixed(1)} s)` });
    report({ what: 'data: peak resident memory of that', figure: peakBytes / 1e6, unit: 'MB' });
    const values = await stat(join(folder, 'dataset', 'train', 'audio.safetensors'));
    report({ what: 'data: largest stream written', figure: values.size / 1e9, unit: 'GB' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  const handle = await open(to, 'w');
  try {
    await pipeline(createReadStream(from, { highWaterMark: 1 << 22 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await handle.appendFile(chunk);
    });
    await handle.sync();
  } finally {
    await handle.close();
  }
}
