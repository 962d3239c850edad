/** It computes what another implementation of the same architecture computes: here Interfuse's own. Put yours in its place. */
import type { LanguageModelPlugin } from '@interfuse/core';
import { wasm } from '@interfuse/engine-tfjs';
import { llama } from '@interfuse/lm-adapters';
import { greedyDecode } from '@interfuse/lm-adapters/generate';
import { expect, it } from 'vitest';
import { templateNamePlugin } from './plugin.js';

const logger = { debug() {}, info() {}, warn() {} };

/** What the model writes after a few words. */
async function write(plugin: LanguageModelPlugin): Promise<string> {
  const create = await plugin.load();
  const engine = await (await wasm.load())({}, { logger });
  try {
    const host = { resolvePath: (path: string) => path, logger };
    const { model, tokenizer } = await create({ checkpoint: 'stories260k' } as never, host);
    return tokenizer.decode(await greedyDecode(model, engine, tokenizer.encode('Once upon a time'), 12));
  } finally {
    await engine.dispose();
  }
}

it('writes what Llama writes', async () => {
  const own = await write(templateNamePlugin as unknown as LanguageModelPlugin);
  expect(own.length).toBeGreaterThan(12);
  expect(own).toBe(await write(llama as unknown as LanguageModelPlugin));
}, 60_000);
