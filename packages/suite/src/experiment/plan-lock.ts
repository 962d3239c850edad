/** The plan of a comparison, locked before any of its runs opens the test split: whoever changes it later is told so. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError, type Slot } from '@interfuse/core';
import { lockFile, writeFileWhole } from '@interfuse/safetensors';
import { plainName } from '../comparison/report-name.js';
import type { Manifest } from '../run/manifest.js';
import { has, readJson } from '../run/run-folder.js';
import { canonicalJson } from './canonical-json.js';
import type { Experiment } from './open-experiment.js';
import type { RunPlan } from './plan.js';
import { stagesOf } from './stages-of.js';

/** What is decided before anybody sees a figure on test. */
export interface LockableQuestion {
  /** Each with the SHA-256 of all that determines its results but the seed. */
  readonly strategies: readonly { readonly use: string; readonly identity: string }[];
  /** The runs that come before them, in the same way. */
  readonly stages: readonly { readonly stage: string; readonly identity: string }[];
  /** What chooses epochs, ranks, and is tested. */
  readonly primary: { readonly metrics: Slot; readonly select: string };
  /** Differences of the primary metric that are smaller do not matter. */
  readonly margin?: number;
  readonly seeds: readonly number[];
  readonly data: { readonly name: string; readonly digest: string };
}

export interface PlanRecord extends LockableQuestion {
  /** SHA-256 of the question. */
  readonly hash: string;
  /** Runs on these data whose test split was open already, in the same folder, when the plan was locked. */
  readonly openedBefore: number;
  /** What differs from the first plan on these data in this file: `seeds`, `strategies`, `margin`, `primary metric`. */
  readonly differs: readonly string[];
}

/** `<name>-plan.json`. */
interface PlanFile {
  readonly format: 1;
  /** The oldest first; none is ever removed. */
  readonly plans: readonly PlanRecord[];
}

/** Where another process finds a plan that is locked. */
export interface PlanReference {
  readonly file: string;
  readonly hash: string;
}

const patienceMilliseconds = 10_000;

/** Only locking gives one, and the test split opens for nothing less. */
export class LockedPlan {
  // A private property: no other object passes for a locked plan.
  private constructor(
    private readonly record: PlanRecord,
    readonly file: string,
  ) {}

  get hash(): string {
    return this.record.hash;
  }

  get openedBefore(): number {
    return this.record.openedBefore;
  }

  get differs(): readonly string[] {
    return this.record.differs;
  }

  get reference(): PlanReference {
    return { file: this.file, hash: this.hash };
  }

  /** @throws PLAN_INVALID if the run is not part of the plan */
  require(run: RunPlan): void {
    const { strategies, stages, seeds } = this.record;
    const identity = strategyDigest(run);
    if (seeds.includes(run.seed) && [...strategies, ...stages].some((each) => each.identity === identity)) return;
    throw new InterfuseError('PLAN_INVALID', { place: this.file, expected: `a plan with ${run.name}`, got: 'none' });
  }

  /**
   * Locks the plan of these runs, and of the stages that they need, in the folder of their experiment. A plan that is
   * locked there already stays as it is.
   */
  static async lock({ config, outputFolder }: Experiment, runs: readonly RunPlan[]): Promise<LockedPlan> {
    const file = join(outputFolder, `${plainName(config.name)}-plan.json`);
    const question = questionOf(runs);
    const hash = createHash('sha256').update(canonicalJson(question)).digest('hex');
    await mkdir(outputFolder, { recursive: true });
    const unlock = await lockFile(`${file}.lock`, {
      patience: patienceMilliseconds,
      held: (holder) =>
        new InterfuseError('RUN_LOCKED', {
          place: file,
          expected: 'a plan that nobody writes',
          got: holder === undefined ? 'a lock' : `the lock of process ${holder.process} on ${holder.host}`,
        }),
    });
    try {
      const plans = existsSync(file) ? await readPlans(file) : [];
      const known = plans.find((plan) => plan.hash === hash);
      if (known !== undefined) return new LockedPlan(known, file);
      const first = plans.find(({ data }) => data.digest === question.data.digest);
      const record: PlanRecord = {
        hash,
        openedBefore: await countOpened(outputFolder, question.data.digest),
        differs: first === undefined ? [] : differences(first, question),
        ...question,
      };
      const content: PlanFile = { format: 1, plans: [...plans, record] };
      await writeFileWhole(file, `${JSON.stringify(content, null, 2)}\n`);
      return new LockedPlan(record, file);
    } finally {
      await unlock();
    }
  }

