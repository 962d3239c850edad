/** What is checked: one plugin with one set of options, on these engines. */
import {
  type Engine,
  type EnginePlugin,
  type FusionHost,
  type FusionModule,
  type FusionPlugin,
  InterfuseError,
  type Task,
  throwProblems,
} from '@interfuse/core';
import { compileSchema } from '@interfuse/core/config';
import { type TinyHostSettings, tinyClassification, tinyHost, tinyRegression } from './mocks/tiny-host.js';

export interface Subject {
  readonly plugin: FusionPlugin;
  /** As a user would write them; the defaults of the schema are filled in. */
  readonly options: object;
  /** The first does everything; the others are compared with it. */
  readonly engines: readonly [EnginePlugin, ...EnginePlugin[]];
  /** Steps that every encoder returns; undefined: as many as there are frames. */
  readonly steps: number | undefined;
  /** Kinds of task that it takes with these options; undefined: those that its manifest names. */
  readonly tasks?: readonly Task['kind'][] | undefined;
}

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
export async function makeModule(subject: Subject, host: FusionHost): Promise<FusionModule> {
  const create = await subject.plugin.load();
  return create(fillOptions(subject) as never, host);
}

export function fillOptions({ plugin, options }: Subject): object {
  const filled = structuredClone(options);
  throwProblems(compileSchema(plugin.options as object as { [keyword: string]: unknown })(filled, 'fusion.options'));
  return filled;
}

/** Runs `use` with an engine of its own, which is freed afterwards. */
export async function withEngine<R>(plugin: EnginePlugin, use: (engine: Engine) => Promise<R>): Promise<R> {
  const create = await plugin.load();
  const options = {};
  throwProblems(compileSchema(plugin.options as object as { [keyword: string]: unknown })(options, 'engine.options'));
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const engine = await create(options as never, { logger: silent });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

/** A promise that every plugin makes, and how it is put to the test. */
export interface Claim {
  readonly name: string;
  /** Default: to every plugin. */
  applies?(subject: Subject): boolean;
  /** @throws PLUGIN_NONCONFORMING */
  run(subject: Subject): Promise<void>;
}

export interface Finding {
  /** Two sentences: what every plugin promises here, and what this one did. */
  readonly expected: string;
  readonly got: string;
  /** What it usually is. */
  readonly usualCause: string;
  readonly cause?: unknown;
}

export function nonconformity({ plugin }: Subject, { expected, got, usualCause, cause }: Finding): InterfuseError {
  return new InterfuseError('PLUGIN_NONCONFORMING', {
    place: `fusion plugin ${plugin.id}`,
    expected,
    got,
    remedy: `The usual cause: ${usualCause}`,
    cause,
  });
}
