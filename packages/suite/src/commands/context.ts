/** What every command gets from the command line. */
import type { Logger } from '@interfuse/core';
import type { Terminal } from '../terminal.js';

export interface CommandContext {
  readonly terminal: Terminal;
  readonly workingFolder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Warnings go where errors go. */
export function terminalLogger({ error }: Terminal): Logger {
  return { debug() {}, info() {}, warn: (message) => error.write(`${message}\n`) };
}
