import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { late } from './plugin.js';

testFusionPlugin(late, { engines: [cpu, wasm] });
