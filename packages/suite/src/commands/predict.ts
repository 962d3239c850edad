/** `interfuse predict`: what a finished run makes of samples that are in no split of its dataset. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Dataset } from '@interfuse/core';
import { InterfuseError } from '@interfuse/core';
import { transformDataset } from '@interfuse/core/host';
import { openSamples } from '@interfuse/datasets/folder';
import { writeFileWhole } from '@interfuse/safetensors';
import { predict, predictionSize } from '@interfuse/training/loop';
import type { Experiment } from '../experiment/open-experiment.js';
import type { RunPlan } from '../experiment/plan.js';
import { samplesCsv } from '../run/predictions.js';
import { openRunData } from '../run/run-data.js';
import { withSelectedWeights } from '../run/selected-weights.js';
import { showPath } from '../show-path.js';
import type { CommandContext } from './context.js';
import { withFinishedRun } from './with-finished-run.js';

export interface PredictOptions {
  /** Samples, alone or in a folder with their streams. */
  readonly input: string;
  /** A table. */
  readonly output: string;
  readonly force: boolean;
}

/** @throws RUN_INVALID if the run is not finished; FILE_EXISTS; COMMAND_USAGE for a table in the run folder; what `openSamples` throws */
export async function predictSamples(
  path: string,
  { input, output, force }: PredictOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal, workingFolder } = context;
  const table = resolve(workingFolder, output);
  refuse(table, resolve(workingFolder, path), force);
  return withFinishedRun(path, context, async ({ experiment, run, engine }) => {
    const raw = await untransformed(experiment, run);
    const { split, absent } = await openSamples(resolve(workingFolder, input), raw.spec);
    if (absent.length > 0) terminal.error.write(`No sample has ${absent.join(', ')}: there is no file.\n`);
    const given: Dataset = { spec: raw.spec, open: async () => split, openTest: (receipt) => raw.openTest(receipt) };
    const dataset = transformDataset(given, experiment.config.data.transforms);
    const data = openRunData({ ...run, strategy: { ...run.strategy, dataset } }, engine);
    const { module, settings } = run.strategy;
    try {
      const { source } = await data.valid();
      const values = await withSelectedWeights(run, engine, (store) =>
        predict({
          engine,
          store,
          module,
          source,
          seed: run.seed,
          batchSize: predictionSize(settings),
          signal: context.signal,
        }),
      );
      await writeFileWhole(table, samplesCsv(raw.spec.task, split.samples, values));
      terminal.out.write(`${split.samples.length} predictions: ${showPath(table, workingFolder)}\n`);
    } finally {
      await data.close();
    }
  });
}

/** The dataset of the run as it lies there: its spec says what streams look like before they are transformed. */
async function untransformed({ config, host }: Experiment, { strategy }: RunPlan): Promise<Dataset> {
  const scope = host.openRun({ ...config, data: { ...config.data, transforms: {} } }, strategy.choice);
  try {
    return await scope.dataset();
  } finally {
    await scope.dispose();
  }
}

function refuse(table: string, runFolder: string, force: boolean): void {
  const inside = relative(runFolder, table);
  if (!inside.startsWith('..') && inside !== table) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: 'interfuse predict --output',
      expected: 'a file outside of the run folder',
      got: showPath(table),
      remedy: 'A finished run stays as it is: choose another place.',
    });
  }
  if (existsSync(table) && !force) {
    throw new InterfuseError('FILE_EXISTS', { place: table, expected: 'a name that is free', got: 'a file' });
  }
}
