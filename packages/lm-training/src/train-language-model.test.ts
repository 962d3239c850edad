import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from '@interfuse/core';
import { onnx } from '@interfuse/engine-onnx';
import { loadLanguageModel, loadTokenizer } from '@interfuse/lm-adapters';
import { readAllTensors, readHeader, type StoredTensor } from '@interfuse/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureHeldOut } from './held-out.js';
import type { Measurement } from './position.js';
import { type LanguageModelSettings, readSettings } from './settings.js';
import { type TrainedLanguageModel, trainLanguageModel } from './train-language-model.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let engine: Engine;
let folder: string;
/** A training that nothing cuts off. */
let whole: Trained;
beforeAll(async () => {
  engine = await (await onnx.load())({ threads: 1, provider: 'cpu' }, { logger });
  folder = await mkdtemp(join(tmpdir(), 'interfuse-lm-training-'));
  await writeFile(join(folder, 'texts.jsonl'), texts());
  whole = await train({ overrides: ['output=whole'] });
}, 60_000);
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Sentences of a small grammar, so that there is something to learn: which words follow which. */
function texts(): string {
  const who = ['the cat', 'the dog', 'a bird', 'my friend', 'the queen'];
  const does = ['sees', 'likes', 'follows', 'hears'];
  const lines = Array.from({ length: 30 }, (_, document) => {
    const sentences = Array.from({ length: 12 }, (_, i) => {
      const at = document * 12 + i;
      return `${who[at % 5]} ${does[(at * 3 + document) % 4]} ${who[(at * 2 + document) % 5]} ${document}-${i}.`;
    });
    return JSON.stringify({ text: sentences.join(' ') });
  });
  return lines.join('\n');
}

function settingsOf(overrides: string[] = []): LanguageModelSettings {
  return readSettings(
    {
      name: 'Small talk',
      card: { licenceId: 'mit' },
      texts: ['texts.jsonl'],
      output: 'model',
      heldOut: 0.1,
      vocabulary: 300,
      model: { width: 16, layers: 2, heads: 2, contextLength: 16, dropout: 0.1 },
      training: { tokens: 3200, batchSize: 4, learningRate: 0.01, evaluateEvery: 20 },
    } as never,
    overrides,
  );
}

interface Choices {
  readonly overrides?: string[];
  readonly stopAfter?: number;
}

interface Trained {
  readonly result: TrainedLanguageModel;
  readonly measured: readonly Measurement[];
}

async function train({ overrides = [], stopAfter }: Choices = {}): Promise<Trained> {
  const stop = new AbortController();
  const measured: Measurement[] = [];
  const result = await trainLanguageModel({
    settings: settingsOf(overrides),
    resolvePath: (path) => join(folder, path),
    engine,
    signal: stop.signal,
    onMeasured: (one) => measured.push(one),
    onProgress({ updates }) {
      if (updates === stopAfter) stop.abort();
    },
  });
  return { result, measured };
}

const inOutput = (output: string, name = ''): string => join(folder, output, name);

