import { cpu, wasm } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { unimodal } from './plugin.js';

testFusionPlugin(unimodal, { engines: [cpu, wasm], options: [{}, { modality: 'audio' }] });
