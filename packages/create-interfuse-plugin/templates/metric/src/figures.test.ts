/** Figures worked out by hand. */
import { expect, it } from 'vitest';
import { templateNamePlugin } from './plugin.js';

const task = { kind: 'regression', range: [-3, 3] } as const;
const create = await templateNamePlugin.load();
const { columns, compute } = create({ tolerance: 0.5 }, { task });

it('computes the columns that it declares', () => {
  // Errors of 0.5, 0.25, 2 and 0: three of four within 0.5, and a median half way between 0.25 and 0.5.
  const figures = compute(Float32Array.of(0.5, -1.25, 1, 3), Float32Array.of(1, -1, -1, 3));
  expect(figures).toEqual({ Within: 0.75, 'Median error': 0.375 });
  expect(Object.keys(figures)).toEqual(columns.map(({ name }) => name));
});

it('has no figure of nothing', () => {
  expect(Object.values(compute(new Float32Array(), new Float32Array()))).toEqual([Number.NaN, Number.NaN]);
});
