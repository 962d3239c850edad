/** Blocks of commands: whether each names a command that exists, with flags that it has and a config that is accepted. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from '@interfuse/core';
import { applyOverrides, readConfigFile, resolveConfig } from '@interfuse/core/config';
import type { Command } from 'commander';
import { packageJson } from '../../packages/create-interfuse-plugin/src/package-json.js';
import { readPluginName } from '../../packages/create-interfuse-plugin/src/plugin-name.js';
import { createProgram } from '../../packages/suite/src/program.js';
import { root } from './blocks.js';

/** The arguments of `interfuse`, for a line that runs it; nothing for another line. */
export interface ShellLine {
  readonly text: string;
  readonly words: readonly string[];
}

/** Lines that end in a backslash are one with the next; comments are left out. */
export function linesOf(code: string): ShellLine[] {
  return code
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((text) => ({ text, words: wordsOf(text) }))
    .filter(({ words }) => words.length > 0);
}

/** Words as a shell splits them: quotes hold together, and a word that begins with # begins a comment. */
function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word);
  const comment = words.findIndex((word) => word.startsWith('#'));
  const own = comment < 0 ? words : words.slice(0, comment);
  return own.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, one, other) => one ?? other));
}

/** The arguments of `interfuse` that a line comes to, where it comes to any. */
export function interfuseArguments([first, second, third, ...rest]: readonly string[]): readonly string[] | undefined {
  const all = [second, third, ...rest].filter((word) => word !== undefined);
  if (first === 'interfuse') return all;
  if (first === 'npx' && second === 'interfuse') return all.slice(1);
  if (first === 'npm' && second === 'start') return ['compare', ...all.slice(1).filter((word) => word !== '--')];
  if (first === 'npm' && second === 'create' && third === 'interfuse-plugin') {
    return ['plugins', 'new', ...rest.filter((word) => word !== '--')];
  }
  return undefined;
}

/** @throws what commander throws. @returns the command that would run, and its arguments */
export function parseArguments(args: readonly string[]): { command: string; written: readonly string[] } {
  const silent = { out: { write: () => true }, error: { write: () => true }, environment: {} };
  const context = { terminal: silent, workingFolder: root, signal: new AbortController().signal };
  const program = createProgram(context, () => {});
  let parsed = { command: '--help', written: [] as readonly string[] };
  const wait = (command: Command): void => {
    command.exitOverride();
    for (const each of command.commands) wait(each);
    if (command.commands.length > 0) return;
    command.action((...values: unknown[]) => {
      const [last] = values.slice(-1) as [Command];
      parsed = { command: pathOf(last), written: last.args };
    });
  };
  wait(program);
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if ((error as { code?: string }).code !== 'commander.helpDisplayed') throw error;
  }
  return parsed;
}

function pathOf(command: Command): string {
  return command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

const takesConfig = ['compare', 'train', 'plan', 'ablate'];

/** A config that is not here is the reader's own; its overrides are tried on the default one. @throws what is wrong */
export async function checkConfig(command: string, written: readonly string[], registry: Registry): Promise<void> {
  if (!takesConfig.includes(command)) return;
  const own = command === 'ablate' ? written.slice(1) : written;
  const overrides = own.filter((word) => word.includes('='));
  const [file] = own.filter((word) => !word.includes('='));
  const there = file !== undefined && existsSync(join(root, file)) ? file : 'packages/suite/configs/default.yaml';
  const { config } = await readConfigFile(join(root, there));
  resolveConfig(applyOverrides(config, overrides), registry);
}

/** Commands that are not ours: those that exist in a repository or a plugin's package. @returns what is wrong */
export function otherProblem({ text, words: [first, second = '', third, ...rest] }: ShellLine): string | undefined {
  const scripts = (manifest: string) => Object.keys(JSON.parse(manifest).scripts);
  const own = packageJson(readPluginName('my-fusion'), 'fusion');
  const known = [...scripts(readFileSync(join(root, 'package.json'), 'utf8')), ...scripts(own)];
  const files = [third, ...rest].filter((word) => word?.includes('/') && !word.startsWith('-'));
  switch (`${first} ${second}`) {
    case 'npm test':
    case 'npm install':
      return undefined;
    case 'npm run':
      return known.includes(third ?? '') ? missing(files.slice(0, 1)) : `no script ${third}`;
    case 'npx vitest':
      return missing(files);
    default:
      if (first === 'cd') return undefined;
      if (first === 'node') return missing([second, ...files]);
      return `unknown command: ${text}`;
  }
}

function missing(files: readonly (string | undefined)[]): string | undefined {
  const gone = files.filter((file) => file !== undefined && !existsSync(join(root, file)));
  return gone.length === 0 ? undefined : `no file ${gone.join(', ')}`;
}
