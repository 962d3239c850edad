/** `interfuse lm train`: a language model from texts, with a line for each measurement on the held-out ones. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readConfigFile } from '@interfuse/core/config';
import type { LanguageModelTraining, Measurement, TrainedLanguageModel } from '@interfuse/lm-training';
import { readSettings } from '@interfuse/lm-training/settings';
import { lockRun } from '../../run/lock.js';
import { exitCodes } from '../../show-error.js';
import { showPath } from '../../show-path.js';
import { type CommandContext, terminalLogger } from '../context.js';
import { showBar } from '../data/bar.js';

export interface TrainRequest {
  /** Path of the config file. */
  readonly config: string;
  /** `path=value` */
  readonly overrides: readonly string[];
}

/** @throws the errors of reading a config and texts, RUN_LOCKED, CHECKPOINT_MISMATCH, TRAINING_DIVERGED */
export async function trainLanguageModel(
  { config, overrides }: TrainRequest,
  { quiet = false }: { readonly quiet?: boolean },
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const file = await readConfigFile(showPath(resolve(workingFolder, config)));
  const settings = readSettings(file.config, overrides);
  const resolvePath = (path: string): string => resolve(file.folder, path);
  // Load the tensor library, which a config with an error need not wait for.
  const training = await import('@interfuse/lm-training');
  const { onnx } = await import('@interfuse/engine-onnx');

  const locked = training.trainingFolder(resolvePath(settings.output));
  await mkdir(locked, { recursive: true });
  const unlock = await lockRun(locked);
  const bar = showBar(terminal, quiet);
  const say = (line: string): void => {
    if (quiet) return;
    bar.close();
    terminal.out.write(`${line}\n`);
  };
  const engine = await (await onnx.load())({ threads: 0, provider: 'cpu' }, { logger: terminalLogger(terminal) });
  // The bar is of this session, so that it knows how long the rest takes.
  let first: number | undefined;
  try {
    const trained = await training.trainLanguageModel({
      settings,
      resolvePath,
      engine,
      signal,
      onPreparing: (doing, share) => bar.update(share, doing),
      onPrepared: (facts) => say(`${describeTexts(facts)}\n\n${heading}`),
      onProgress({ updates, ofUpdates, loss }) {
        first ??= updates - 1;
        bar.update((updates - first) / (ofUpdates - first), `step ${updates} of ${ofUpdates}  loss ${loss.toFixed(3)}`);
      },
      onMeasured: (measured) => say(row(measured)),
    });
    bar.close();
    terminal.out.write(`${quiet ? '' : '\n'}${describeResult(trained, settings.model.architecture)}\n`);
    return trained.status === 'finished' ? 0 : exitCodes.interrupted;
  } finally {
    bar.close();
    await engine.dispose();
    await unlock();
  }
}

type Facts = Parameters<NonNullable<LanguageModelTraining['onPrepared']>>[0];

function describeTexts({ documents, heldOutDocuments, nearDuplicates, parameters, ...texts }: Facts): string {
  return [
    `${number(parameters)} parameters. Documents to train on: ${number(documents - heldOutDocuments)}`,
    `(${number(texts.trainTokens)} tokens); held out: ${number(heldOutDocuments)} (${number(texts.heldOutTokens)} tokens);`,
    `left out as near-duplicates: ${number(nearDuplicates)}.`,
  ].join(' ');
}

const columns = ['step', 'tokens', 'loss', 'held out', 'perplexity', 'bits/byte'] as const;
const width = 12;
const heading = columns.map((title) => title.padStart(width)).join('');

function row({ updates, tokens, trainLoss, heldOut }: Measurement): string {
  const cells = [
    number(updates),
    number(tokens),
    trainLoss.toFixed(4),
    heldOut.loss.toFixed(4),
    heldOut.perplexity.toFixed(2),
    heldOut.bitsPerByte.toFixed(4),
  ];
  return cells.map((cell) => cell.padStart(width)).join('');
}

function describeResult({ status, folder, best, stored, seconds }: TrainedLanguageModel, architecture: string): string {
  const path = showPath(folder);
  if (best === undefined) return 'Stopped before the first measurement; the same command resumes.';
  const figures = stored ?? best.heldOut;
  return [
    `${path} holds the weights of step ${number(best.updates)}: held-out perplexity ${figures.perplexity.toFixed(2)}, ${figures.bitsPerByte.toFixed(4)} bits per byte.`,
    status === 'finished'
      ? `Trained in ${(seconds / 60).toFixed(1)} minutes. languageModel: { use: ${architecture}, options: { checkpoint: ${path} } }`
      : 'Stopped; the same command resumes.',
  ].join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-GB');
}
