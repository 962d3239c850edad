/** Errors for people: a coded one as it is, any other with its stack and what to do about it. */
import { type InterfuseError, isInterfuseError } from '@interfuse/core';
import { painter, type Terminal } from './terminal.js';
import type { Failure } from './workers/messages.js';

export const exitCodes = { unexpected: 1, input: 2, interrupted: 130 } as const;

/** Writes the error and returns the exit code that it stands for. */
export function showError(error: unknown, terminal: Terminal): number {
  const { name = '', message = String(error), stack } = error instanceof Error ? error : {};
  const isCoded = isInterfuseError(error);
  const failure: Failure = isCoded
    ? { code: error.code, message: error.message }
    : { message: name === '' ? message : `${name}: ${message}`, ...(stack === undefined ? {} : { stack }) };
  return showFailure(failure, terminal, isCoded && error.cause instanceof Error ? causeOf(error, error.cause) : '');
}

/** The same for an error that comes from a worker process. */
export function showFailure({ code, message, stack }: Failure, { error, environment }: Terminal, more = ''): number {
  const paint = painter(error, environment);
  if (code !== undefined) {
    const rest = message.startsWith(code) ? message.slice(code.length) : `: ${message}`;
    error.write(`${paint('red', code)}${rest}\n${more}`);
    return exitCodes.input;
  }
  error.write(`${paint('red', 'Unexpected error')}\n${stack ?? message}\n`);
  error.write('This is probably a bug. Please report it with the lines above and what `interfuse doctor` prints.\n');
  return exitCodes.unexpected;
}

/** One line; of an error in somebody's plugin, all that it says of itself. */
function causeOf({ code }: InterfuseError, { message, stack = message }: Error): string {
  if (code === 'PLUGIN_THREW') return `${indented(stack)}\n`;
  return `  because   ${firstLine(message)}\n`;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] as string;
}
