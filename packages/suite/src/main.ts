/** The `interfuse` command: runs what the command line says and returns the exit code. */
import { setTimeout } from 'node:timers/promises';
import type { CommandContext } from './commands/context.js';
import { runProgram } from './program.js';
import { exitCodes, showError } from './show-error.js';
import type { Output, Terminal } from './terminal.js';

/** From Ctrl-C to the end of the command, at most. */
const stopMilliseconds = 1800;

/** The parts of `process` that the command uses. */
export interface ProcessLike {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Terminal['environment'];
  cwd(): string;
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** @returns 0: done; 1: unexpected error; 2: bad input; 130: stopped by Ctrl-C */
export async function main(args: readonly string[], process: ProcessLike): Promise<number> {
  const terminal: Terminal = { out: process.stdout, error: process.stderr, environment: process.env };
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const context: CommandContext = { terminal, workingFolder: process.cwd(), signal: stop.signal };
  try {
    return await Promise.race([runProgram(args, context), outOfPatience(stop.signal)]);
  } catch (error) {
    return stop.signal.aborted ? exitCodes.interrupted : showError(error, terminal);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** Ends a command that does not stop by itself in time. */
async function outOfPatience(signal: AbortSignal): Promise<number> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await setTimeout(stopMilliseconds, undefined, { ref: false });
  return exitCodes.interrupted;
}
