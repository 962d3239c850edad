/**
 * What the sessions of one frozen checkpoint in half precision hold beside its file: DeepMLF on the shape of GPT-2 base, a program to train
 * and one to evaluate, each with full batches and a smaller last one. Linux tells; elsewhere nothing is measured.
 */
import { cp, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, trainingDefaults } from '@interfuse/core';
import { loadLanguageModel } from '@interfuse/lm-adapters';
import { encodeHeader } from '@interfuse/safetensors';
import { evaluateStep, trainingLeaves, trainStep } from '@interfuse/training/loop';
import { buildDeepmlf, gpt2Folder, inputsOf } from './deepmlf-step.js';

export interface SharedWeights {
  /** Gigabytes of the file, which all sessions map. */
  readonly file: number;
  /** Gigabytes of memory that the process has allocated since before the model was opened. */
  readonly beside: number;
}

export async function measureSharedWeights(engine: Engine): Promise<SharedWeights | undefined> {
  const before = await allocatedBytes();
  if (before === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'interfuse-bench-'));
  try {
    const bytes = await writeCheckpoint(folder);
    const module = await buildDeepmlf(await loadLanguageModel(folder), 0);
    const settings = { ...trainingDefaults, ...module.recipe };
    const task = { kind: 'regression', range: [-3, 3] } as const;
    const store = engine.createStore();
    await store.allocate(trainingLeaves(module, settings), 1);
    const train = engine.compile(trainStep({ module, task, seed: 1, settings }), store);
    const evaluate = engine.compile(evaluateStep({ module, seed: 1 }), store);
    for (const program of [train, evaluate]) {
      for (const batch of [8, 3]) await program.run(inputsOf(0, batch));
    }
    const after = (await allocatedBytes()) as number;
    return { file: bytes / 1e9, beside: (after - before) / 1e9 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Memory of this process that no file backs. */
async function allocatedBytes(): Promise<number | undefined> {
  const text = await readFile('/proc/self/smaps_rollup', 'utf8').catch(() => '');
  const kilobytes = /^Pss_Anon:\s+(\d+)/m.exec(text)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** A Hugging Face folder whose weights are zeros: of the file only the header is written. */
async function writeCheckpoint(folder: string): Promise<number> {
  await cp(gpt2Folder(false), folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, number>;
  const { n_embd: width = 0, n_layer: layers = 0, vocab_size: vocabulary = 0, n_positions: positions = 0 } = config;
  const shapes: Record<string, number[]> = {
    'transformer.wte.weight': [vocabulary, width],
    'transformer.wpe.weight': [positions, width],
    'transformer.ln_f.weight': [width],
    'transformer.ln_f.bias': [width],
  };
  for (let index = 0; index < layers; index += 1) {
    const layer = `transformer.h.${index}`;
    for (const norm of ['ln_1', 'ln_2']) {
      shapes[`${layer}.${norm}.weight`] = [width];
      shapes[`${layer}.${norm}.bias`] = [width];
    }
    const projections = { 'attn.c_attn': [1, 3], 'attn.c_proj': [1, 1], 'mlp.c_fc': [1, 4], 'mlp.c_proj': [4, 1] };
    for (const [name, [inputs = 1, outputs = 1]] of Object.entries(projections)) {
      shapes[`${layer}.${name}.weight`] = [inputs * width, outputs * width];
      shapes[`${layer}.${name}.bias`] = [outputs * width];
    }
  }
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += shape.reduce((size, extent) => size * extent, 2);
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const header = encodeHeader(Object.fromEntries(entries));
  const file = await open(join(folder, 'model.safetensors'), 'w');
  try {
    await file.writeFile(header);
    await file.truncate(header.byteLength + end);
  } finally {
    await file.close();
  }
  return end;
}
