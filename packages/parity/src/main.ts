/** The `parity` command: compares a model with the numbers of another implementation and says how far they are apart. */
import { InterfuseError } from '@interfuse/core';
import { type Comparison, comparisonTable, withinTolerance } from './compare.js';

const help = `usage: parity lm <folder> [--engine cpu|wasm]
       parity deepmlf <folder> [--engine cpu|wasm]

lm       a language model: config.json, model.safetensors and golden.safetensors,
         which holds what Hugging Face transformers computes
deepmlf  a DeepMLF training step: meta.json and golden.safetensors, which holds
         what the reference modules compute

Prints the largest absolute error of every quantity.
Exit code 0: all within tolerance. 1: one is out of tolerance. 2: bad input.
`;

type Parity = (folder: string, engineId: string) => Promise<Comparison[]>;

const comparisons: Record<string, () => Promise<Parity>> = {
  lm: async () => (await import('./lm.js')).lmParity,
  deepmlf: async () => (await import('./deepmlf.js')).deepmlfParity,
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
    const results = await (await parity())(folder, engineId);
    streams.out(`${comparisonTable(results)}\n`);
    assertWithinTolerance(results);
    return 0;
  } catch (error) {
    if (!(error instanceof InterfuseError)) throw error;
    streams.error(`${error.message}\n`);
    return error.code === 'PARITY_FAILED' ? 1 : 2;
  }
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
