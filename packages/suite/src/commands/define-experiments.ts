/** Names, arguments and help of the commands on experiments. Whatever one needs is imported when it runs. */
import { didYouMean, InterfuseError } from '@interfuse/core';
import type { Command } from 'commander';
import { questions } from '../ablation/questions.js';
import type { ExperimentRequest } from '../experiment/open-experiment.js';
import { presetFiles } from '../experiment/preset-files.js';
import { oneOf, wholeNumber, wholeNumbers } from './arguments.js';
import type { CommandContext } from './context.js';
import type { LaunchOptions } from './open-launcher.js';

const experimentArguments =
  'a config file (default: interfuse.config.* here, or else the built-in comparison) and overrides, path=value';

interface ExecutionFlags extends LaunchOptions {
  readonly quiet?: boolean;
}

interface TrainFlags extends ExecutionFlags {
  readonly seed?: number;
  readonly stage?: string;
  readonly profile?: boolean;
}

interface AblateFlags extends ExecutionFlags {
  readonly points?: readonly number[];
  readonly seeds?: readonly number[];
}

export function addExperimentCommands(
  program: Command,
  context: CommandContext,
  end: (exitCode: number) => void,
): void {
  const { workingFolder } = context;

  withDetaching(withExecutionFlags(program.command('compare')))
    .summary('compare all strategies of a config')
    .description('Trains every strategy with every seed and prints the ranked table. Finished runs are not run again.')
    .argument('[arguments...]', experimentArguments)
    .option('--preset <name>', 'a comparison that comes with the command: quick (the default), standard or paper')
    .action(async (written: string[], { preset, ...flags }: ExecutionFlags & { preset?: string }) => {
      const { compare } = await import('./compare.js');
      const request = withPreset(readArguments(written, workingFolder), preset);
      end(await compare(request, { quiet: false, ...flags }, context));
    });

  withDetaching(withExecutionFlags(program.command('train')))
    .summary('train one strategy')
    .description('Trains one strategy, with every seed of the config or with one, and prints its figures.')
    .argument('[arguments...]', experimentArguments)
    .option('--seed <number>', 'this seed alone', wholeNumber(0))
    .option('--stage <name>', 'this stage of the config alone, instead of its strategy')
    .option('--profile', 'print where the time of one run goes, by kind of operation; keeps nothing of the run')
    .action(async (written: string[], { profile: profiles, ...flags }: TrainFlags) => {
      if (profiles === true) {
        const { profile } = await import('./profile.js');
        end(await profile(readArguments(written, workingFolder), flags, context));
        return;
      }
      const { train } = await import('./train.js');
      end(await train(readArguments(written, workingFolder), { quiet: false, ...flags }, context));
    });

  withDetaching(withExecutionFlags(program.command('ablate')))
    .summary('ask a question about DeepMLF: depth, tokens, gate, losses, curriculum, backbone, ladder')
    .description(
      'Runs the DeepMLF of a config in every form that a question asks about, with every seed, and reports each with its interval and its paired difference from another. Finished runs are not run again.',
    )
    .argument('<what>', 'the question, one of those below')
    .argument('[arguments...]', experimentArguments)
    .option('--points <numbers>', 'the numbers of depth or tokens to ask about, such as 1,2,4', wholeNumbers(0))
    .option('--seeds <numbers>', 'these seeds', wholeNumbers(0))
    .addHelpText('after', () => `\nQuestions, and what the paper says to them:\n${listQuestions()}\n`)
    .action(async (what: string, written: string[], flags: AblateFlags) => {
      const { ablate } = await import('./ablate.js');
      end(await ablate(what, readArguments(written, workingFolder), { quiet: false, ...flags }, context));
    });

  withExecutionFlags(program.command('search'))
    .summary('try values of options and settings on validation, and write a config with the best')
    .description(
      'Tries what `search` in the config names, the same number of trials for every strategy, with seeds of its own and without opening the test split. Writes <name>.tuned.yaml beside the config. Finished trials are not run again.',
    )
    .argument('[arguments...]', experimentArguments)
    .action(async (written: string[], flags: ExecutionFlags) => {
      const { search } = await import('./search.js');
      end(await search(readArguments(written, workingFolder), { quiet: false, ...flags }, context));
    });

  program
    .command('plan')
    .summary('show what a config would run, without reading a weight')
    .description(
      'Shows the runs of a config, the parameters of each strategy by part, trained and frozen, optimizer steps per epoch, the memory that training takes, and which run folders are there already. Reads no weights.',
    )
    .argument('[arguments...]', experimentArguments)
    .option('--json', 'as JSON')
    .action(async (written: string[], { json = false }: { json?: boolean }) => {
      const { plan } = await import('./plan.js');
      end(await plan(readArguments(written, workingFolder), { json }, context));
    });
}

function withExecutionFlags(command: Command): Command {
  return command
    .option('--jobs <number>', 'runs at a time', wholeNumber(1))
    .option('--launcher <name>', 'where runs are executed: local (the default) or slurm', oneOf('local', 'slurm'))
    .option('--slurm-options <options>', 'options of sbatch, such as "--partition=cpu --time=2:00:00 --mem=8G"')
    .option('--quiet', 'no progress');
}

function withDetaching(command: Command): Command {
  return command.option('--detach', 'submit to Slurm and do not wait: the same command without it collects');
}

function listQuestions(): string {
  return questions
    .map(({ id, title, asks, paper }) => `  ${id.padEnd(11)} ${title} ${asks}\n${' '.repeat(14)}The paper: ${paper}`)
    .join('\n');
}

/** @throws COMMAND_USAGE if there is no such preset, or a config file beside it */
function withPreset(request: ExperimentRequest, preset: string | undefined): ExperimentRequest {
  if (preset === undefined) return request;
  const place = `interfuse compare --preset ${preset}`;
  const names = Object.keys(presetFiles);
  if (!Object.hasOwn(presetFiles, preset)) {
    throw new InterfuseError('COMMAND_USAGE', {
      place,
      expected: `a preset: ${names.join(', ')}`,
      got: `"${preset}"`,
      ...(didYouMean(preset, names) === undefined ? {} : { remedy: didYouMean(preset, names) as string }),
    });
  }
  if (request.configFile !== undefined) {
    throw new InterfuseError('COMMAND_USAGE', {
      place,
      expected: 'a preset or a config file',
      got: `both: ${request.configFile}`,
    });
  }
  return { ...request, configFile: presetFiles[preset as keyof typeof presetFiles] };
}

/** @throws COMMAND_USAGE if there are two config files */
function readArguments(written: readonly string[], workingFolder: string): ExperimentRequest {
  const overrides = written.filter((argument) => argument.includes('='));
  const [configFile, ...others] = written.filter((argument) => !argument.includes('='));
  if (others.length > 0) {
    throw new InterfuseError('COMMAND_USAGE', {
      place: 'command line',
      expected: 'one config file; overrides have the form path=value',
      got: [configFile, ...others].join(' '),
    });
  }
  return { workingFolder, overrides, ...(configFile === undefined ? {} : { configFile }) };
}
