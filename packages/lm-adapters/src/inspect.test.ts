import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkpointFolder } from './checkpoint-folder.js';
import { inspectCheckpoint } from './inspect.js';

const work = mkdtempSync(join(tmpdir(), 'interfuse-inspect-'));
afterAll(() => rmSync(work, { recursive: true }));

it('an index that leads out of its folder is refused, as it is when the model is loaded', async () => {
  const bundled = checkpointFolder('stories260k', (path) => path);
  const folder = join(work, 'checkpoint');
  mkdirSync(folder);
  cpSync(join(bundled, 'config.json'), join(folder, 'config.json'));
  cpSync(join(bundled, 'model.safetensors'), join(work, 'elsewhere.safetensors'));
  const index = join(folder, 'model.safetensors.index.json');
  writeFileSync(index, JSON.stringify({ weight_map: { 'model.norm.weight': '../elsewhere.safetensors' } }));
  await expect(inspectCheckpoint(folder)).rejects.toMatchObject({ code: 'LANGUAGE_MODEL_INVALID', place: index });
});
