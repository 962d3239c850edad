import { testMetric } from '@interfuse/testing/vitest';
import { templateNamePlugin } from './plugin.js';

testMetric(templateNamePlugin);
