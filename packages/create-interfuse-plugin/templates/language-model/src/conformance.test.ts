import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testLanguageModel } from '@interfuse/testing/vitest';
import { templateNamePlugin } from './plugin.js';

testLanguageModel(templateNamePlugin, { engines: [cpu, wasm], options: [{ checkpoint: 'stories260k' }] });
