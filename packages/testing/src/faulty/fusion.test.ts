import { cpu, wasm } from '@interfuse/engine-tfjs';
import { describe } from 'vitest';
import { fusionChecks } from '../fusion-conformance.js';
import { testEveryFault } from './faulty.test-support.js';
import { faultyFusion } from './fusion.test-support.js';

describe('a fusion plugin that', () => {
  testEveryFault(faultyFusion, (plugin) => fusionChecks(plugin, { engines: [cpu, wasm] }));
});
