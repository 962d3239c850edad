import { onnx } from '@interfuse/engine-onnx';
import { cpu } from '@interfuse/engine-tfjs';
import { testFusionPlugin } from '@interfuse/testing/vitest';
import { alignedEarly } from './plugin.js';

testFusionPlugin(alignedEarly, { engines: [cpu, onnx] });
