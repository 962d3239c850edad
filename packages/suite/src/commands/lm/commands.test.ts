/** `interfuse lm`: from a hub on loopback into the cache, and what is told about what lies there. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointFolder } from '@interfuse/lm-adapters';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HubServer, startHub } from '../../../../hub/src/hub-server.test-support.js';
import { main, type ProcessLike } from '../../main.js';

const commit = '93efa2f097d58c2a74874c7e644dbc9b0cee75a2';
const stories = checkpointFolder('stories260k', (path) => path);
const files = Object.fromEntries(
  readdirSync(stories)
    .filter((name) => name !== 'LICENSE')
    .map((name) => [name, new Uint8Array(readFileSync(join(stories, name)))]),
);
const card = new TextEncoder().encode('---\nlanguage: en\nlicense: mit\n---\n# A model\n');

let hub: HubServer;
let work: string;
beforeAll(async () => {
  hub = await startHub({
    name: 'org/stories',
    revisions: { main: commit },
    files: { ...files, 'README.md': card },
    lfs: ['model.safetensors'],
  });
});
afterAll(() => hub.close());
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'interfuse-lm-'));
  vi.stubEnv('HF_HUB_CACHE', join(work, 'hub'));
  hub.seen.length = 0;
  hub.faults.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(work, { recursive: true });
});

async function interfuse(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const [out, error]: [string[], string[]] = [[], []];
  const like: ProcessLike = {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => error.push(text) },
    env: { HF_HUB_CACHE: join(work, 'hub'), HF_ENDPOINT: hub.endpoint },
    cwd: () => work,
    on: () => undefined,
    off: () => undefined,
  };
  const code = await main(args, like);
  return { code, out: out.join(''), error: error.join('') };
}

describe('lm pull', () => {
  it('fetches a model, which then goes by its name', async () => {
    const pulled = await interfuse('lm', 'pull', 'org/stories');
    expect(pulled).toMatchObject({ code: 0, error: '' });
    expect(pulled.out).toContain(
      `org/stories at commit ${commit}: 1.06 MB fetched and verified of 1.06 MB in 5 files.`,
    );
    const again = await interfuse('lm', 'pull', 'org/stories');
    expect(again.out).toContain('was here: 5 files');
    const { code, out } = await interfuse('lm', 'generate', 'org/stories', '--tokens', '6');
    expect([code, out]).toEqual([0, 'Once upon a time, there\n']);
  });

  it('that is refused ends with code 2 and says what to do', async () => {
    expect(await interfuse('lm', 'pull', 'org/other')).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringMatching(/^HUB_NOT_FOUND/),
    });
    expect(await interfuse('lm', 'pull', '../other')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^COMMAND_USAGE/),
    });
  });
});

describe('lm list', () => {
  it('has what is bundled and what is in the cache, and says what cannot be used', async () => {
    await interfuse('lm', 'pull', 'org/stories');
    const repository = join(work, 'hub/models--org--part');
    mkdirSync(join(repository, 'snapshots', commit), { recursive: true });
    mkdirSync(join(repository, 'refs'));
    writeFileSync(join(repository, 'refs/main'), commit);
    writeFileSync(join(repository, 'snapshots', commit, 'config.json'), '{}');
    const { code, out } = await interfuse('lm', 'list', '--json');
    expect(code).toBe(0);
    const listed = JSON.parse(out);
    expect(listed).toContainEqual({
      checkpoint: 'stories260k',
      from: 'bundled',
      architecture: 'llama',
      parameters: 260_032,
    });
    expect(listed).toContainEqual({
      checkpoint: 'org/stories',
      from: 'cache',
      commit,
      architecture: 'llama',
      parameters: 260_032,
    });
    expect(listed).toContainEqual({
      checkpoint: 'org/part',
      from: 'cache',
      commit,
      problem: 'without tokenizer.json, model.safetensors: `interfuse lm pull org/part`',
    });
    expect((await interfuse('lm', 'list')).out).toMatch(/^org\/stories +cache +llama +260 k +93efa2f0 +yes$/m);
  });
});

describe('lm inspect', () => {
  it('tells what a checkpoint is', async () => {
    await interfuse('lm', 'pull', 'org/stories');
    const { code, out } = await interfuse('lm', 'inspect', 'org/stories', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      folder: join(work, `hub/models--org--stories/snapshots/${commit}`),
      name: 'org/stories',
      commit,
      architecture: 'llama',
      // As the card of the bundled model says.
      sizes: { layers: 5, width: 64, heads: 8, keyHeads: 4, feedForward: 172, vocabulary: 512, context: 512 },
      parameters: 260_032,
      // Norms, 11 x 64 values, in float32; the five matrices [64, 172] have no whole blocks of 32 and stay in float16.
      // A block of 32 has a scale of 4 bytes; the embedding [512, 64] is never held in less than int8.
      memory: { float32: 1_040_128, float16: 521_472, int8: 342_720, int4: 256_960 },
      files: [
        { file: 'model.safetensors', bytes: files['model.safetensors']?.length, tensors: 47, types: { F32: 260_032 } },
      ],
      tokenizer: {
        file: 'tokenizer.json',
        kind: 'BPE',
        vocabulary: 512,
        special: { bos: '<s>', eos: '</s>', unk: '<unk>' },
        pad: 2,
        example: [1, 346, 306, 414, 263, 304, 341],
      },
      licence: 'mit',
      adapter: { use: 'llama' },
    });
    expect((await interfuse('lm', 'inspect', 'org/stories')).out).toContain(
      'To use it: languageModel: { use: llama, options: { checkpoint: org/stories } }',
    );
  });

  it('measures what holding it in fewer bits costs', async () => {
    const { code, out } = await interfuse('lm', 'inspect', 'stories260k', '--precision', 'int4', '--json');
    const { loss } = JSON.parse(out);
    expect([code, loss.precision]).toEqual([0, 'int4']);
    // The matrices of the 256,960 bytes above: all but the norms.
    expect(loss.bytes).toBe(256_960 - 4 * 11 * 64);
    expect(loss.weights.relative).toBeGreaterThan(0.01);
    expect(loss.loss.held).not.toBe(loss.loss.stored);
    const { out: text } = await interfuse('lm', 'inspect', 'stories260k', '--precision', 'int4');
    expect(text).toMatch(/^Held in int4, measured on \d+ tokens of English prose:$/m);
    expect(text).toContain(`${loss.loss.held.toFixed(4)} nats a token, ${loss.loss.stored.toFixed(4)} as stored`);
  });

  it('does not measure a precision that there is not', async () => {
    expect((await interfuse('lm', 'inspect', 'stories260k', '--precision', 'int3')).code).toBe(2);
  });

  it('tells what it can of one that no adapter takes', async () => {
    mkdirSync(join(work, 'strange'));
    writeFileSync(join(work, 'strange/config.json'), '{ "model_type": "mamba", "hidden_size": 8, "n_layer": 2 }');
    const { code, out } = await interfuse('lm', 'inspect', './strange');
    expect(code).toBe(0);
    expect(out).toMatch(/^architecture +mamba$/m);
    expect(out).toMatch(/^width +8$/m);
    expect(out).toContain('No tokenizer that can be used. LANGUAGE_MODEL_INVALID');
    expect(out).toMatch(/No adapter here takes it\. LANGUAGE_MODEL_INVALID: .*got "mamba"/);
  });

  it('of what is not there ends with code 2 and names the command that fetches it', async () => {
    const { code, error } = await interfuse('lm', 'inspect', 'org/absent');
    expect([code, error]).toEqual([
      2,
      expect.stringMatching(/^LANGUAGE_MODEL_ABSENT[\s\S]*interfuse lm pull org\/absent/),
    ]);
  });
});

describe('lm generate', () => {
  it('continues a prompt with the likeliest tokens', async () => {
    const { code, out } = await interfuse(
      'lm',
      'generate',
      'stories260k',
      '--prompt',
      'Once upon a time',
      '--tokens',
      '12',
    );
    // The beginning of what llama2.c tells with this checkpoint at temperature 0.
    expect([code, out]).toEqual([0, 'Once upon a time, there was a little girl named Lily. She\n']);
  });

  it('draws the same text with the same seed', async () => {
    const draw = (seed: string) =>
      interfuse(
        'lm',
        'generate',
        'stories260k',
        '--tokens',
        '16',
        '--temperature',
        '1.2',
        '--top-k',
        '40',
        '--top-p',
        '0.95',
        '--seed',
        seed,
      );
    const first = await draw('1');
    expect(first.code).toBe(0);
    expect(await draw('1')).toEqual(first);
    expect((await draw('2')).out).not.toBe(first.out);
  });

  it.each([
    [['--tokens', '600'], /^TEXT_TOO_LONG[\s\S]*at most 512 tokens/],
    [['--tokens', '0'], /^COMMAND_USAGE/],
    [['--temperature', '-1'], /^COMMAND_USAGE/],
    [['--top-p', '1.5'], /^COMMAND_USAGE/],
    [['--temperature', '0', '--top-k', '3'], /^COMMAND_USAGE[\s\S]*temperature above 0/],
    [['--engine', 'onx'], /^PLUGIN_UNKNOWN[\s\S]*"onnx"/],
  ])('refuses %j', async (flags, expected) => {
    expect(await interfuse('lm', 'generate', 'stories260k', ...flags)).toMatchObject({
      code: 2,
      out: '',
      error: expect.stringMatching(expected),
    });
  });
});