  /** One that another process has locked. @throws PLAN_INVALID */
  static async open({ file, hash }: PlanReference): Promise<LockedPlan> {
    const found = (await readPlans(file)).find((plan) => plan.hash === hash);
    if (found !== undefined) return new LockedPlan(found, file);
    throw new InterfuseError('PLAN_INVALID', { place: file, expected: `the plan ${hash}`, got: 'none' });
  }
}

/** SHA-256 of all that determines the results of a strategy but the seed. */
export function strategyDigest({ identity, warmStarts }: RunPlan): string {
  const { seed: _, warmStart: __, ...common } = identity;
  const starts = warmStarts.map(({ slot, stage }) => ({
    ...slot,
    ...(stage === undefined ? {} : { run: strategyDigest(stage) }),
  }));
  return createHash('sha256')
    .update(canonicalJson({ ...common, starts }))
    .digest('hex');
}

function questionOf(runs: readonly RunPlan[]): LockableQuestion {
  const { strategy, identity } = runs[0] as RunPlan;
  const { margin } = strategy.config.evaluation;
  const distinct = new Map(runs.map((run) => [run.strategy, run]));
  const stages = new Map(stagesOf(runs).map((run) => [run.strategy, run]));
  return {
    strategies: [...distinct.values()].map((run) => ({ use: run.strategy.slot.use, identity: strategyDigest(run) })),
    stages: [...stages.values()].map((run) => ({ stage: run.strategy.stage ?? '', identity: strategyDigest(run) })),
    primary: identity.evaluation,
    ...(margin === undefined ? {} : { margin }),
    seeds: [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b),
    data: { name: strategy.dataset.spec.name, digest: strategy.dataset.spec.digest },
  };
}

function differences(first: LockableQuestion, now: LockableQuestion): string[] {
  const parts: [string, (question: LockableQuestion) => unknown][] = [
    ['primary metric', ({ primary }) => primary],
    ['margin', ({ margin }) => margin ?? null],
    ['seeds', ({ seeds }) => seeds],
    ['strategies', ({ strategies }) => strategies.map(({ identity }) => identity).sort()],
  ];
  return parts.filter(([, of]) => canonicalJson(of(first)) !== canonicalJson(of(now))).map(([name]) => name);
}

async function readPlans(file: string): Promise<readonly PlanRecord[]> {
  const damaged = (got: string, cause?: unknown) =>
    new InterfuseError('PLAN_INVALID', { place: file, expected: 'locked plans of format 1', got, cause });
  const content = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text) as Partial<PlanFile> | null)
    .catch((cause: unknown) => {
      throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
    });
  if (content?.format !== 1 || !Array.isArray(content.plans)) throw damaged(`format ${content?.format ?? 'unknown'}`);
  return content.plans;
}

/** Run folders with a receipt on these data. */
async function countOpened(outputFolder: string, digest: string): Promise<number> {
  const names = await readdir(outputFolder);
  const opened = names.map((name) => join(outputFolder, name)).filter((folder) => has(folder, 'receipt'));
  const digests = opened.map(async (folder) =>
    has(folder, 'manifest') ? (await readJson<Manifest>(folder, 'manifest')).identity.data.digest : undefined,
  );
  return (await Promise.all(digests)).filter((each) => each === digest).length;
}
