/** Stages: runs that come before others, which start with their weights. Which stage a warm start means, and its config. */
import { InterfuseError } from '../errors.js';
import { show } from '../show.js';
import { didYouMean } from '../suggest.js';
import type { EffectiveConfig, Stage, WarmStart } from './effective-config.js';

/** Whether a stage is meant; the path of a run folder has a slash in it. */
export function isStage({ run }: Pick<WarmStart, 'run'>): boolean {
  return !/[/\\]/.test(run);
}

/** The config of a stage by itself: its one strategy, and what the stage says in place of what the config says. */
export function stageConfig(config: EffectiveConfig, name: string): EffectiveConfig {
  const { fusion, training, encoders = config.encoders, data } = config.stages[name] as Stage;
  return { ...config, data: { ...config.data, ...data }, encoders, fusion: [fusion], training };
}

/** Names that no warm start could mean, warm starts from stages that there are not, and stages that need themselves. */
export function stageProblems({ fusion, stages }: EffectiveConfig): InterfuseError[] {
  const names = Object.keys(stages);
  const slots = [
    ...fusion.map((slot, index) => [fusion.length === 1 ? 'fusion' : `fusion[${index}]`, slot] as const),
    ...names.map((name) => [`stages.${name}.fusion`, (stages[name] as Stage).fusion] as const),
  ];
  const unknown = slots.flatMap(([place, { warmStart = [] }]) =>
    warmStart.flatMap((each, index) =>
      isStage(each) && !names.includes(each.run) ? [unknownStage(`${place}.warmStart[${index}].run`, each, names)] : [],
    ),
  );
  const cycle = unknown.length > 0 ? undefined : names.map((name) => cycleFrom([name], stages)).find(Boolean);
  return [
    ...names.filter((name) => !/^\w[\w-]*$/.test(name)).map(badName),
    ...unknown,
    ...(cycle === undefined ? [] : [cyclic(cycle)]),
  ];
}

/** The names along which a stage needs itself, if it does. */
function cycleFrom(path: readonly string[], stages: EffectiveConfig['stages']): readonly string[] | undefined {
  const { warmStart = [] } = (stages[path.at(-1) as string] as Stage).fusion;
  for (const { run } of warmStart.filter(isStage)) {
    if (path.includes(run)) return [...path.slice(path.indexOf(run)), run];
    const cycle = cycleFrom([...path, run], stages);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function unknownStage(place: string, { run }: WarmStart, names: readonly string[]): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place,
    expected: `${names.length === 0 ? 'a stage, of which this config has none' : `a stage (${names.join(', ')})`}, or the path of a run folder with a slash in it`,
    got: show(run),
    remedy: didYouMean(run, names) ?? 'Declare the stage under `stages:`, or write a path as ./runs/...',
  });
}

function badName(name: string): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `stages.${name}`,
    expected: 'a name of letters, digits, "_" and "-"',
    got: show(name),
  });
}

function cyclic(cycle: readonly string[]): InterfuseError {
  return new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `stages.${cycle[0]}.fusion.warmStart`,
    expected: 'stages that come one after another',
    got: `a circle: ${cycle.join(' needs ')}`,
    remedy: 'Let one of them start without the others.',
  });
}
