import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { shallow } from './plugin.js';

testFusionPlugin(shallow, { engines: [cpu, wasm] });
