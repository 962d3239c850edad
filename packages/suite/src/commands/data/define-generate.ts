/** `interfuse data generate`: its arguments and help. */
import { type Command, InvalidArgumentError } from 'commander';
import { list, oneOf, shares, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../context.js';
import type { GenerateFlags } from './generate.js';

const examples = `
Examples:
  interfuse data generate xor --redundancy 0 --uniqueness 0           only all modalities together know the label
  interfuse data generate one --redundancy 0 --uniqueness audio=1 --synergy 0
  interfuse data generate words --text --streams audio --task classification --samples 20000`;

export function addGenerator(data: Command, context: CommandContext, end: (exitCode: number) => void): void {
  data
    .command('generate')
    .summary('make a dataset whose best possible score is known')
    .description(
      'Makes streams, and texts if wanted, of which some bits are shown by every modality (redundancy), some by one alone (uniqueness), and some only by all together (synergy: their parity). Computes the best possible score of every subset of the modalities, which comparisons print.',
    )
    .argument('<out>', 'the dataset folder to be made')
    .option('--redundancy <weight>', 'weight in the label of what every modality shows', number, 1)
    .option('--uniqueness <weight>', 'of what one alone shows: a number, or audio=1,vision=0.5', weights, 1)
    .option('--synergy <weight>', 'of what only all together show', number, 1)
    .option('--noise <deviation>', 'with which an averaged stream shows a bit of -1 or 1', number, 0.5)
    .option('--label-noise <weight>', 'weight in the label of what nothing shows', number, 0)
    .option('--task <kind>', 'regression or classification', oneOf('regression', 'classification'), 'regression')
    .option('--classes <number>', 'classes of a classification', wholeNumber(2), 2)
    .option('--streams <names>', 'names of the streams', list, ['audio', 'vision'])
    .option('--text', 'a text, too, of a small vocabulary')
    .option('--width <number>', 'features of each stream', wholeNumber(3), 16)
    .option('--steps <fewest,most>', 'steps of a stream', steps, [4, 16])
    .option('--samples <number>', 'of all splits together, up to 100000', wholeNumber(3), 5000)
    .option('--shares <train,valid,test>', 'shares of the samples', shares, [0.7, 0.1, 0.2])
    .option('--seed <number>', 'the same seed gives the same bytes', wholeNumber(0), 1)
    .option('--name <name>', 'short name of the dataset', 'generated')
    .option('--replace', 'put in the place of a folder that exists')
    .option('--quiet', 'no progress')
    .addHelpText('after', examples)
    .action(async (out: string, flags: GenerateFlags) => {
      const { generate } = await import('./generate.js');
      end(await generate(out, flags, context));
    });
}

function number(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a number, at least 0.');
}

/** `0.5`, or `audio=1,vision=0.5`. */
function weights(text: string): number | { readonly [modality: string]: number } {
  if (!text.includes('=')) return number(text);
  const pairs = list(text).map((part) => {
    const [, name, weight] = /^([a-z][a-z0-9_-]*)=(.+)$/.exec(part) ?? [];
    if (name === undefined || weight === undefined) {
      throw new InvalidArgumentError('Expected a weight, or one for each modality, such as audio=1,vision=0.5.');
    }
    return [name, number(weight)] as const;
  });
  return Object.fromEntries(pairs);
}

function steps(text: string): [number, number] {
  const [fewest = Number.NaN, most = fewest, ...others] = list(text).map(Number);
  if (Number.isInteger(fewest) && Number.isInteger(most) && others.length === 0) return [fewest, most];
  throw new InvalidArgumentError('Expected the fewest and the most steps, such as 4,16.');
}
