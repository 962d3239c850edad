/** From the `checkpoint` option to a folder: bundled name, path, name of the Hub; and nothing is downloaded on the way. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { LanguageModelHost } from '@interfuse/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkpointFolder } from './checkpoint-folder.js';
import { llama } from './plugin.js';

const frozen = {
  train: 'frozen',
  lora: { rank: 8, alpha: 16, dropout: 0, targets: 'all-linear', from: null },
  precision: 'stored',
} as const;
const commit = '93efa2f097d58c2a74874c7e644dbc9b0cee75a2';
const stories = checkpointFolder('stories260k', (path) => path);

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'interfuse-checkpoint-'));
  vi.stubEnv('HF_HUB_CACHE', join(work, 'hub'));
  vi.stubGlobal('fetch', () => {
    throw new Error('a request was made');
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  rmSync(work, { recursive: true });
});

const resolvePath = (path: string) => join(work, path);
const host: LanguageModelHost = { resolvePath, logger: { debug() {}, info() {}, warn() {} } };

/** A model in the cache, with the contents of the bundled one. */
function cache(name: string, revision = 'main'): string {
  const repository = join(work, 'hub', `models--${name.replace('/', '--')}`);
  const snapshot = join(repository, 'snapshots', commit);
  cpSync(stories, snapshot, { recursive: true });
  mkdirSync(join(repository, 'refs'));
  writeFileSync(join(repository, 'refs', revision), commit);
  return snapshot;
}

describe('a checkpoint', () => {
  it('is a bundled model first, then a folder, then a model in the local cache of the Hub', () => {
    const snapshot = cache('org/model');
    expect(checkpointFolder('org/model', resolvePath)).toBe(snapshot);
    mkdirSync(join(work, 'org/model'), { recursive: true });
    expect(checkpointFolder('org/model', resolvePath)).toBe(join(work, 'org/model'));
    expect(checkpointFolder('./org/model', resolvePath)).toBe(join(work, 'org/model'));
    mkdirSync(join(work, 'stories260k'));
    expect(checkpointFolder('stories260k', resolvePath)).toBe(stories);
    expect(checkpointFolder('./stories260k', resolvePath)).toBe(join(work, 'stories260k'));
  });

  it('may name a branch, a tag or a commit', () => {
    const snapshot = cache('org/model', 'v1');
    expect(checkpointFolder('org/model@v1', resolvePath)).toBe(snapshot);
    expect(checkpointFolder(`org/model@${commit}`, resolvePath)).toBe(snapshot);
    expect(() => checkpointFolder('org/model', resolvePath)).toThrow(/LANGUAGE_MODEL_ABSENT/);
  });

  it('of an old model may be a name alone', () => {
    expect(basename(cache('gpt2'))).toBe(commit);
    expect(checkpointFolder('gpt2', resolvePath)).toContain('models--gpt2');
  });

  it('that is not in the cache is not downloaded: the error names the command that does', () => {
    expect(() => checkpointFolder('HuggingFaceTB/SmolLM2-135M@v2', resolvePath)).toThrow(
      /LANGUAGE_MODEL_ABSENT[\s\S]*interfuse lm pull HuggingFaceTB\/SmolLM2-135M@v2`/,
    );
  });

  it('opens as a language model straight from the cache', async () => {
    cache('org/model');
    const open = await llama.load();
    const { model, tokenizer } = await open({ checkpoint: 'org/model', weights: 'stored', ...frozen }, host);
    expect(model.config.layers).toBe(5);
    expect(tokenizer.encode('Once upon a time')).toEqual([1, 403, 407, 261, 378]);
  });

  it('of which Python has fetched a part only is not taken for whole', async () => {
    const snapshot = cache('org/model');
    rmSync(join(snapshot, 'model.safetensors'));
    const open = await llama.load();
    await expect(open({ checkpoint: 'org/model', weights: 'stored', ...frozen }, host)).rejects.toMatchObject({
      code: 'LANGUAGE_MODEL_ABSENT',
      got: 'a snapshot without model.safetensors',
      remedy: `Fetch the rest: \`interfuse lm pull org/model@${commit}\`.`,
    });
    // The same architecture without its weights needs none of them.
    const { model } = await open({ checkpoint: 'org/model', weights: 'random', ...frozen }, host);
    expect(model.config.layers).toBe(5);
  });
});
