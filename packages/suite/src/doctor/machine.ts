/** What the machine offers: versions, threads, memory, disk. */
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { writeFileWhole } from '@interfuse/safetensors';
import { describeMachine } from '../run/manifest.js';
import type { Terminal } from '../terminal.js';
import { version } from '../version.js';
import type { Finding } from './finding.js';

export async function machineFindings(
  folder: string,
  environment: Terminal['environment'],
): Promise<readonly Finding[]> {
  const { node, system, processor, cores } = describeMachine();
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  return [
    { what: 'interfuse', verdict: 'ok', details: version },
    {
      what: 'node',
      verdict: isNew ? 'ok' : 'fails',
      details: `${node} (at least 20.19)`,
      ...(isNew ? {} : { toDo: 'Install Node.js 20.19 or later.' }),
    },
    { what: 'machine', verdict: 'ok', details: `${system}, ${cores} cores (${processor})` },
    { what: 'threads', verdict: 'ok', details: threads(environment.INTERFUSE_THREADS) },
    { what: 'memory', verdict: 'ok', details: memory() },
    await diskFinding(folder),
  ];
}

function threads(limit: string | undefined): string {
  const offered = `${availableParallelism()} are offered to this process`;
  return limit ? `${offered}; INTERFUSE_THREADS=${limit} limits an engine` : `${offered}; INTERFUSE_THREADS is not set`;
}

function memory(): string {
  const whole = `${gigabytes(totalmem())}, of which ${gigabytes(freemem())} are free`;
  const allowed = process.constrainedMemory() ?? 0;
  return allowed > 0 && allowed < totalmem() ? `${whole}; this process may use ${gigabytes(allowed)}` : whole;
}

async function diskFinding(folder: string): Promise<Finding> {
  try {
    const trial = await mkdtemp(join(folder, '.interfuse-doctor-'));
    try {
      await writeFileWhole(join(trial, 'file'), 'written whole');
    } finally {
      await rm(trial, { recursive: true, force: true });
    }
    const { bavail, bsize } = await statfs(folder);
    const details = `${folder} can be written to, ${gigabytes(bavail * bsize)} are free`;
    return { what: 'disk', verdict: 'ok', details };
  } catch (error) {
    return {
      what: 'disk',
      verdict: 'fails',
      details: error instanceof Error ? error.message : String(error),
      toDo: 'Work in a folder that can be written to, or free space on its disk.',
    };
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}
