/** What is checked of a strategy: one fusion plugin with one set of options, on these engines. */
import type { EnginePlugin, FusionHost, FusionModule, FusionPlugin, Task } from '@interfuse/core';
import type { Claim, Tried } from './claim.js';
import { type TinyHostSettings, tinyClassification, tinyHost, tinyRegression } from './mocks/tiny-host.js';
import { fillOptions } from './with-engine.js';

export interface Subject extends Tried {
  readonly plugin: FusionPlugin;
  /** The first does everything; the others are compared with it. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
  /** Steps that every encoder returns; undefined: as many as there are frames. */
  readonly steps: number | undefined;
  /** Kinds of task that it takes with these options; undefined: those that its manifest names. */
  readonly tasks?: readonly Task['kind'][] | undefined;
}

export type FusionClaim = Claim<Subject>;

/** The tasks that the plugin takes; the first is used wherever one is enough. */
export function tasksOf({ plugin, tasks }: Subject): readonly [Task, ...Task[]] {
  const kinds = tasks ?? plugin.requires.task ?? ['regression', 'classification'];
  const [first = tinyRegression, ...others] = [tinyRegression, tinyClassification].filter((task) =>
    kinds.includes(task.kind),
  );
  return [first, ...others];
}

export function makeHost(subject: Subject, settings: TinyHostSettings = {}): FusionHost {
  return tinyHost(subject.plugin, { task: tasksOf(subject)[0], steps: subject.steps, ...settings });
}

/** @throws CONFIG_... if the options do not fit the plugin's schema */
export async function makeModule({ plugin, options }: Subject, host: FusionHost): Promise<FusionModule> {
  const create = await plugin.load();
  return create(fillOptions(plugin, options) as never, host);
}
