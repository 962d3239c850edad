import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { sinusoids, withPositions } from './sinusoids.js';

const golden = JSON.parse(readFileSync(new URL('../../../test/goldens/deepmlf-modules.json', import.meta.url), 'utf8'));

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs((actual[i] as number) - value)).toBeLessThan(1e-6);
}

it('sinusoidal positions are those of the reference program', () => {
  expectClose(Array.from(sinusoids(4, 6)), golden.sinusoid_d6_L4.all_nonzero.flat(2));
  expectClose(Array.from(sinusoids(3, 30)), golden.sinusoid_d30_first3.flat(2));
});

it('a sequence is scaled by the root of its width before positions are added, and a longer one begins the same', async () => {
  await tf.setBackend('cpu');
  const embedded = async (steps: number) => withPositions(tf.ones([1, steps, 4])).data();
  const short = [...(await embedded(2))];
  expectClose(
    short,
    [...sinusoids(2, 4)].map((value) => value + 2),
  );
  expectClose([...(await embedded(5))].slice(0, 8), short);
});
