/** Reads a config file: YAML, JSON, or a TypeScript or JavaScript module with a default export. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { InterfuseError } from '../errors.js';
import { show } from '../show.js';
import { suggest } from '../suggest.js';
import type { ConfigInput } from './effective-config.js';
import { isRecord } from './plain-copy.js';

const dataExtensions = ['.yaml', '.yml', '.json'];
const codeExtensions = ['.ts', '.mts', '.js', '.mjs'];
const fileNames = [...codeExtensions, ...dataExtensions].map((extension) => `interfuse.config${extension}`);

export interface ConfigFile {
  readonly config: ConfigInput;
  /** Absolute path. */
  readonly file: string;
  /** Its folder: what relative paths of the config start from. */
  readonly folder: string;
}

/** The config file that a folder holds under one of the usual names (`interfuse.config.yaml`, ...), if it holds one. */
export async function findConfigFile(folder: string): Promise<string | undefined> {
  for (const name of fileNames) {
    const path = join(folder, name);
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** @throws CONFIG_NOT_FOUND; CONFIG_UNREADABLE with line and column. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const file = resolve(path);
  if (!(await isFile(file))) throw await notFound(path, file);
  const config = await parse(path, file);
  if (!isRecord(config)) {
    throw new InterfuseError('CONFIG_UNREADABLE', {
      place: path,
      expected: 'sections with names, such as `data:` and `fusion:`',
      got: config === null ? 'an empty file' : show(config),
    });
  }
  return { config: withoutSchema(config), file, folder: dirname(file) };
}

/** `$schema` is for editors and no part of the config. */
function withoutSchema({ $schema: _, ...config }: ConfigInput): ConfigInput {
  return config;
}

async function parse(path: string, file: string): Promise<unknown> {
  const extension = extname(file);
  if (codeExtensions.includes(extension)) return importDefault(path, file);
  if (!dataExtensions.includes(extension)) {
    throw new InterfuseError('CONFIG_UNREADABLE', {
      place: path,
      expected: `a file that ends in ${[...dataExtensions, ...codeExtensions].join(', ')}`,
      got: extension === '' ? 'no ending' : extension,
    });
  }
  return parseText(await readFile(file, 'utf8'), path, extension === '.json' ? 'json' : 'core');
}

/** JSON is read by the YAML parser too: it reports line and column, which JSON.parse of Node 20 does not. */
function parseText(text: string, path: string, schema: 'json' | 'core'): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema, prettyErrors: false });
  const [problem] = document.errors;
  if (problem === undefined) return document.toJS();
  const { line, col } = lines.linePos(problem.pos[0]);
  throw new InterfuseError('CONFIG_UNREADABLE', {
    place: `${path}:${line}:${col}`,
    expected: schema === 'json' ? 'JSON' : 'YAML',
    got: `${problem.message}, in the line ${show(text.split('\n')[line - 1]?.trim() ?? '')}`,
    cause: problem,
  });
}

async function importDefault(path: string, file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  let loaded: unknown;
  try {
    loaded = await createJiti(import.meta.url, { interopDefault: false }).import(file);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new InterfuseError('CONFIG_UNREADABLE', {
      place: placeOfFailure(path, cause),
      expected: 'a module that loads',
      got: message.split('\n')[0] ?? message,
      cause,
    });
  }
  const exported = loaded as { readonly default?: unknown };
  if (!isRecord(exported.default)) {
    throw new InterfuseError('CONFIG_UNREADABLE', {
      place: path,
      expected: '`export default` with an object',
      got: show(exported.default),
    });
  }
  return exported.default;
}

/** `file:line:column`, where the error or its stack says it. */
function placeOfFailure(path: string, cause: unknown): string {
  const text = cause instanceof Error ? `${cause.message}\n${cause.stack ?? ''}` : '';
  const found = new RegExp(`${basename(path).replaceAll('.', '\\.')}:(\\d+):(\\d+)`).exec(text);
  return found === null ? path : `${path}:${found[1]}:${found[2]}`;
}

async function notFound(path: string, file: string): Promise<InterfuseError> {
  const beside = await readdir(dirname(file)).catch(() => []);
  const guess = suggest(
    basename(file),
    beside.filter((name) => name !== basename(file)),
  );
  const details = { place: path, expected: 'a config file', got: 'no file at this path' };
  return new InterfuseError(
    'CONFIG_NOT_FOUND',
    guess === undefined ? details : { ...details, remedy: `Did you mean "${join(dirname(path), guess)}"?` },
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
