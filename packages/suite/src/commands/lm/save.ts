/** `interfuse lm save`: the trained language model of a finished run, as a PEFT adapter or as a whole checkpoint. */
import { mkdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { saveAdapter, saveMerged } from '@interfuse/lm-adapters/save';
import { appearTogether } from '../../export/appear-together.js';
import { openFinishedRun } from '../../run/open-run.js';
import { withTrainedLanguageModel } from '../../run/trained-language-model.js';
import { showPath } from '../../show-path.js';
import { type CommandContext, terminalLogger } from '../context.js';

export interface SaveOptions {
  /** The whole model, with what was trained in place. */
  readonly merged: boolean;
}

/** @throws RUN_INVALID if the run is not finished; PLUGIN_REQUIREMENT if nothing of the kind was trained; FILE_EXISTS */
export async function save(
  runFolder: string,
  folder: string,
  { merged }: SaveOptions,
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const path = resolve(workingFolder, folder);
  if (await stat(path).catch(() => undefined)) {
    throw new InterfuseError('FILE_EXISTS', {
      place: path,
      expected: 'the name of a folder that is not there yet',
      got: 'one that is',
      remedy: 'Choose another name.',
    });
  }
  const { run, experiment } = await openFinishedRun(resolve(workingFolder, runFolder), terminalLogger(terminal));
  const { scope } = run.strategy;
  try {
    const engine = await scope.engine();
    const base = String(experiment.config.languageModel[0]?.options.checkpoint ?? '');
    const { saved } = await withTrainedLanguageModel(run, engine, (trained) =>
      appearTogether(path, { replace: false, signal }, async (temporary) => {
        const inside = join(temporary, basename(path));
        await mkdir(inside);
        const names = await (merged ? saveMerged(inside, trained) : saveAdapter(inside, trained, base));
        return { files: [basename(path)], saved: names };
      }),
    );
    terminal.out.write(`${showPath(path, workingFolder)}: ${saved.join(', ')}\n`);
    return 0;
  } finally {
    await scope.dispose();
  }
}
