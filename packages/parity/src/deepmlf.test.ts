import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { withinTolerance } from './compare.js';
import { deepmlfParity } from './deepmlf.js';
import { main } from './main.js';

const golden = fileURLToPath(new URL('../../../test/goldens/deepmlf-training', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'interfuse-parity-'));
afterAll(() => rmSync(work, { recursive: true }));

async function exitCode(folder: string): Promise<{ code: number; error: string }> {
  let error = '';
  const code = await main(['deepmlf', folder], {
    out: () => undefined,
    error: (text) => {
      error += text;
    },
  });
  return { code, error };
}

function changed(name: string, change: (meta: Record<string, never>) => object): string {
  const folder = join(work, name);
  cpSync(golden, folder, { recursive: true });
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ ...meta, ...change(meta) }));
  return folder;
}

describe.each(['cpu', 'wasm'])('on the %s engine', (engine) => {
  it('training has the losses, gradients and final parameters of the authors’ modules', async () => {
    const comparisons = await deepmlfParity(golden, engine);
    expect(comparisons.filter((comparison) => !withinTolerance(comparison))).toEqual([]);
    // 93 tensors have gradients there; four encoder layers pack query, key and value (weight and bias) into one, and two
    // MM Blocks key and value: 93 + 4 * 2 * 2 + 2 leaves here. Two statistics of the batch norm are final values too.
    const leaves = 93 + 16 + 2;
    expect(comparisons).toHaveLength(6 + leaves + 11 + leaves + 2 + 1);
  });
});

describe('the command', () => {
  it('exits 1 when the model is put together differently', async () => {
    const folder = changed('other-weights', () => ({
      loss_weights: { task: 1, fusion: 0.9, av: 0.8, text: 0.7, lm: 1 },
    }));
    const { code, error } = await exitCode(folder);
    expect(code).toBe(1);
    expect(error).toMatch(/where +loss total/);
  });

  it('exits 2 for a folder of another form', async () => {
    expect(await exitCode(join(work, 'absent'))).toMatchObject({ code: 2 });
    expect((await exitCode(changed('no-losses', () => ({ losses: null })))).error).toMatch(
      /FILE_UNREADABLE[\s\S]*no losses/,
    );
  });
});
