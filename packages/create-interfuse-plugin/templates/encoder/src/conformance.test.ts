import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testEncoder } from '@interfuse/testing/vitest';
import { templateNamePlugin } from './plugin.js';

testEncoder(templateNamePlugin, { engines: [cpu, wasm] });
