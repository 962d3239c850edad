/** What a config.json can turn in an architecture, against Hugging Face transformers: see test/goldens/lm-variants. */
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { withinTolerance } from './compare.js';
import { lmFolders, lmParity } from './lm.js';

const goldens = fileURLToPath(new URL('../../../test/goldens/lm-variants', import.meta.url));
const variants = lmFolders(goldens).map((folder) => basename(folder));

it('there are sixteen variants', () => expect(variants).toHaveLength(16));

describe.each(['cpu', 'onnx'])('on the %s engine', (engine) => {
  it.each(variants)('%s computes what Hugging Face transformers computes', async (variant) => {
    const comparisons = await lmParity(join(goldens, variant), engine);
    expect(comparisons.filter((comparison) => !withinTolerance(comparison))).toEqual([]);
    // Two blocks: their three hidden states, logits, loss and gradient.
    expect(comparisons).toHaveLength(6);
  });
});
