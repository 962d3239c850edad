/** `interfuse ablate`: runs what answers a question about DeepMLF, and reports it point by point. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean, InterfuseError } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { type AblationResult, ablationOf } from '../ablation/ablation.js';
import { deriveAblation } from '../ablation/derive.js';
import { pageAblation, plotAblation } from '../ablation/plot.js';
import { type Question, type QuestionId, questions } from '../ablation/questions.js';
import { jsonAblation, markdownAblation, textAblation } from '../ablation/report.js';
import type { RankedStrategy } from '../comparison/comparison.js';
import { ablationName } from '../comparison/report-name.js';
import type { ExperimentRequest } from '../experiment/open-experiment.js';
import { showPath } from '../show-path.js';
import { compareFinished } from './compare.js';
import { type CommandContext, terminalLogger } from './context.js';
import type { RunLabels } from './execute-runs.js';
import { type LaunchOptions, openLauncher } from './open-launcher.js';

export interface AblateOptions extends LaunchOptions {
  /** Numbers to ask about, in place of those that the question comes with. */
  readonly points?: readonly number[];
  /** In place of those of the config. */
  readonly seeds?: readonly number[];
  readonly quiet: boolean;
}

/** @throws COMMAND_USAGE for an unknown question, and what `deriveAblation` throws */
export async function ablate(
  what: string,
  written: ExperimentRequest,
  { points: chosen, seeds, ...options }: AblateOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  const question = questionNamed(what);
  const launcher = await openLauncher(options);
  const overrides = [...written.overrides, ...(seeds === undefined ? [] : [`seeds=${seeds.join(',')}`])];
  const { points, request, experiment } = await deriveAblation(
    { ...written, overrides },
    question,
    chosen,
    terminalLogger(terminal),
  );
  // Load the tensor library, which a config with an error need not wait for.
  const { planRuns } = await import('../experiment/plan.js');
  const { executeRuns } = await import('./execute-runs.js');
  const runs = await planRuns(experiment);
  const isOfBackbones = points.some(({ languageModel }) => languageModel !== undefined);
  const names = points.map(({ label }) => label);
  const labels: RunLabels = isOfBackbones
    ? { strategies: [experiment.config.fusion[0]?.use as string], backbones: names }
    : { strategies: names, backbones: [] };
  const execution = await executeRuns(experiment, runs, {
    request,
    launcher,
    quiet: options.quiet,
    signal,
    terminal,
    labels,
  });
  if ('exitCode' in execution) return execution.exitCode;

  const comparison = compareFinished(experiment, runs, execution);
  const inOrder = points.map(({ label }) =>
    comparison.strategies.find((strategy) => (isOfBackbones ? strategy.backbone : strategy.label) === label),
  ) as RankedStrategy[];
  const result = ablationOf(question, points, comparison, inOrder);
  const name = ablationName(question.id, {
    name: experiment.config.name,
    overrides: chosen === undefined ? overrides : [...overrides, 'points'],
    runs: runs.map((run) => run.name),
  });
  const files = await writeReports(experiment.outputFolder, name, result);
  terminal.out.write(`${textAblation(result, terminal.out.isTTY === true ? terminal.out.columns : undefined)}\n\n`);
  terminal.out.write(`Report: ${files.map((file) => showPath(file)).join(', ')}\n`);
  return 0;
}

function questionNamed(what: string): Question & { readonly id: QuestionId } {
  const known = questions.map(({ id }) => id);
  const found = questions.find(({ id }) => id === what);
  if (found !== undefined) return found;
  throw new InterfuseError('COMMAND_USAGE', {
    place: `interfuse ablate ${what}`,
    expected: `a question: ${known.join(', ')}`,
    got: `"${what}"`,
    remedy: `${didYouMean(what, known) ?? ''} See \`interfuse ablate --help\`.`.trimStart(),
  });
}

async function writeReports(folder: string, name: string, result: AblationResult): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const stem = join(folder, name);
  const drawing = await plotAblation(result);
  await writeFileWhole(`${stem}.svg`, drawing);
  await writeFileWhole(`${stem}.md`, markdownAblation(result, `${name}.svg`));
  await writeFileWhole(`${stem}.json`, jsonAblation(result));
  await writeFileWhole(`${stem}.html`, pageAblation(result, drawing));
  return ['md', 'html', 'svg', 'json'].map((extension) => `${stem}.${extension}`);
}
