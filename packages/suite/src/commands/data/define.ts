/** `interfuse data`: names, arguments and help of the commands on datasets. Whatever one needs is imported when it runs. */
import { InterfuseError } from '@interfuse/core';
import type { StreamChoice } from '@interfuse/importers';
import { type Command, InvalidArgumentError } from 'commander';
import type { CommandContext } from '../context.js';
import type { CommonFlags } from './import.js';
import type { SplitFlags, SubsetFlags } from './rearrange.js';

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

  addImporters(imports, context, end);

  data
    .command('inspect')
    .summary('what is in a dataset, and leaks between its splits')
    .description(
      'Counts, lengths, labels, values that are missing or not finite; recordings, groups and texts that splits share.',
    )
    .argument('<folder>', 'a dataset folder')
    .option('--json', 'as JSON')
    .option('--quiet', 'no progress')
    .action(async (folder: string, flags: { json?: boolean; quiet?: boolean }) => {
      const { inspect } = await import('./inspect.js');
      end(await inspect(folder, flags, context));
    });

  data
    .command('validate')
    .summary('check all of a dataset')
    .description('Checks every rule of the format, every hash and every value; names the first problems (exit code 2).')
    .argument('<folder>', 'a dataset folder')
    .option('--quiet', 'no progress')
    .action(async (folder: string, flags: { quiet?: boolean }) => {
      const { validate } = await import('./describe.js');
      end(await validate(folder, flags, context));
    });

  data
    .command('describe')
    .description('what a dataset says about itself')
    .argument('<folder>', 'a dataset folder')
    .option('--json', 'as JSON')
    .action(async (folder: string, flags: { json?: boolean }) => {
      const { describe } = await import('./describe.js');
      end(await describe(folder, flags, context));
    });

  data
    .command('split')
    .summary('split a dataset anew')
    .description('Deals all samples out anew: no group (video, speaker) is in two splits, and labels are spread alike.')
    .argument('<folder>', 'a dataset folder')
    .argument('<out>', 'the dataset folder to be made')
    .option('--shares <train,valid,test>', 'shares of the samples', shares, [0.7, 0.1, 0.2])
    .option('--by <unit>', 'what stays together: group or sample', oneOf('group', 'sample'), 'group')
    .option('--no-stratify', 'do not spread labels alike')
    .option('--seed <number>', 'of the order in which samples are dealt out', wholeNumber(0), 1)
    .option('--resplit <number>', 'so many splits, <out>-1, <out>-2, ..., each with a seed of its own', wholeNumber(1))
    .option('--replace', 'put in the place of folders that exist')
    .option('--quiet', 'no progress')
    .action(async (folder: string, out: string, flags: SplitFlags) => {
      const { split } = await import('./rearrange.js');
      end(await split(folder, out, flags, context));
    });

  data
    .command('subset')
    .summary('make a smaller dataset of one')
    .description('Takes some samples of each split, with labels spread as in the whole; or some of the streams.')
    .argument('<folder>', 'a dataset folder')
    .argument('<out>', 'the dataset folder to be made')
    .option('--share <share>', 'of the samples of each split, such as 0.1', share)
    .option('--train <number>', 'samples to train', wholeNumber(1))
    .option('--valid <number>', 'samples to validate', wholeNumber(1))
    .option('--test <number>', 'samples to test', wholeNumber(1))
    .option('--streams <names>', 'keep these streams only, such as audio,vision', list)
    .option('--no-text', 'leave the texts out')
    .option('--seed <number>', 'of the order in which samples are drawn', wholeNumber(0), 1)
    .option('--replace', 'put in the place of a folder that exists')
    .option('--quiet', 'no progress')
    .action(async (folder: string, out: string, flags: SubsetFlags) => {
      const { subset } = await import('./rearrange.js');
      end(await subset(folder, out, flags, context));
    });
}

