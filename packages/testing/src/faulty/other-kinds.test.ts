import { cpu, wasm } from '@interfuse/engine-tfjs';
import { describe } from 'vitest';
import { encoderChecks } from '../encoder-conformance.js';
import { languageModelChecks } from '../language-model-conformance.js';
import { metricChecks } from '../metric-conformance.js';
import { faultyEncoders } from './encoders.test-support.js';
import { testEveryFault } from './faulty.test-support.js';
import { faultyLanguageModels } from './language-models.test-support.js';
import { faultyMetrics } from './metrics.test-support.js';

const engines = [cpu, wasm] as const;

describe('a language model that', () => {
  testEveryFault(faultyLanguageModels, (plugin) => languageModelChecks(plugin, { engines }));
});

describe('an encoder that', () => {
  testEveryFault(faultyEncoders, (plugin) => encoderChecks(plugin, { engines }));
});

describe('a metric that', () => {
  testEveryFault(faultyMetrics, (plugin) => metricChecks(plugin));
});
