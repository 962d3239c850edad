/** The launcher that the flags of a command ask for. */
import { InterfuseError } from '@interfuse/core';
import type { Launcher } from '../workers/launcher.js';
import { localLauncher } from '../workers/local-launcher.js';

export interface LaunchOptions {
  /** Runs at a time. Default: for `local` one for each core, at most four; for `slurm` as many as the cluster gives. */
  readonly jobs?: number;
  /** Default: `local`. */
  readonly launcher?: string;
  /** Options of `sbatch`, as a shell would read them. */
  readonly slurmOptions?: string;
  /** Submits, and does not wait. */
  readonly detach?: boolean;
}

/** @throws COMMAND_USAGE for options of another launcher; TOOL_NOT_FOUND without Slurm */
export async function openLauncher({ jobs, launcher, slurmOptions, detach }: LaunchOptions): Promise<Launcher> {
  if (launcher !== 'slurm') {
    const foreign = slurmOptions === undefined ? detach && '--detach' : '--slurm-options';
    if (foreign) throw onlyForSlurm(foreign);
    return localLauncher(jobs);
  }
  const { requireSlurm } = await import('../workers/slurm/programs.js');
  const { readSlurmOptions } = await import('../workers/slurm/options.js');
  const { slurmLauncher } = await import('../workers/slurm/slurm-launcher.js');
  const options = readSlurmOptions(slurmOptions ?? '');
  requireSlurm('--launcher slurm');
  return slurmLauncher({ options, detach: detach ?? false, ...(jobs === undefined ? {} : { jobs }) });
}

function onlyForSlurm(flag: string): InterfuseError {
  return new InterfuseError('COMMAND_USAGE', {
    place: flag,
    expected: '--launcher slurm beside it',
    got: 'runs on this machine',
    remedy: `Add --launcher slurm, or leave ${flag} out.`,
  });
}
