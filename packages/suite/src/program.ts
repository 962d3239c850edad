/** The command line: names, arguments and help. Whatever a command needs is imported when it runs. */
import { didYouMean, InterfuseError } from '@interfuse/core';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './commands/context.js';
import { addDataCommands } from './commands/data/define.js';
import { addExperimentCommands } from './commands/define-experiments.js';
import { addPluginCommands } from './commands/define-plugins.js';
import { addRunCommands } from './commands/define-runs.js';
import { addLanguageModelCommands } from './commands/lm/define.js';
import { addStatisticsCommands } from './commands/statistics/define.js';
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
  const { terminal } = context;
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

  addExperimentCommands(program, context, end);
  addRunCommands(program, context, end);
  addPluginCommands(program, context, end);
  addStatisticsCommands(program, context, end);
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
