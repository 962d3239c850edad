/** `interfuse schema`: one JSON Schema for config files, for editors. */
import { composedSchema } from '@interfuse/core/config';
import type { CommandContext } from './context.js';
import { openRegistry } from './open-registry.js';

export async function schema(configFile: string | undefined, context: CommandContext): Promise<number> {
  const registry = await openRegistry(configFile, context);
  context.terminal.out.write(`${JSON.stringify(composedSchema(registry), null, 2)}\n`);
  return 0;
}
