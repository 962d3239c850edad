import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { efLstm } from './plugin.js';

testFusionPlugin(efLstm, { engines: [cpu, onnx], options: [{}, { layers: 2, width: 8 }] });
