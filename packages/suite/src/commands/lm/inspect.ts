/** `interfuse lm inspect`: what a checkpoint is, without reading its weights; and what holding them in fewer bits costs. */
import { resolve } from 'node:path';
import type { Precision } from '@interfuse/core';
import { checkpointFolder, requireWhole } from '@interfuse/lm-adapters';
import { type CheckpointFacts, inspectCheckpoint, isProblem } from '@interfuse/lm-adapters/inspect';
import type { PrecisionLoss } from '@interfuse/lm-adapters/measure-precision';
import { formatCount, showBytes } from '../../comparison/format.js';
import { textTable } from '../../comparison/table.js';
import { type CommandContext, terminalLogger } from '../context.js';
import { openRegistry } from '../open-registry.js';

export interface InspectFlags {
  readonly json?: boolean;
  /** Computes a text with the weights held so, and as they are stored. */
  readonly precision?: Precision;
}

const place = 'interfuse lm inspect';

/** @throws LANGUAGE_MODEL_UNKNOWN, LANGUAGE_MODEL_ABSENT, LANGUAGE_MODEL_INVALID, SAFETENSORS_INVALID, ENGINE_UNAVAILABLE */
export async function inspect(
  written: string,
  { json = false, precision }: InspectFlags,
  context: CommandContext,
): Promise<number> {
  const { terminal, workingFolder } = context;
  const folder = checkpointFolder(written, (path) => resolve(workingFolder, path), place);
  const facts = await inspectCheckpoint(folder);
  const loss = precision && (await measure(folder, precision, context));
  const lines = loss === undefined ? [] : ['', lossReport(precision as Precision, loss)];
  const told = loss === undefined ? facts : { ...facts, loss: { precision, ...loss } };
  terminal.out.write(`${json ? JSON.stringify(told, null, 2) : [report(written, facts), ...lines].join('\n')}\n`);
  return 0;
}

async function measure(folder: string, precision: Precision, context: CommandContext): Promise<PrecisionLoss> {
  requireWhole(folder, true, place);
  const { measurePrecision } = await import('@interfuse/lm-adapters/measure-precision');
  const create = await (await openRegistry(undefined, context)).get('engine', 'onnx', place).load();
  const engine = await create({} as never, { logger: terminalLogger(context.terminal) });
  try {
    return await measurePrecision(folder, precision, engine);
  } finally {
    await engine.dispose();
  }
}

function lossReport(
  precision: Precision,
  { bytes, weights, logits, loss, changedTokens, tokens }: PrecisionLoss,
): string {
  const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
  const figures: [string, string][] = [
    ['matrices', `${showBytes(bytes)}, scales included`],
    ['weights', `relative error ${percent(weights.relative)}, largest error ${weights.largest.toPrecision(2)}`],
    ['logits', `mean difference ${logits.mean.toPrecision(2)}, largest ${logits.largest.toPrecision(2)}`],
    ['loss', `${loss.held.toFixed(4)} nats a token, ${loss.stored.toFixed(4)} as stored`],
    ['next token', `another is the likeliest after ${percent(changedTokens)} of the tokens`],
  ];
  return [
    `Held in ${precision}, measured on ${tokens} tokens of English prose:`,
    ...figures.map(([title, value]) => `${title.padEnd(14)}${value}`),
  ].join('\n');
}

function report(written: string, facts: CheckpointFacts): string {
  const { folder, name, commit, architecture, sizes, parameters, memory, files, tokenizer, licence, adapter } = facts;
  const size = (value: number | undefined) => (value === undefined ? 'not said' : String(value));
  const lines: [string, string][] = [
    ['folder', folder],
    ...(name === undefined ? [] : ([['model', `${name} at commit ${commit}`]] as [string, string][])),
    ['architecture', architecture],
    ['layers', size(sizes.layers)],
    ['width', size(sizes.width)],
    ['heads', `${size(sizes.heads)}, of keys and values ${size(sizes.keyHeads ?? sizes.heads)}`],
    ['feed-forward', size(sizes.feedForward)],
    ['vocabulary', size(sizes.vocabulary)],
    ['context', `${size(sizes.context)} tokens`],
    ['parameters', `${parameters} (${formatCount(parameters)})`],
    ['licence', licence ?? 'not stated in README.md'],
  ];
  const precisions = Object.entries(memory).map(([precision, bytes]) => `${precision} ${showBytes(bytes)}`);
  return [
    ...lines.map(([title, value]) => `${title.padEnd(14)}${value}`),
    `${'memory'.padEnd(14)}${precisions.join(', ')} (weights alone)`,
    '',
    files.length === 0 ? 'No weights: usable with `weights: random` only.' : textTable(fileTable(facts)),
    '',
    tokenizerLine(tokenizer),
    '',
    isProblem(adapter)
      ? `No adapter here takes it. ${adapter.code}: ${adapter.problem}`
      : `To use it: languageModel: { use: ${adapter.use}, options: { checkpoint: ${written}${files.length === 0 ? ', weights: random' : ''} } }`,
  ].join('\n');
}

function fileTable({ files }: CheckpointFacts) {
  const columns = ['file', 'size', 'tensors', 'values'].map(
    (title, index) => ({ title, align: index === 1 || index === 2 ? 'right' : 'left' }) as const,
  );
  const rows = files.map(({ file, bytes, tensors, types }) => [
    file,
    showBytes(bytes),
    String(tensors),
    Object.entries(types)
      .map(([type, count]) => `${type} ${formatCount(count)}`)
      .join(', '),
  ]);
  return { columns, rows };
}

function tokenizerLine(tokenizer: CheckpointFacts['tokenizer']): string {
  if (isProblem(tokenizer)) return `No tokenizer that can be used. ${tokenizer.code}: ${tokenizer.problem}`;
  const { file, kind, vocabulary, special, pad, example } = tokenizer;
  const tokens = Object.entries(special).map(([name, token]) => `${name} ${token}`);
  const named = tokens.length === 0 ? 'no special tokens named' : tokens.join(', ');
  return `Tokenizer: ${kind} of ${file}, ${vocabulary} tokens; ${named}; pads with ${pad}. "Hello world" is ${example.join(' ')}.`;
}
