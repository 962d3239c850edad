/** Which tokens end a text, as a Hugging Face folder says it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonObject } from './model-config.js';

/** One or several, of generation_config.json, or else of config.json; none if neither says so. */
export async function readEndTokens(folder: string): Promise<readonly number[]> {
  for (const name of ['generation_config.json', 'config.json']) {
    const file = join(folder, name);
    const { eos_token_id: ids } = existsSync(file) ? await readJsonObject(file) : {};
    const found = [ids].flat().filter((id): id is number => Number.isInteger(id));
    if (found.length > 0) return found;
  }
  return [];
}
