/** `interfuse data`: names, arguments and help of the commands on datasets. Whatever one needs is imported when it runs. */
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../context.js';
import type { CommonFlags } from './import.js';

type End = (exitCode: number) => void;

const importExamples = `
Examples:
  $ interfuse data import mmsa unaligned_50.pkl mosi
  $ interfuse data inspect mosi
  $ interfuse train data.use=folder data.options.path=mosi fusion.use=deepmlf

A pickle is read and never executed: what is not a plain value or a NumPy array is refused.`;

export function addDataCommands(program: Command, context: CommandContext, end: End): void {
  const data = group(program.command('data')).description('import, inspect, check and rearrange datasets');
  const imports = group(data.command('import'))
    .description('make a dataset folder of features in another format')
    .addHelpText('after', importExamples);

  withImportFlags(imports.command('mmsa'))
    .summary('a feature file of MMSA (.pkl)')
    .description('Imports a feature file of MMSA: CMU-MOSI, CMU-MOSEI, CH-SIMS, or another in the same layout.')
    .argument('<file>', 'the pickle; of any size')
    .argument('<out>', 'the dataset folder to be made')
    .option('--text-features', 'import the BERT features, too, as the stream "bert"')
    .action(async (file: string, out: string, flags: CommonFlags & { textFeatures?: boolean }) => {
      const { importFile } = await import('./import.js');
      end(
        await importFile(out, flags, context, async (options, resolve) => {
          const { importMmsa } = await import('@interfuse/importers');
          return importMmsa(resolve(file), resolve(out), { ...options, textFeatures: flags.textFeatures === true });
        }),
      );
    });
}

/** A command that only has others: alone it shows its help. */
function group(command: Command): Command {
  return command.allowExcessArguments().action((_flags: object, { args: [word] }: Command) => {
    if (word !== undefined) command.error(`unknown command '${word}' of ${command.name()}`);
    command.outputHelp();
  });
}

function withImportFlags(command: Command): Command {
  return command
    .option('--name <name>', 'short name of the dataset')
    .option('--licence <words>', 'licence of the data, which files rarely state')
    .option('--task <kind>', 'regression or classification', oneOf('regression', 'classification'))
    .option('--range <lowest,highest>', 'range of the scores, such as -3,3', rangeOfNumbers)
    .option('--classes <names>', 'names of the classes in order of their index, such as sad,glad', list)
    .option('--non-finite <what>', 'NaN and +infinity: refuse, or read as zero', oneOf('refuse', 'zero'))
    .option('--keep-padding', 'keep steps of padding as if they were measured')
    .option('--replace', 'put in the place of a folder that exists')
    .option('--quiet', 'no progress');
}

function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function oneOf(...words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Expected ${words.join(' or ')}.`);
  };
}

function rangeOfNumbers(text: string): [number, number] {
  const [lowest, highest, ...others] = list(text).map((part) => (part === '' ? Number.NaN : Number(part)));
  if (lowest !== undefined && highest !== undefined && lowest < highest && others.length === 0)
    return [lowest, highest];
  throw new InvalidArgumentError('Expected two numbers, the lower first, such as -3,3.');
}
