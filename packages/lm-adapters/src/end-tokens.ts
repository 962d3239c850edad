/** Which tokens end a text, as a Hugging Face folder or a GGUF file says it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isGguf, openCheckpoint } from './checkpoint.js';
import { readJsonObject } from './model-config.js';

/** One or several, of generation_config.json, or else of config.json; none if neither says so. */
export async function readEndTokens(folder: string): Promise<readonly number[]> {
  if (isGguf(folder)) return endTokensOf((await openCheckpoint(folder)).config.fields);
  for (const name of ['generation_config.json', 'config.json']) {
    const file = join(folder, name);
    const found = endTokensOf(existsSync(file) ? await readJsonObject(file) : {});
    if (found.length > 0) return found;
  }
  return [];
}

function endTokensOf({ eos_token_id: ids }: Readonly<Record<string, unknown>>): number[] {
  return [ids].flat().filter((id): id is number => Number.isInteger(id));
}
