/** `interfuse data`: names, arguments and help of the commands on datasets. Whatever one needs is imported when it runs. */
import type { Command } from 'commander';
import { group, list, oneOf, share, shares, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { addGenerator } from './define-generate.js';
import { addImporters } from './define-import.js';
import type { SplitFlags, SubsetFlags } from './rearrange.js';

export function addDataCommands(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const data = group(program.command('data')).description('import, generate, inspect, check and rearrange datasets');
  addImporters(group(data.command('import')), context, end);
  addGenerator(data, context, end);

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
