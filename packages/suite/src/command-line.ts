/** The command line as data, for documentation: what every command is called, takes and says in its help. */
import type { Command } from 'commander';
import { createProgram } from './program.js';

export interface CommandDescription {
  /** `interfuse data split`. */
  readonly name: string;
  /** `interfuse data split [options] <folder> <out>`. */
  readonly usage: string;
  readonly description: string;
  readonly parameters: readonly Term[];
  /** Without `--help`. */
  readonly options: readonly Term[];
  /** What the help says after its lists; empty if nothing. */
  readonly notes: string;
}

export interface Term {
  readonly term: string;
  /** With the default and the choices, if there are any. */
  readonly description: string;
}

/** All commands that do something, those of groups included, in the order of `--help`; nothing is run. */
export function describeCommands(): CommandDescription[] {
  const silent = { out: { write: () => true }, error: { write: () => true }, environment: {} };
  const context = { terminal: silent, workingFolder: '.', signal: new AbortController().signal };
  return withDescendants(createProgram(context, () => {})).map(describeCommand);
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

function describeCommand(command: Command): CommandDescription {
  const help = command.createHelp();
  return {
    name: pathOf(command),
    usage: help.commandUsage(command),
    description: help.commandDescription(command),
    parameters: command.registeredArguments.map((argument) => ({
      term: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
    })),
    options: command.options.map((option) => ({
      term: help.optionTerm(option),
      description: help.optionDescription(option),
    })),
    notes: notesOf(command),
  };
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** The text that commander prints after the help proper: it has no other way out than the output. */
function notesOf(command: Command): string {
  let printed = '';
  command.configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    getOutHelpWidth: () => 100,
  });
  command.outputHelp();
  return printed.replace(command.helpInformation(), '').trim();
}
