/** `interfuse search`: tries values of options and training settings on validation alone, and writes a config with the best. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigInput, didYouMean, InterfuseError, type Search } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { stringify } from 'yaml';
import { formatFigure } from '../comparison/format.js';
import { plainName } from '../comparison/report-name.js';
import { strategyLabels } from '../comparison/strategy-labels.js';
import { textTable } from '../comparison/table.js';
import { Digests } from '../experiment/identity.js';
import {
  type Experiment,
  type ExperimentRequest,
  openExperiment,
  readExperiment,
} from '../experiment/open-experiment.js';
import { planRuns, type RunPlan } from '../experiment/plan.js';
import { has } from '../run/run-folder.js';
import { removeSharedStates } from '../run/shared-states.js';
import { checkSpace, kept, type Point, pointsOf, roundsOf } from '../search/space.js';
import { figureOf, planTrials, slotAt, type Trial, type TrialFigure } from '../search/trials.js';
import { exitCodes, showFailure } from '../show-error.js';
import { showPath } from '../show-path.js';
import type { RunRequest } from '../workers/messages.js';
import { showProgress } from '../workers/progress.js';
import { runAll } from '../workers/run-all.js';
import { shareCores } from '../workers/share-cores.js';
import { type CommandContext, terminalLogger } from './context.js';

export interface SearchOptions {
  readonly jobs?: number;
  readonly quiet: boolean;
}

interface Judged extends TrialFigure {
  readonly trial: Trial;
}

interface Searched {
  readonly label: string;
  /** Points that were tried. */
  readonly trials: number;
  /** Of all rounds, in order. */
  readonly judged: readonly Judged[];
  readonly best: Judged;
}

/** @throws COMMAND_USAGE for a config without a search, with stages or with several language models; CONFIG_WRONG_VALUE */
export async function search(
  request: ExperimentRequest,
  options: SearchOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const logger = terminalLogger(terminal);
  const experiment = await openExperiment(request, logger);
  const { config, host } = experiment;
  const asked = requireSearch(experiment);
  checkSpace(asked);
  const known = config.fusion.map(({ use }) => optionNames(host.registry.get('fusion', use).options));
  requireKnown(asked, known);

  const digests = new Digests(experiment);
  const base = await planRuns(experiment, {}, digests);
  const { metrics } = (base[0] as RunPlan).strategy;
  const column = metrics.columns.find(({ name }) => name === config.evaluation.select);
  const sign = column?.better === 'higher' ? -1 : 1;
  const order = ({ mean }: Judged) => (Number.isNaN(mean) ? Number.POSITIVE_INFINITY : sign * mean);
  const epochsOf = config.fusion.map(
    (_, index) => base.find(({ strategy }) => strategy.choice.fusion === index)?.strategy.settings.epochs as number,
  );
  for (const { strategy } of base) await strategy.scope.dispose();

  const labels = strategyLabels(config.fusion);
  const searched: Searched[] = [];
  for (const [index, slot] of config.fusion.entries()) {
    const label = labels[index] as string;
    const points = pointsOf(asked, (path) => appliesTo(path, known[index] as readonly string[]));
    let going: readonly Point[] = points;
    const judged: Judged[] = [];
    let best: Judged | undefined;
    for (const epochs of roundsOf(asked.method, epochsOf[index] as number)) {
      const ownEpochs = (point: Point) => (point['training.epochs'] as number | undefined) ?? epochs;
      const choices = going.map((point) => ({ point, epochs: ownEpochs(point) }));
      const trials = await planTrials({ request, experiment, digests }, slot, choices, logger);
      const exitCode = await execute(label, trials, config.evaluation.select, options, context);
      if (exitCode !== undefined) return exitCode;
      const round = await Promise.all(trials.map(async (trial) => ({ trial, ...(await figureOf(trial)) })));
      judged.push(...round);
      const ranked = [...round].sort((a, b) => order(a) - order(b));
      best = ranked[0];
      going = ranked.slice(0, kept(ranked.length)).map(({ trial }) => trial.point);
    }
    if (best === undefined || Number.isNaN(best.mean)) throw allDiverged(label);
    searched.push({ label, trials: points.length, judged, best });
  }
  await removeSharedStates(searched.flatMap(({ judged }) => judged.flatMap(({ trial }) => trial.runs)));
  const files = await writeSearch(request, experiment, asked, searched);
  const show = (figure: number) => formatFigure(figure, column ?? { percent: false });
  const table = textTable({
    columns: [
      { title: 'strategy', align: 'left' },
      { title: 'trials', align: 'right' },
      { title: `valid ${config.evaluation.select}`, align: 'right' },
      { title: 'worst', align: 'right' },
      { title: 'with', align: 'left' },
    ],
    rows: searched.map(({ label, trials, judged, best }) => {
      const worst = [...judged].sort((a, b) => order(b) - order(a))[0];
      return [label, String(trials), show(best.mean), show(worst?.mean ?? Number.NaN), showPoint(best.trial.point)];
    }),
  });
  terminal.out.write(
    `${table}\n\nThe test split was not opened. Written: ${files.map((file) => showPath(file)).join(', ')}\n`,
  );
  return 0;
}

