import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { early } from './plugin.js';

testFusionPlugin(early, { engines: [cpu, wasm] });
