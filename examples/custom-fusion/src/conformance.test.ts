import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { gatedUnit } from './plugin.js';

testFusionPlugin(gatedUnit, { engines: [cpu, wasm] });
