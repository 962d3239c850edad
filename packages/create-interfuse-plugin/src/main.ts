/** `create-interfuse-plugin <name>`: reads the command line, writes the package, says what comes next. */
import { parseArgs } from 'node:util';
import { InterfuseError, isInterfuseError } from '@interfuse/core';
import { nextSteps } from './next-steps.js';
import { scaffoldPlugin, templateKinds } from './scaffold.js';

const usage = `Usage: npm create interfuse-plugin <name> -- [options]

Writes the package of a plugin into a new folder: a strategy that works, its options, its test, and a config.

  --kind <kind>    ${templateKinds.join(', ')} (default: fusion)
  --scope <scope>  for a name such as @lab/my-fusion
  --help
`;

/** The parts of `process` that the command uses. */
export interface ProcessLike {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  cwd(): string;
}

/** @returns 0: done; 1: unexpected error; 2: bad input */
export async function main(args: readonly string[], process: ProcessLike): Promise<number> {
  try {
    const { name, kind, scope, help } = readArguments(args);
    if (help) {
      process.stdout.write(usage);
      return 0;
    }
    const workingFolder = process.cwd();
    const request = { name, workingFolder, ...(kind === undefined ? {} : { kind }) };
    const scaffolded = await scaffoldPlugin(scope === undefined ? request : { ...request, scope });
    process.stdout.write(nextSteps(scaffolded, workingFolder));
    return 0;
  } catch (error) {
    const isCoded = isInterfuseError(error);
    process.stderr.write(`${isCoded ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    return isCoded ? 2 : 1;
  }
}

function readArguments(args: readonly string[]) {
  const { positionals, values } = parse(args);
  const [name = '', ...others] = positionals;
  if (values.help !== true && (name === '' || others.length > 0)) {
    throw misunderstood(args, `${positionals.length} names`);
  }
  return { name, kind: values.kind, scope: values.scope, help: values.help === true };
}

function parse(args: readonly string[]) {
  const options = {
    kind: { type: 'string' },
    scope: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw misunderstood(args, error instanceof Error ? error.message : String(error));
  }
}

function misunderstood(args: readonly string[], got: string): InterfuseError {
  return new InterfuseError('COMMAND_USAGE', {
    place: `create-interfuse-plugin ${args.join(' ')}`.trimEnd(),
    expected: 'the name of the plugin, and options: `npm create interfuse-plugin my-fusion -- --kind fusion`',
    got,
    remedy: 'See `npm create interfuse-plugin -- --help`.',
  });
}
