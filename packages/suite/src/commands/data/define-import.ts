/** `interfuse data import`: names, arguments and help of the importers. */
import { basename } from 'node:path';
import { InterfuseError, type Task } from '@interfuse/core';
import type { StreamChoice } from '@interfuse/importers';
import type { Command } from 'commander';
import { list, oneOf, pair, rangeOfNumbers, shares, stream, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../context.js';
import type { CommonFlags } from './import.js';

const importExamples = `
Examples:
  $ interfuse data import mmsa unaligned_50.pkl mosi
  $ interfuse data inspect mosi
  $ interfuse train data.use=folder data.options.path=mosi fusion.use=deepmlf

A pickle is read and never executed: what is not a plain value or a NumPy array is refused.`;

export function addImporters(imports: Command, context: CommandContext, end: (exitCode: number) => void): void {
  imports.description('make a dataset folder of features in another format').addHelpText('after', importExamples);

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

  withTaskFlags(imports.command('csd'))
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

  withImportFlags(imports.command('folder'))
    .summary('recordings: sound files, action units, texts and labels')
    .description(
      'Computes features of recordings. The table (CSV or JSON lines) has the columns split (train, valid, test) and label, and where there are any id, text, audio (a WAV, FLAC or MP3 file), vision (a CSV file of OpenFace), speaker and group; paths are relative to it.',
    )
    .argument('<table>', 'the table; its folder holds the recordings')
    .argument('<out>', 'the dataset folder to be made')
    .option('--classes <names>', 'names of the classes, such as sad,glad, where the label is one of them', list)
    .option('--steps-per-second <number>', 'steps of the streams (default: 8)', wholeNumber(1))
    .action(async (table: string, out: string, flags: CommonFlags & { stepsPerSecond?: number }) => {
      const { name, licence, range, classes, stepsPerSecond } = flags;
      if (range === undefined && classes === undefined) {
        throw usage('interfuse data import folder', '--range lowest,highest or --classes name,name', 'neither');
      }
      const task: Task = classes ? { kind: 'classification', classes } : { kind: 'regression', range: range ?? [0, 1] };
      const { importFile } = await import('./import.js');
      end(
        await importFile(out, flags, context, async ({ signal, progress, replace }, resolve) => {
          const { importRecordings } = await import('@interfuse/datasets/recordings');
          const title = name ?? basename(resolve(out));
          return importRecordings(resolve(table), resolve(out), {
            name: title,
            title,
            licence: licence ?? 'unknown',
            task,
            replace: replace === true,
            ...(stepsPerSecond === undefined ? {} : { stepsPerSecond }),
            ...(signal === undefined ? {} : { signal }),
            ...(progress === undefined ? {} : { progress }),
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

/** For arrays that are padded. */
function withArrayFlags(command: Command): Command {
  return withTaskFlags(command).option('--keep-padding', 'keep steps of padding as if they were measured');
}

/** For labels that may be classes. */
function withTaskFlags(command: Command): Command {
  return withImportFlags(command)
    .option('--task <kind>', 'regression or classification', oneOf('regression', 'classification'))
    .option('--classes <names>', 'names of the classes in order of their index, such as sad,glad', list);
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
