/** Which job of a cluster a process is part of: one that is started again is another process, maybe on another machine. */

export interface JobIdentity {
  /** Of Slurm: `1234`, or `1234_5` for a task of an array. */
  readonly job: string;
  /** How often it has been started again. */
  readonly restarts: number;
}

/** Nothing outside of a job. https://slurm.schedmd.com/sbatch.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES */
export function identifyJob(environment = process.env): JobIdentity | undefined {
  const { SLURM_JOB_ID, SLURM_ARRAY_JOB_ID, SLURM_ARRAY_TASK_ID, SLURM_RESTART_COUNT } = environment;
  if (SLURM_JOB_ID === undefined) return undefined;
  const job = SLURM_ARRAY_JOB_ID === undefined ? SLURM_JOB_ID : `${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}`;
  return { job, restarts: Number(SLURM_RESTART_COUNT ?? 0) };
}

/** Whether it is an earlier start of the job that this process is part of: of that nothing runs any more. */
export function isEarlierStart({ job, restarts }: Partial<JobIdentity>): boolean {
  const own = identifyJob();
  return own !== undefined && own.job === job && restarts !== undefined && restarts < own.restarts;
}
