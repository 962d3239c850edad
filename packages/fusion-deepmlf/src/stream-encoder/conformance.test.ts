import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { streamEncoder } from './plugin.js';

testFusionPlugin(streamEncoder, {
  engines: [cpu, wasm],
  options: [{}, { pool: 'mean', streamWidth: 5, seqAug: { streamFeatures: 0.3 } }],
});
