import type { MetricConformanceSettings } from '@interfuse/testing';
import { testMetric } from '@interfuse/testing/vitest';
import { builtInsOf, testEveryPlugin } from './built-ins.test-support.js';

const settings: { readonly [id: string]: MetricConformanceSettings } = {
  classification: { options: [{}, { perClass: true }] },
  regression: {},
  sentiment: {},
  sims: { range: [-1, 1] },
};

testEveryPlugin(await builtInsOf('metric'), settings, testMetric);