describe('a language model that is trained', () => {
  it('predicts a text that it has not seen better and better', () => {
    expect(whole.result.status).toBe('finished');
    // 3200 tokens in batches of 4 windows of 16.
    expect(whole.measured.map(({ updates, tokens }) => [updates, tokens])).toEqual([
      [20, 1280],
      [40, 2560],
      [50, 3200],
    ]);
    const losses = whole.measured.map(({ heldOut }) => heldOut.loss);
    expect(losses[2]).toBeLessThan(losses[0] as number);
    // Uniform guessing would be ln 300 = 5.70.
    expect(losses[2]).toBeLessThan(4.5);
  });

  it('is written as a folder that the adapters read', async () => {
    const model = await loadLanguageModel(inOutput('whole'), { architecture: 'gpt2' });
    expect(model.config).toMatchObject({ width: 16, layers: 2, vocabulary: 300, contextLength: 16 });
    const { tensors } = readHeader(inOutput('whole', 'model.safetensors'));
    // GPT-2 stores its projections as [inputs, outputs].
    expect(tensors.get('transformer.h.1.mlp.c_fc.weight')).toMatchObject({ type: 'F16', shape: [16, 64] });
    const { encode, decode } = await loadTokenizer(inOutput('whole'), 300);
    expect(decode(encode('the queen hears a bird'))).toBe('the queen hears a bird');
  });

  it('predicts in half precision nearly as it did, and its card says how well', async () => {
    const { best, stored } = whole.result;
    expect(stored?.loss).not.toBe(best?.heldOut.loss);
    expect(stored?.loss).toBeCloseTo(best?.heldOut.loss as number, 2);
    const card = await readFile(inOutput('whole', 'README.md'), 'utf8');
    expect(card).toMatch(/^---\nlicense: mit\n---\n\n# Small talk\n/);
    expect(card).toContain(`| held-out perplexity | ${stored?.perplexity.toFixed(2)} a token |`);
  });

  it.each(['gpt2', 'llama'])('in float32 predicts as it did, as a %s', async (architecture) => {
    const overrides = [
      `model.architecture=${architecture}`,
      `output=${architecture}`,
      'weights=F32',
      'training.tokens=1280',
    ];
    const { best, stored } = (await train({ overrides })).result;
    expect(stored?.loss).toBeCloseTo(best?.heldOut.loss as number, 5);
    expect(stored?.loss).toBeLessThan(Math.log(300));
  });
});

describe('a training that is cut off', () => {
  it('goes on as if it had never stopped, bit for bit, also right before a measurement', async () => {
    const overrides = ['output=parts'];
    const first = await train({ overrides, stopAfter: 20 });
    expect(first).toMatchObject({ result: { status: 'interrupted' }, measured: [] });
    const second = await train({ overrides, stopAfter: 27 });
    expect(second.result).toMatchObject({ status: 'interrupted', best: { updates: 20 } });
    const third = await train({ overrides });
    expect([...second.measured, ...third.measured]).toEqual(whole.measured);
    for (const name of ['model.safetensors', 'README.md']) {
      expect(await readFile(inOutput('parts', name))).toEqual(await readFile(inOutput('whole', name)));
    }
  });

  it('has a folder that can be used, and says that it is not finished', async () => {
    await train({ overrides: ['output=cut'], stopAfter: 25 });
    await loadLanguageModel(inOutput('cut'));
    expect(await readFile(inOutput('cut', 'README.md'), 'utf8')).toContain('The training has not ended');
    expect((await readdir(inOutput('cut', 'training'))).sort()).toEqual([
      'history.json',
      'position.json',
      'run.json',
      'step-25.safetensors',
    ]);
  });

  it('is not continued with other settings or texts', async () => {
    await expect(train({ overrides: ['output=cut', 'training.learningRate=0.02'] })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
      place: expect.stringContaining('run.json'),
    });
    await writeFile(join(folder, 'more.txt'), 'more');
    await expect(train({ overrides: ['output=cut', 'texts=[texts.jsonl, more.txt]'] })).rejects.toMatchObject({
      code: 'CHECKPOINT_MISMATCH',
    });
  });
});

it('accumulated micro-batches make the step of one batch of their size', async () => {
  const overrides = ['model.dropout=0', 'training.tokens=640', 'weights=F32'];
  const once = await train({ overrides: [...overrides, 'output=once'] });
  const accumulate = ['training.batchSize=2', 'training.accumulate=2', 'output=accumulated'];
  const accumulated = await train({ overrides: [...overrides, ...accumulate] });
  expect(accumulated.result.stored?.loss).toBeCloseTo(once.result.stored?.loss as number, 4);
});

it('a folder that holds something else is not written over', async () => {
  await mkdir(join(folder, 'mine'));
  await writeFile(join(folder, 'mine', 'README.md'), 'mine');
  await expect(train({ overrides: ['output=mine'] })).rejects.toMatchObject({ code: 'FILE_EXISTS', got: 'README.md' });
  expect(await readFile(join(folder, 'mine', 'README.md'), 'utf8')).toBe('mine');
});

it('a text that is too short for one batch is named', async () => {
  await expect(train({ overrides: ['training.batchSize=5000', 'output=short'] })).rejects.toMatchObject({
    code: 'DATASET_EMPTY',
  });
});

it('a loss that is no number ends the training', async () => {
  await expect(
    train({ overrides: ['training.learningRate=1e30', 'training.clipNorm=0', 'output=diverged'] }),
  ).rejects.toMatchObject({
    code: 'TRAINING_DIVERGED',
  });
});

it('the loss of a model is that of transformers, on the tokens of its golden', async () => {
  const golden = fileURLToPath(new URL('../../../test/goldens/lm/gpt2', import.meta.url));
  const stored = await readAllTensors(join(golden, 'golden.safetensors'));
  const { input_ids: ids, attention_mask: mask, loss } = stored as Record<string, StoredTensor>;
  const [texts, time] = (ids as StoredTensor).shape as [number, number];
  const model = await loadLanguageModel(golden);
  let sum = 0;
  let predictions = 0;
  for (let row = 0; row < texts; row += 1) {
    const real = [...(mask as StoredTensor).data.subarray(row * time, (row + 1) * time)].filter(
      (one) => one === 1,
    ).length;
    const packed = Int32Array.from((ids as StoredTensor).data.subarray(row * time, row * time + real));
    const shape = { contextLength: time - 1, batchSize: 2 };
    const figures = await measureHeldOut(engine, model, { packed, bytes: 1, padToken: 0 }, shape);
    sum += figures.loss * (real - 1);
    predictions += real - 1;
  }
  expect(sum / predictions).toBeCloseTo((loss as StoredTensor).data[0] as number, 5);
});
