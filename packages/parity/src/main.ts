/** The `parity` command: compares a model with the numbers of another implementation and says how far they are apart. */
import { basename } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { type Comparison, comparisonTable, withinTolerance } from './compare.js';

const help = `usage: parity lm <folder> [--engine cpu|wasm|onnx]
       parity deepmlf <folder> [--engine cpu|wasm|onnx]

lm       a language model: config.json, model.safetensors and golden.safetensors,
         which holds what Hugging Face transformers computes; or a folder of such
         folders
deepmlf  a DeepMLF training step: meta.json and golden.safetensors, which holds
         what the reference modules compute

Prints the largest absolute error of every quantity.
Exit code 0: all within tolerance. 1: one is out of tolerance. 2: bad input.
`;

interface Parity {
  readonly compare: (folder: string, engineId: string) => Promise<Comparison[]>;
  /** What a folder on the command line stands for. */
  readonly folders: (folder: string) => readonly string[];
}

const comparisons: Record<string, () => Promise<Parity>> = {
  async lm() {
    const { lmFolders, lmParity } = await import('./lm.js');
    return { compare: lmParity, folders: lmFolders };
  },
  async deepmlf() {
    const { deepmlfParity } = await import('./deepmlf.js');
    return { compare: deepmlfParity, folders: (folder) => [folder] };
  },
};

export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Runs the command and returns its exit code. */
export async function main(args: readonly string[], streams: Streams): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    streams.out(help);
    return 0;
  }
  try {
    const { parity, folder, engineId } = readArguments(args);
    const { compare, folders } = await parity();
    const each = folders(folder);
    const all: Comparison[] = [];
    for (const one of each) {
      const results = await compare(one, engineId);
      streams.out(`${each.length > 1 ? `${basename(one)}\n` : ''}${comparisonTable(results)}\n`);
      all.push(...results.map((result) => (each.length > 1 ? named(result, one) : result)));
    }
    assertWithinTolerance(all);
    return 0;
  } catch (error) {
    if (!(error instanceof InterfuseError)) throw error;
    streams.error(`${error.message}\n`);
    return error.code === 'PARITY_FAILED' ? 1 : 2;
  }
}

function named(comparison: Comparison, folder: string): Comparison {
  return { ...comparison, quantity: `${basename(folder)}: ${comparison.quantity}` };
}

function readArguments(args: readonly string[]) {
  const positional = [...args];
  const flag = positional.indexOf('--engine');
  const [, engineId = ''] = flag < 0 ? ['', 'cpu'] : positional.splice(flag, 2);
  const [subject = '', folder, ...rest] = positional;
  const parity = Object.hasOwn(comparisons, subject) ? comparisons[subject] : undefined;
  if (parity && folder !== undefined && rest.length === 0) return { parity, folder, engineId };
  throw new InterfuseError('COMMAND_USAGE', {
    place: 'parity',
    expected: 'lm <folder> or deepmlf <folder>',
    got: args.join(' ') || 'nothing',
    remedy: 'See `npm run parity -- --help`.',
  });
}

function assertWithinTolerance(results: readonly Comparison[]): void {
  const out = results.filter((comparison) => !withinTolerance(comparison));
  if (out.length === 0) return;
  throw new InterfuseError('PARITY_FAILED', {
    place: out.map(({ quantity }) => quantity).join(', '),
    expected: 'every error within its tolerance',
    got: `${out.length} of ${results.length} quantities out of tolerance`,
  });
}
