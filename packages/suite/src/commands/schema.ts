/** `interfuse schema`: one JSON Schema for config files, for editors; printed, or written beside a config that then names it. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { composedSchema, findConfigFile, nameSchema } from '@interfuse/core/config';
import { writeFileWhole } from '@interfuse/safetensors';
import type { CommandContext } from './context.js';
import { openRegistry } from './open-registry.js';

/** The file that is written, in the folder of the config. */
const schemaName = 'interfuse.schema.json';

export async function schema(configFile: string | undefined, context: CommandContext): Promise<number> {
  context.terminal.out.write(await schemaText(configFile, context));
  return 0;
}

/**
 * Default: `interfuse.config.*` of the working folder.
 * @throws CONFIG_NOT_FOUND; CONFIG_UNREADABLE if the config is code; what opening its plugins throws
 */
export async function writeSchema(configFile: string | undefined, context: CommandContext): Promise<number> {
  const { terminal, workingFolder } = context;
  const file = configFile === undefined ? await findConfigFile(workingFolder) : resolve(workingFolder, configFile);
  if (file === undefined) {
    throw new InterfuseError('CONFIG_NOT_FOUND', {
      place: 'interfuse schema --write',
      expected: 'a config file',
      got: 'no interfuse.config.* in this folder',
      remedy: 'Name the file: `interfuse schema --write my.yaml`.',
    });
  }
  const shown = relative(workingFolder, file) || file;
  if (!['.yaml', '.yml', '.json'].includes(extname(file))) {
    throw new InterfuseError('CONFIG_UNREADABLE', {
      place: shown,
      expected: 'a config in YAML or JSON',
      got: `a file that ends in ${extname(file) || 'nothing'}`,
      remedy: 'In TypeScript and JavaScript, `defineConfig` of "interfuse/config" does the same.',
    });
  }
  const written = await schemaText(file, context);
  const before = await readFile(file, 'utf8');
  const after = nameSchema(before, basename(file), `./${schemaName}`);
  const target = join(dirname(file), schemaName);
  await writeFileWhole(target, written);
  if (after !== before) await writeFileWhole(file, after);
  terminal.out.write(
    `Wrote ${relative(workingFolder, target)}, which ${shown} ${after === before ? 'names already' : 'now names'}.\n`,
  );
  return 0;
}

async function schemaText(configFile: string | undefined, context: CommandContext): Promise<string> {
  return `${JSON.stringify(composedSchema(await openRegistry(configFile, context)), null, 2)}\n`;
}
