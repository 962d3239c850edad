/** Writes the package of a plugin from the templates of its kind: whole, or not at all, and never over what is there. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean, InterfuseError } from '@interfuse/core';
import { packageJson } from './package-json.js';
import { type PluginName, readPluginName } from './plugin-name.js';

export const templateKinds = ['fusion', 'encoder', 'language-model', 'metric', 'dataset'] as const;

export type TemplateKind = (typeof templateKinds)[number];

export interface ScaffoldRequest {
  /** `my-fusion` or `@lab/my-fusion`. */
  readonly name: string;
  /** Default: `fusion`. */
  readonly kind?: string;
  readonly scope?: string;
  /** The folder in which the folder of the plugin is made. */
  readonly workingFolder: string;
}

export interface Scaffolded {
  readonly name: PluginName;
  readonly kind: TemplateKind;
  /** Absolute path. */
  readonly folder: string;
  /** Relative to the folder, sorted. */
  readonly files: readonly string[];
}

// Seen from the sources as well as from the build.
const templates = fileURLToPath(new URL('../templates', import.meta.url));

/** npm leaves files of the first names out of a package, or takes them for its own. */
const renamed: { readonly [file: string]: string } = { gitignore: '.gitignore' };

/** @throws PLUGIN_NAME, COMMAND_USAGE, FILE_EXISTS, FILE_NOT_WRITTEN */
export async function scaffoldPlugin(request: ScaffoldRequest): Promise<Scaffolded> {
  const name = readPluginName(request.name, request.scope);
  const kind = readKind(request.kind ?? 'fusion');
  const folder = resolve(request.workingFolder, name.bare);
  if (await exists(folder)) throw alreadyThere(folder);
  const files = new Map([['package.json', packageJson(name, kind)]]);
  for (const template of ['shared', kind]) {
    for (const [path, text] of await readTemplate(join(templates, template))) files.set(path, fillIn(text, name));
  }
  await writeFolderWhole(folder, files);
  return { name, kind, folder, files: [...files.keys()].sort() };
}

function readKind(written: string): TemplateKind {
  const kind = templateKinds.find((each) => each === written);
  if (kind !== undefined) return kind;
  const guess = didYouMean(written, templateKinds);
  throw new InterfuseError('COMMAND_USAGE', {
    place: '--kind',
    expected: `one of ${templateKinds.join(', ')}`,
    got: `"${written}"`,
    ...(guess === undefined ? {} : { remedy: guess }),
  });
}

async function readTemplate(folder: string): Promise<[path: string, text: string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file): Promise<[string, string]> => {
      const path = relative(folder, file).replaceAll('\\', '/');
      return [renamed[path] ?? path, await readFile(file, 'utf8')];
    }),
  );
}

/** A template is a plugin that works under a name of its own, `@scope/template-name`; here it gets another. */
function fillIn(text: string, name: PluginName): string {
  return text
    .replaceAll('@scope/template-name', name.package)
    .replaceAll('template-name', name.bare)
    .replaceAll('templateName', name.camel)
    .replaceAll('TemplateName', name.pascal)
    .replaceAll('Template name', name.title)
    .replaceAll('(year)', String(new Date().getFullYear()));
}

/** Written beside its place under another name, and renamed when it is whole. */
async function writeFolderWhole(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const draft = `${folder}.draft-${randomUUID()}`;
  try {
    // With the usual permissions, which a folder of mkdtemp has not.
    await mkdir(draft, { recursive: true });
    for (const [path, text] of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), text);
    }
    // Whoever made the folder meanwhile keeps it: only an empty one gives way to a rename.
    if (await exists(folder)) throw alreadyThere(folder);
    await rename(draft, folder);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    if (cause instanceof InterfuseError) throw cause;
    throw new InterfuseError('FILE_NOT_WRITTEN', {
      place: folder,
      expected: 'a folder that can be made',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}

function alreadyThere(folder: string): InterfuseError {
  return new InterfuseError('FILE_EXISTS', {
    place: folder,
    expected: 'a name that nothing here has yet',
    got: 'a file or folder of this name; it was left as it is',
    remedy: 'Choose another name, work in another folder, or move away what is there.',
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
