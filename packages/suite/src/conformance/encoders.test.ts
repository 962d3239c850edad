import { cpu, wasm } from '@interfuse/engine-tfjs';
import type { EncoderConformanceSettings } from '@interfuse/testing';
import { testEncoder } from '@interfuse/testing/vitest';
import { builtInsOf, testEveryPlugin } from './built-ins.test-support.js';

const settings: { readonly [id: string]: Omit<EncoderConformanceSettings, 'engines'> } = {
  lstm: { options: [{ width: 8 }, { width: 8, bidirectional: false, steps: 4 }] },
  mean: {},
  transformer: {
    options: [
      { width: 8, heads: 2 },
      { width: 8, heads: 2, steps: 4, batchNorm: true },
      { width: 8, heads: 2, steps: 4, align: 'strided', masked: false },
    ],
  },
};

testEveryPlugin(await builtInsOf('encoder'), settings, (plugin, own) =>
  testEncoder(plugin, { engines: [cpu, wasm], ...own }),
);
