import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { mag } from './plugin.js';

testFusionPlugin(mag, { engines: [cpu, onnx], options: [{}, { at: 0, beta: 0.5 }] });
