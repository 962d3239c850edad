/** The command line: names, arguments and help. Whatever a command needs is imported when it runs. */
import { didYouMean, InterfuseError } from '@interfuse/core';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { questions } from './ablation/questions.js';
import type { CommandContext } from './commands/context.js';
import { addDataCommands } from './commands/data/define.js';
import { addLanguageModelCommands } from './commands/lm/define.js';
import type { ImportOptions } from './commands/statistics.js';
import type { ExperimentRequest } from './experiment/open-experiment.js';
import { presetFiles } from './experiment/preset-files.js';
import { version } from './version.js';

const examples = `
Examples:
  $ interfuse compare                                  the default comparison
  $ interfuse compare --preset standard                more seeds and epochs
  $ interfuse compare my.yaml seeds=1,2 fusion.use=early
  $ interfuse train fusion.use=deepmlf fusion.options.depth=3 --seed 1
  $ interfuse plan my.yaml
  $ interfuse ablate depth --seeds 1,2,3
  $ interfuse report runs ../other-suite/runs
  $ interfuse export runs/late-s1-0f3c9a52 model.onnx
  $ interfuse rerun runs/late-s1-0f3c9a52
  $ interfuse predict runs/late-s1-0f3c9a52 --input mine/ --output predictions.csv
  $ interfuse plugins describe deepmlf
  $ interfuse plugins new my-fusion
  $ interfuse lm pull HuggingFaceTB/SmolLM2-135M

Arguments with "=" override the config; one without is the config file.
Exit codes: 0 done, 1 unexpected error, 2 bad input, 130 stopped (the same command resumes).`;

const experimentArguments =
  'a config file (default: interfuse.config.* here, or else the built-in comparison) and overrides, path=value';

interface ExecutionFlags {
  readonly jobs?: number;
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

/** Runs one command line and returns its exit code. @throws COMMAND_USAGE, and what the command throws */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode = 0;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new InterfuseError('COMMAND_USAGE', {
      place: `interfuse ${args.join(' ')}`.trimEnd(),
      expected: 'a command with its arguments, as in `interfuse --help`',
      got: error.message.replace(/^error: /, ''),
    });
  }
  return exitCode;
}

