/** Submits runs as job arrays: one for those that need no other, one for those that need them, and so on. */
import type { RunRequest } from '../messages.js';
import { createArrayFolder, type JobArray, removeArray, scriptOf, writeArray } from './array-folder.js';
import { cancelTasks, submitJob } from './programs.js';

/** Slurm's own default allows the numbers 0 to 1000 (`MaxArraySize`). */
const mostTasks = 1000;

/** So many seconds before its time is over a task is told, and starts again from its last epoch. */
const noticeSeconds = 60;

export interface SubmitSettings {
  /** Absolute path of the folder of run folders. */
  readonly output: string;
  /** Cores for each run, where the options do not say it. */
  readonly cores: number;
  /** Runs of one array at a time; default: as many as the cluster gives. */
  readonly atATime?: number;
  /** Words for `sbatch`; they come last and win. */
  readonly options: readonly string[];
  /** Tasks that are submitted already, by the names of their runs. */
  readonly submitted: ReadonlyMap<string, string>;
}

/** All of them, or none. @throws SLURM_REFUSED */
export async function submitRuns(requests: readonly RunRequest[], settings: SubmitSettings): Promise<JobArray[]> {
  const jobs = new Map(settings.submitted);
  const arrays: JobArray[] = [];
  try {
    for (const layer of layersOf(requests)) {
      const dependencies = dependenciesOf(layer, jobs);
      const own: JobArray[] = [];
      for (let first = 0; first < layer.length; first += mostTasks) {
        const array = await submitArray(layer.slice(first, first + mostTasks), dependencies, settings);
        arrays.push(array);
        own.push(array);
      }
      for (const { job, runs } of own) for (const name of runs) jobs.set(name, job);
    }
  } catch (error) {
    await cancelTasks(arrays.map(({ job }) => job));
    for (const array of arrays) await removeArray(array);
    throw error;
  }
  return arrays;
}

/** Each of them needs only what comes in layers before, or is not among these runs. */
export function layersOf(requests: readonly RunRequest[]): RunRequest[][] {
  const layers: RunRequest[][] = [];
  let rest = requests;
  while (rest.length > 0) {
    const names = new Set(rest.map(({ name }) => name));
    const isReady = ({ needs = [] }: RunRequest) => needs.every((name) => !names.has(name));
    layers.push(rest.filter(isReady));
    rest = rest.filter((request) => !isReady(request));
  }
  return layers;
}

/** Jobs and tasks in which something runs that one of these runs needs. */
function dependenciesOf(layer: readonly RunRequest[], jobs: ReadonlyMap<string, string>): string[] {
  return [...new Set(layer.flatMap(({ needs = [] }) => needs.flatMap((name) => jobs.get(name) ?? [])))];
}

async function submitArray(
  requests: readonly RunRequest[],
  dependencies: readonly string[],
  { output, cores, atATime, options }: SubmitSettings,
): Promise<JobArray> {
  const folder = await createArrayFolder(output, requests);
  const runs = requests.map(({ name }) => name);
  let job: string | undefined;
  try {
    job = await submitJob(
      [
        '--job-name=interfuse',
        `--array=0-${requests.length - 1}${atATime === undefined ? '' : `%${atATime}`}`,
        // A run that fails takes with it only those that need it: each task looks for what it needs itself.
        ...(dependencies.length === 0 ? [] : [`--dependency=afterany:${dependencies.join(':')}`]),
        `--cpus-per-task=${cores}`,
        '--requeue',
        `--signal=B:TERM@${noticeSeconds}`,
        ...[`--chdir=${folder}`, '--output=%a.log', '--open-mode=append'],
        ...options,
      ],
      scriptOf(folder),
    );
    const array: JobArray = { folder, format: 1, job, runs, collected: [], cancelled: false };
    await writeArray(array);
    return array;
  } catch (error) {
    if (job !== undefined) await cancelTasks([job]);
    await removeArray({ folder });
    throw error;
  }
}