function addImporters(imports: Command, context: CommandContext, end: End): void {
  withArrayFlags(imports.command('mmsa'))
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

  withImportFlags(imports.command('csd'))
    .summary('computational sequences of the CMU-MultimodalSDK (.csd)')
    .description(
      'Imports computational sequences: each labelled segment is a sample, its words are the steps, and features are averaged over each word.',
    )
    .argument('<out>', 'the dataset folder to be made')
    .requiredOption('--labels <file>', 'the sequence of labels')
    .requiredOption('--stream <name=file>', 'the sequence of a stream, such as audio=COVAREP.csd; repeat it', pair, {})
    .option(
      '--words <file>',
      'the sequence of words with their times; without it, or with --unaligned, streams keep their rate',
    )
    .option('--unaligned', 'keep the rate of each stream')
    .option(
      '--folds <file>',
      'which videos are in which split: JSON, or the Python file of the SDK (which is not executed)',
    )
    .option('--split <shares>', 'without --folds: shares of the videos, such as 0.7,0.1,0.2', shares)
    .option('--seed <number>', 'of the split', wholeNumber(0))
    .action(async (out: string, flags: CommonFlags & CsdFlags) => {
      const { importFile } = await import('./import.js');
      end(
        await importFile(out, flags, context, async (options, resolve) => {
          const { importCsd } = await import('@interfuse/importers');
          const { labels, words, stream, folds, split, seed, unaligned } = flags;
          return importCsd(resolve(out), {
            ...options,
            labels: resolve(labels),
            streams: Object.fromEntries(Object.entries(stream).map(([name, file]) => [name, resolve(file)])),
            ...(words === undefined ? {} : { words: resolve(words) }),
            ...(folds === undefined ? {} : { folds: resolve(folds) }),
            ...(split === undefined ? {} : { shares: split }),
            ...(seed === undefined ? {} : { seed }),
            ...(unaligned === undefined ? {} : { unaligned }),
          });
        }),
      );
    });

  for (const { name, summary, load } of arrayImporters) {
    withArrayFlags(imports.command(name))
      .summary(summary)
      .description(`Imports ${summary}. The name of each array says its split and what it is: ${arrayNames}.`)
      .argument('<paths...>', 'files, or a folder of them, and last the dataset folder to be made')
      .option(
        '--stream <name=array[from:to]>',
        'make this stream, of an array or some of its features; repeat it',
        stream,
        [],
      )
      .option('--labels <array>', 'the array of the scores; its name without the split')
      .action(async (paths: string[], flags: CommonFlags & ArrayFlags) => {
        const out = paths.at(-1) as string;
        if (paths.length < 2) throw usage(`interfuse data import ${name}`, 'files, and the folder to be made', out);
        const { importFile } = await import('./import.js');
        end(
          await importFile(out, flags, context, async (options, resolve) => {
            const { stream: streams, labels } = flags;
            return (await load())(paths.slice(0, -1).map(resolve), resolve(out), {
              ...options,
              ...(streams.length === 0 ? {} : { streams }),
              ...(labels === undefined ? {} : { labels }),
            });
          }),
        );
      });
  }
}

interface CsdFlags {
  readonly labels: string;
  readonly stream: { readonly [name: string]: string };
  readonly words?: string;
  readonly folds?: string;
  readonly split?: readonly [number, number, number];
  readonly seed?: number;
  readonly unaligned?: boolean;
}

interface ArrayFlags {
  readonly stream: readonly StreamChoice[];
  readonly labels?: string;
}

const arrayNames = 'X_train, train/audio, valid_labels, test_audio_lengths';

const arrayImporters = [
  {
    name: 'h5',
    summary: 'HDF5 files with one array for each split and modality',
    load: async () => (await import('@interfuse/importers')).importH5,
  },
  {
    name: 'npz',
    summary: 'NumPy archives (.npz) and arrays (.npy)',
    load: async () => (await import('@interfuse/importers')).importNpz,
  },
];

/** A command that only has others: alone it shows its help. */
function group(command: Command): Command {
  return command.allowExcessArguments().action((_flags: object, { args: [word] }: Command) => {
    if (word !== undefined) command.error(`unknown command '${word}' of ${command.name()}`);
    command.outputHelp();
  });
}

/** What can be said of arrays that are padded, and whose labels may be classes. */
function withArrayFlags(command: Command): Command {
  return withImportFlags(command)
    .option('--task <kind>', 'regression or classification', oneOf('regression', 'classification'))
    .option('--classes <names>', 'names of the classes in order of their index, such as sad,glad', list)
    .option('--keep-padding', 'keep steps of padding as if they were measured');
}

function withImportFlags(command: Command): Command {
  return command
    .option('--name <name>', 'short name of the dataset')
    .option('--licence <words>', 'licence of the data, which files rarely state')
    .option('--range <lowest,highest>', 'range of the scores, such as -3,3', rangeOfNumbers)
    .option('--non-finite <what>', 'NaN and +infinity: refuse, or read as zero', oneOf('refuse', 'zero'))
    .option('--replace', 'put in the place of a folder that exists')
    .option('--quiet', 'no progress');
}

function usage(place: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('COMMAND_USAGE', { place, expected, got });
}

/** `audio=COVAREP.csd` */
function pair(text: string, before: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const [, name, value] = /^([a-z][a-z0-9_-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined || name in before) {
    throw new InvalidArgumentError('Expected name=value with a new name in lower case.');
  }
  return { ...before, [name]: value };
}

/** `audio=x[300:374]` */
function stream(text: string, before: readonly StreamChoice[]): readonly StreamChoice[] {
  const [, name, array, from, to] = /^([a-z][a-z0-9_-]*)=([^[\]]+)(?:\[(\d+):(\d+)\])?$/.exec(text) ?? [];
  if (name === undefined || array === undefined) {
    throw new InvalidArgumentError('Expected name=array or name=array[from:to], the name in lower case.');
  }
  const columns = from === undefined ? {} : { columns: [Number(from), Number(to)] as const };
  return [...before, { name, array: array.toLowerCase(), ...columns }];
}

/** Shares of train, valid and test. */
function shares(text: string): [number, number, number] {
  const [train = 0, valid = 0, test = 0, ...others] = list(text).map(Number);
  if (train > 0 && valid > 0 && test > 0 && others.length === 0) return [train, valid, test];
  throw new InvalidArgumentError('Expected three shares, such as 0.7,0.1,0.2.');
}

function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a share above 0 and up to 1.');
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number, at least ${least}.`);
  };
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
