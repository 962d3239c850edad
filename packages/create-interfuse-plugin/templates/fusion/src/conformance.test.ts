import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { templateNamePlugin } from './plugin.js';

testFusionPlugin(templateNamePlugin, { engines: [cpu, wasm] });