/** Runs what is not there yet; a training that diverges is a bad trial, and no failure. */
async function execute(
  strategy: string,
  trials: readonly Trial[],
  column: string,
  { jobs, quiet }: SearchOptions,
  { terminal, signal }: CommandContext,
): Promise<number | undefined> {
  const open = new Map(
    trials.flatMap((trial) =>
      trial.runs.filter(({ folder }) => !has(folder, 'trial')).map((run) => [run.name, { trial, run }] as const),
    ),
  );
  if (open.size === 0) return undefined;
  const { workers, threads } = shareCores(open.size, jobs);
  const requests = [...open.values()].map(
    ({ trial, run }): RunRequest => ({
      experiment: trial.request,
      choice: run.strategy.choice,
      seed: run.seed,
      name: run.name,
      threads,
    }),
  );
  const label = ({ name, seed }: RunRequest) => {
    const { trial } = open.get(name) as { trial: Trial };
    return `${strategy}, ${showPoint(trial.point)}, ${trial.epochs} epochs, seed ${seed}`;
  };
  const display = showProgress({ terminal, quiet, total: open.size, label, column });
  const ends = await runAll(requests, { jobs: workers, signal, listener: display });
  display.close();
  if (signal.aborted) {
    terminal.error.write('\nStopped. To resume, run the same command again.\n');
    return exitCodes.interrupted;
  }
  const failures = ends.flatMap(({ failure }) => (failure && failure.code !== 'TRAINING_DIVERGED' ? [failure] : []));
  return failures.length === 0 ? undefined : Math.min(...failures.map((failure) => showFailure(failure, terminal)));
}

function requireSearch({ config }: Experiment): Search {
  const refuse = (expected: string, got: string, remedy: string) =>
    new InterfuseError('COMMAND_USAGE', { place: 'interfuse search', expected, got, remedy });
  const { search: asked, fusion, languageModel, plugins } = config;
  if (asked === undefined) throw refuse('a config that says what to search', 'none', 'Add `search: { space: … }`.');
  if (languageModel.length > 1) {
    const remedy = 'Choose one with languageModel.use=<id>.';
    throw refuse('one language model', String(languageModel.length), remedy);
  }
  const staged = fusion.find(({ warmStart }) => warmStart !== undefined);
  if (staged !== undefined) {
    throw refuse('strategies that begin as declared', `warmStart of ${staged.use}`, 'Search without stages.');
  }
  const value = plugins.find((plugin) => /^[\w-]+\/.+@\d/.test(plugin));
  if (value !== undefined) throw refuse('plugins by name', value, 'Name its package or file under `plugins:`.');
  return asked;
}

function optionNames(schema: unknown): string[] {
  return Object.keys((schema as { readonly properties?: object }).properties ?? {});
}

function appliesTo(path: string, options: readonly string[]): boolean {
  return path.startsWith('training.') || options.includes(path.split('.')[2] as string);
}

/** @throws CONFIG_UNKNOWN_OPTION for an option that no strategy has */
function requireKnown({ space }: Search, known: readonly (readonly string[])[]): void {
  for (const path of Object.keys(space)) {
    if (known.some((options) => appliesTo(path, options))) continue;
    const all = [...new Set(known.flat())];
    throw new InterfuseError('CONFIG_UNKNOWN_OPTION', {
      place: `search.space.${path}`,
      expected: 'an option of one of the strategies',
      got: `"${path.split('.')[2]}"`,
      remedy: didYouMean(path.split('.')[2] as string, all) ?? `Their options: ${all.join(', ')}.`,
    });
  }
}

function allDiverged(label: string): InterfuseError {
  return new InterfuseError('TRAINING_DIVERGED', {
    place: `interfuse search: ${label}`,
    expected: 'a trial that comes to a figure',
    got: 'none',
    remedy: 'Search lower learning rates.',
  });
}

function showPoint(point: Point): string {
  const said = Object.entries(point).map(([path, value]) => `${path.replace(/^.*\./, '')} ${JSON.stringify(value)}`);
  return said.length === 0 ? 'nothing to search' : said.join(', ');
}

/** `search.json` beside the trials, and the config with what was found beside the config that was searched. */
async function writeSearch(
  request: ExperimentRequest,
  { config, baseFolder }: Experiment,
  { method, trials, seeds, space }: Search,
  searched: readonly Searched[],
): Promise<string[]> {
  const [first] = searched.flatMap(({ judged }) => judged) as [Judged];
  const folder = first.trial.experiment.outputFolder;
  const { written } = await readExperiment(request);
  const found = {
    format: 1,
    name: config.name,
    method,
    seeds,
    space,
    select: config.evaluation.select,
    data: (first.trial.runs[0] as RunPlan).identity.data,
    strategies: searched.map(({ label, trials: own, judged, best }) => ({
      strategy: label,
      trials: own,
      best: { point: best.trial.point, mean: best.mean },
      tried: judged.map(({ trial, perSeed, mean }) => ({
        point: trial.point,
        epochs: trial.epochs,
        perSeed,
        mean,
        runs: trial.runs.map(({ name }) => name),
      })),
    })),
  };
  await mkdir(folder, { recursive: true });
  const result = join(folder, 'search.json');
  await writeFileWhole(result, `${JSON.stringify(found, null, 2)}\n`);
  const tuned = join(baseFolder, `${plainName(config.name)}.tuned.yaml`);
  const entries = [written.fusion]
    .flat()
    .map((entry) => (typeof entry === 'string' ? { use: entry } : entry)) as object[];
  const { search: _, ...rest } = written;
  const winning: ConfigInput = {
    ...rest,
    name: `${config.name}-tuned`,
    fusion: searched.map(({ best }, index) => slotAt(entries[index] as object, best.trial.point)),
    tuned: { method, trials, seeds },
  };
  await writeFileWhole(
    tuned,
    `# Written by \`interfuse search\`: the best of ${trials} trials of every strategy, on validation.\n${stringify(winning)}`,
  );
  return [result, tuned];
}
