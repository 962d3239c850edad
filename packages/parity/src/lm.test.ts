import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAllTensors, writeSafetensors } from '@interfuse/safetensors';
import { afterAll, describe, expect, it } from 'vitest';
import { withinTolerance } from './compare.js';
import { lmFolders, lmParity } from './lm.js';
import { main } from './main.js';

const goldens = fileURLToPath(new URL('../../../test/goldens/lm', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'interfuse-parity-'));
afterAll(() => rmSync(work, { recursive: true }));

async function command(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  let out = '';
  let error = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
}

const families = lmFolders(goldens).map((folder) => basename(folder));

it('there are eleven families', () => expect(families).toHaveLength(11));

describe.each(['cpu', 'wasm', 'onnx'])('on the %s engine', (engine) => {
  it.each(families)('%s computes what Hugging Face transformers computes', async (family) => {
    const comparisons = await lmParity(join(goldens, family), engine);
    expect(comparisons.filter((comparison) => !withinTolerance(comparison))).toEqual([]);
    // Three blocks: their four hidden states, logits, loss and gradient.
    expect(comparisons).toHaveLength(7);
  });
});

describe('the command', () => {
  it('prints every quantity and exits 0 when all are within tolerance', async () => {
    const { code, out } = await command('lm', join(goldens, 'llama'));
    expect(code).toBe(0);
    expect(out).toMatch(/hidden states after block 1 +\S+e-\d+ +1e-5 +ok/);
    expect(out).toContain('gradient of embeddings');
  });

  it('exits 1 and names the quantity when one is out of tolerance', async () => {
    const folder = join(work, 'moved');
    cpSync(join(goldens, 'llama'), folder, { recursive: true });
    const golden = await readAllTensors(join(folder, 'golden.safetensors'));
    const logits = golden.logits as { shape: number[]; data: Float32Array };
    logits.data[0] = (logits.data[0] as number) + 0.01;
    await writeSafetensors(join(folder, 'golden.safetensors'), golden);
    const { code, out, error } = await command('lm', folder);
    expect(code).toBe(1);
    expect(out).toMatch(/logits +1\.00e-2 +1e-4 +OUT OF TOLERANCE/);
    expect(error).toContain('PARITY_FAILED');
    expect(error).toMatch(/where +logits\n/);
  });

  it('compares every model of a folder of models, and names the one that is out of tolerance', async () => {
    const folder = join(work, 'several');
    for (const family of ['gpt2', 'opt']) cpSync(join(goldens, family), join(folder, family), { recursive: true });
    const { code, out } = await command('lm', folder, '--engine', 'onnx');
    expect(code).toBe(0);
    expect(out.match(/^(gpt2|opt)$/gm)).toEqual(['gpt2', 'opt']);
    const file = join(folder, 'opt', 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...config, activation_function: 'gelu' }));
    const { code: second, error } = await command('lm', folder);
    expect(second).toBe(1);
    expect(error).toMatch(/where +opt: /);
  });

  it('notices a config that computes something else than the weights were trained for', async () => {
    const folder = join(work, 'theta');
    cpSync(join(goldens, 'llama'), folder, { recursive: true });
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, rope_parameters: { rope_theta: 5000 } }));
    expect((await command('lm', folder)).code).toBe(1);
  });

  it.each([
    ['no arguments', [], 'COMMAND_USAGE'],
    ['an unknown subject', ['vision', 'folder'], 'COMMAND_USAGE'],
    ['a folder that does not exist', ['lm', join(work, 'absent')], 'LANGUAGE_MODEL_INVALID'],
    ['an unknown engine', ['lm', join(goldens, 'llama'), '--engine', 'abacus'], 'PLUGIN_UNKNOWN'],
  ])('exits 2 with a coded error for %s', async (_, args, expected) => {
    const { code, out, error } = await command(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(error).toContain(expected);
  });

  it('explains itself', async () => {
    expect(await command('--help')).toMatchObject({ code: 0, error: '' });
  });
});