/** The program with all its commands; `end` gets the exit code of the one that ran. */
export function createProgram(context: CommandContext, end: (exitCode: number) => void): Command {
  const { terminal, workingFolder } = context;
  const program = new Command('interfuse')
    .description(
      'Compares fusion strategies for multimodal learning: paired by seed, selected on validation, tested once.',
    )
    .version(version)
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => terminal.out.columns ?? 100,
    })
    .allowExcessArguments()
    .action((_flags: object, { args: [word] }: Command) => {
      if (word !== undefined) throw unknownCommand(word, program);
      program.outputHelp();
    });

  withExecutionFlags(program.command('compare'))
    .summary('compare all strategies of a config')
    .description('Trains every strategy with every seed and prints the ranked table. Finished runs are not run again.')
    .argument('[arguments...]', experimentArguments)
    .option('--preset <name>', 'a comparison that comes with the command: quick (the default), standard or paper')
    .action(async (written: string[], { preset, ...flags }: ExecutionFlags & { preset?: string }) => {
      const { compare } = await import('./commands/compare.js');
      const request = withPreset(readArguments(written, workingFolder), preset);
      end(await compare(request, { quiet: false, ...flags }, context));
    });

  withExecutionFlags(program.command('train'))
    .summary('train one strategy')
    .description('Trains one strategy, with every seed of the config or with one, and prints its figures.')
    .argument('[arguments...]', experimentArguments)
    .option('--seed <number>', 'this seed alone', wholeNumber(0))
    .option('--stage <name>', 'this stage of the config alone, instead of its strategy')
    .option('--profile', 'print where the time of one run goes, by kind of operation; keeps nothing of the run')
    .action(async (written: string[], { profile: profiles, ...flags }: TrainFlags) => {
      if (profiles === true) {
        const { profile } = await import('./commands/profile.js');
        end(await profile(readArguments(written, workingFolder), flags, context));
        return;
      }
      const { train } = await import('./commands/train.js');
      end(await train(readArguments(written, workingFolder), { quiet: false, ...flags }, context));
    });

  withExecutionFlags(program.command('ablate'))
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
      const { ablate } = await import('./commands/ablate.js');
      end(await ablate(what, readArguments(written, workingFolder), { quiet: false, ...flags }, context));
    });

  withExecutionFlags(program.command('search'))
    .summary('try values of options and settings on validation, and write a config with the best')
    .description(
      'Tries what `search` in the config names, the same number of trials for every strategy, with seeds of its own and without opening the test split. Writes <name>.tuned.yaml beside the config. Finished trials are not run again.',
    )
    .argument('[arguments...]', experimentArguments)
    .action(async (written: string[], flags: ExecutionFlags) => {
      const { search } = await import('./commands/search.js');
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
      const { plan } = await import('./commands/plan.js');
      end(await plan(readArguments(written, workingFolder), { json }, context));
    });

  program
    .command('report')
    .summary('report finished runs, of one suite or several, as one comparison')
    .description(
      'Compares finished runs without training anything, and writes the report: page, Markdown, LaTeX, CSV and JSON. The runs must have been tested on the same samples by the same metrics.',
    )
    .argument('<runs...>', 'run folders, and folders of run folders')
    .option('--name <name>', 'of the comparison (default: merged, and the files carry a hash of the runs)')
    .option('--output <folder>', 'where the files go (default: here)')
    .action(async (paths: string[], flags: { name?: string; output?: string }) => {
      const { report } = await import('./commands/report.js');
      end(await report(paths, flags, context));
    });

  program
    .command('evaluate')
    .description('compute the figures of a finished run again from its checkpoint')
    .argument('<run>', 'a run folder')
    .option('--missing', 'also with modalities missing: every subset of them, at several drop rates')
    .action(async (folder: string, { missing = false }: { missing?: boolean }) => {
      const { evaluate } = await import('./commands/evaluate.js');
      end(await evaluate(folder, { missing }, context));
    });

  program
    .command('rerun')
    .summary('train a finished run again, beside it, and compare the results byte for byte')
    .description(
      'Trains a finished run again from its stored config, in a folder beside it that is removed afterwards, and compares the results byte for byte. Says what differs, and whether code, data or weights have changed since.',
    )
    .argument('<run>', 'a run folder')
    .option('--quiet', 'no progress')
    .action(async (folder: string, { quiet = false }: { quiet?: boolean }) => {
      const { rerun } = await import('./commands/rerun.js');
      end(await rerun(folder, { quiet }, context));
    });

  program
    .command('predict')
    .summary('predict samples of your own with a finished run')
    .description(
      'Predicts samples with the selected weights of a finished run, after the transforms of the run. Changes nothing of it.',
    )
    .argument('<run>', 'a run folder')
    .requiredOption(
      '--input <path>',
      'samples.jsonl, or a folder with it and a file <stream>.safetensors for each stream, as in a dataset folder; labels are not needed',
    )
    .requiredOption('--output <file>', 'the table to be written (CSV)')
    .option('--force', 'replace a file that is there')
    .action(async (folder: string, flags: { input: string; output: string; force?: boolean }) => {
      const { predictSamples } = await import('./commands/predict.js');
      end(await predictSamples(folder, { force: false, ...flags }, context));
    });

  program
    .command('inspect')
    .summary('look inside a finished run: gates, attention, contribution by modality')
    .description(
      'Looks at the selected weights of a finished run on its validation split: gates by epoch, attention, and what each modality contributes. Writes introspection.json and introspection.html into the run folder.',
    )
    .argument('<run>', 'a run folder')
    .option('--sample <ids...>', 'validation samples to show singly (default: three of them)')
    .action(async (folder: string, flags: { sample?: string[] }) => {
      const { inspectRun } = await import('./commands/inspect.js');
      end(await inspectRun(folder, flags, context));
    });

  program
    .command('export')
    .summary('write a finished run as an ONNX file that runs without Interfuse')
    .description(
      'Writes the selected weights of a finished run and its language model as one ONNX file for inference, runs it with plain ONNX Runtime and compares: no file is left if it does not predict what the run predicts.',
    )
    .argument('<run>', 'a run folder')
    .argument('<file>', 'the model to be written, such as model.onnx')
    .option('--force', 'replace a file that is there')
    .option('--batch <number>', 'only for batches of this size (default: batches of any size)', wholeNumber(1))
    .addHelpText(
      'after',
      '\nExample:\n  $ interfuse export runs/late-s1-0f3c9a52 model.onnx\n\nSee docs/guides/export-a-model.md.',
    )
    .action(async (folder: string, file: string, { force = false, ...flags }: { force?: boolean; batch?: number }) => {
      const { exportModel } = await import('./commands/export.js');
      end(await exportModel(folder, file, { force, ...flags }, context));
    });

  const plugins = program.command('plugins').description('list, describe and start plugins');
  plugins
    .command('list', { isDefault: true })
    .description('list what can stand in each slot of a config')
    .option('--installed', 'list installed packages that say they are plugins, without loading them')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async ({ installed, config }: { installed?: boolean; config?: string }) => {
      const { listInstalled, listPlugins } = await import('./commands/plugins.js');
      end(installed === true ? await listInstalled(context) : await listPlugins(config, context));
    });
  plugins
    .command('describe')
    .description('describe a plugin and its options')
    .argument('<id>', 'its id, such as deepmlf, or fusion/deepmlf')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async (id: string, { config }: { config?: string }) => {
      const { describePlugin } = await import('./commands/plugins.js');
      end(await describePlugin(id, config, context));
    });

  plugins
    .command('new')
    .summary('write the package of a plugin of your own')
    .description(
      'Writes a package into a new folder: a plugin that works as it is, its options, its test, and a config that runs it.',
    )
    .argument('<name>', 'my-fusion, or @lab/my-fusion: the name of the package, and the id of the plugin')
    .option('--kind <kind>', 'fusion, encoder, language-model, metric or dataset', 'fusion')
    .option('--scope <scope>', 'lab, for the name @lab/<name>')
    .action(async (name: string, flags: { kind: string; scope?: string }) => {
      const { newPlugin } = await import('./commands/new-plugin.js');
      end(await newPlugin(name, flags, context));
    });

  const statistics = program.command('stats').description('statistics of predictions');
  statistics
    .command('import')
    .summary('weigh predictions that were made elsewhere')
    .description(
      'The statistics of the comparison for predictions of any program: tables (CSV) with the columns id, label and prediction (or "logit <class>" for each class), and strategy, seed, group and split where they have them. Without them, strategy and seed come from the name of the file, as in mult-s3.csv.',
    )
    .argument('<files...>', 'tables of predictions')
    .option('--metrics <id>', 'metric plugin (default: regression, or classification where there are logits)')
    .option('--primary <name>', 'the metric that decides (default: MAE, or the first)')
    .option('--margin <number>', 'differences smaller than this do not matter', positiveNumber)
    .option('--output <file>', 'write the report as Markdown, too')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async (files: string[], flags: ImportOptions) => {
      const { importPredictions } = await import('./commands/statistics.js');
      end(await importPredictions(files, flags, context));
    });

  addDataCommands(program, context, end);
  addLanguageModelCommands(program, context, end);

  program
    .command('schema')
    .summary('print or write the JSON Schema of config files, for editors')
    .description(
      'Prints the JSON Schema of config files: ids of plugins, and the options of each. With --write it goes to interfuse.schema.json beside a YAML or JSON config, which is made to name it, so that editors complete and check it.',
    )
    .option('--config <file>', 'also load the plugins that this config names')
    .option('--write [file]', 'write it beside this config (default: interfuse.config.* here), plugins included')
    .action(async ({ config, write }: { config?: string; write?: string | true }) => {
      const { schema, writeSchema } = await import('./commands/schema.js');
      if (write === undefined) end(await schema(config, context));
      else end(await writeSchema(write === true ? config : write, context));
    });

  program
    .command('doctor')
    .description('say which engines run on this machine, why the others do not, and what to install')
    .option('--json', 'one JSON object instead of a table')
    .action(async (flags: { json?: boolean }) => {
      const { doctor } = await import('./commands/doctor.js');
      end(await doctor(flags, context));
    });

  return program;
}

function unknownCommand(word: string, program: Command): InterfuseError {
  const known = program.commands.map((command) => command.name());
  return new InterfuseError('COMMAND_USAGE', {
    place: `interfuse ${word}`,
    expected: `a command: ${known.join(', ')}`,
    got: `"${word}"`,
    remedy: `${didYouMean(word, known) ?? ''} See \`interfuse --help\`.`.trimStart(),
  });
}

function withExecutionFlags(command: Command): Command {
  return command
    .option('--jobs <number>', 'worker processes at a time', wholeNumber(1))
    .option('--quiet', 'no progress');
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number, at least ${least}.`);
  };
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** `1,2,4`. */
function wholeNumbers(least: number): (text: string) => number[] {
  return (text) => text.split(',').map(wholeNumber(least));
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
