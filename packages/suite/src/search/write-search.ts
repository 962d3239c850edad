/** What a search leaves: `search.json` beside its trials, and configs with what was found beside the config that was searched. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigInput, Search } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { stringify } from 'yaml';
import { plainName } from '../comparison/report-name.js';
import { readExperiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { type Searching, slotAt } from './trials.js';
import { runsOf, type Tuned } from './tune.js';

/** @returns the files that were written, absolute */
export async function writeSearch(searching: Searching, tuned: readonly Tuned[]): Promise<string[]> {
  const { config } = searching.experiment;
  const { method, seeds, space } = config.search as Search;
  const [first] = runsOf(tuned) as [RunPlan];
  const folder = join(first.folder, '..');
  const found = {
    format: 1,
    name: config.name,
    method,
    seeds,
    space,
    select: config.evaluation.select,
    data: first.identity.data,
    strategies: tuned.map(({ candidate: { label, backbone }, trials, judged, best }) => ({
      strategy: label,
      ...(backbone === undefined ? {} : { languageModel: backbone.label }),
      trials,
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
  return [result, ...(await writeConfigs(searching, tuned))];
}

/**
 * One config; where several language models are used, one for each: a strategy has one set of options in a config, and
 * each language model has its own best.
 */
async function writeConfigs({ request, experiment }: Searching, tuned: readonly Tuned[]): Promise<string[]> {
  const { config, baseFolder } = experiment;
  const { method, trials, seeds } = config.search as Search;
  const { written } = await readExperiment(request);
  const { search: _, ...rest } = written;
  const strategies = [written.fusion].flat().map((entry) => (typeof entry === 'string' ? { use: entry } : entry));
  const models = [written.languageModel].flat();
  const files: string[] = [];
  for (const { index, name } of backbonesOf(tuned)) {
    const own = tuned.filter(({ candidate: { backbone } }) => backbone === undefined || backbone.index === index);
    const stem = [plainName(config.name), ...(name === undefined ? [] : [name])];
    const winning: ConfigInput = {
      ...rest,
      name: [...stem, 'tuned'].join('-'),
      ...(name === undefined ? {} : { languageModel: models[index] }),
      fusion: own.map(({ candidate, best }) => slotAt(strategies[candidate.fusion] as object, best.trial.point)),
      tuned: { method, trials, seeds },
    };
    const file = join(baseFolder, `${[...stem, 'tuned'].join('.')}.yaml`);
    const said = `the best of ${trials} trials of every strategy, on validation`;
    await writeFileWhole(file, `# Written by \`interfuse search\`: ${said}.\n${stringify(winning)}`);
    files.push(file);
  }
  return files;
}

/** Each language model with a name for files of its own; one without a name where there are not several. */
function backbonesOf(tuned: readonly Tuned[]): { readonly index: number; readonly name?: string }[] {
  const labels = new Map(
    tuned.flatMap(({ candidate: { backbone } }) => (backbone ? [[backbone.index, backbone.label]] : [])),
  );
  if (labels.size === 0) return [{ index: 0 }];
  const names = [...labels.values()].map((label) => plainName(label).replace(/-+$/, ''));
  return [...labels.keys()].map((index, at) => {
    const name = names[at] as string;
    return { index, name: names.indexOf(name) === at ? name : `${name}-${index + 1}` };
  });
}
