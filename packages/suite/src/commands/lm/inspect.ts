/** `interfuse lm inspect`: what a checkpoint is, without reading its weights. */
import { resolve } from 'node:path';
import { checkpointFolder } from '@interfuse/lm-adapters';
import { type CheckpointFacts, inspectCheckpoint, isProblem } from '@interfuse/lm-adapters/inspect';
import { formatCount, showBytes } from '../../comparison/format.js';
import { textTable } from '../../comparison/table.js';
import type { CommandContext } from '../context.js';

/** @throws LANGUAGE_MODEL_UNKNOWN, LANGUAGE_MODEL_ABSENT, LANGUAGE_MODEL_INVALID, SAFETENSORS_INVALID */
export async function inspect(
  written: string,
  { json = false }: { readonly json?: boolean },
  { terminal, workingFolder }: CommandContext,
): Promise<number> {
  const folder = checkpointFolder(written, (path) => resolve(workingFolder, path), 'interfuse lm inspect');
  const facts = await inspectCheckpoint(folder);
  terminal.out.write(`${json ? JSON.stringify(facts, null, 2) : report(written, facts)}\n`);
  return 0;
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
    `${'memory'.padEnd(14)}${precisions.join(', ')} (weights alone, without the scales of int8 and int4)`,
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
