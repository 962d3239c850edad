/**
 * Means with their intervals and the values that they are the means of: over numbers they stand side by side and are
 * joined by a line; over things they stand one below another, so that names have room.
 */
import type { TopLevelSpec } from 'vega-lite';
import { colour, config } from './theme.js';

export interface PlottedPoint {
  readonly label: string;
  /** Where it stands on an axis of numbers. */
  readonly x?: number;
  readonly mean: number;
  readonly interval?: readonly [number, number];
  /** One dot each. */
  readonly values: readonly number[];
  /** Drawn in another colour, as what the others are compared with. */
  readonly isReference?: boolean;
}

/** A value that belongs to no point, as a dashed line. */
export interface Rule {
  readonly label: string;
  readonly value: number;
}

export interface PointsPlot {
  readonly title: string;
  readonly axis: { readonly title: string; readonly scale: 'number' | 'category' };
  /** What is measured, with the direction in which it gets better. */
  readonly figure: string;
  readonly points: readonly PlottedPoint[];
  readonly rules?: readonly Rule[];
}

/** In pixels: narrow enough for a phone. */
const [breadth, rowHeight] = [420, 42];

/** The specification of the plot in Vega-Lite, for `renderPlot`. */
export function pointsPlot({ title, axis, figure, points, rules = [] }: PointsPlot): TopLevelSpec {
  const isNumeric = axis.scale === 'number';
  const rows = points.map(({ label, x, mean, interval, isReference = false }) => ({
    at: isNumeric ? x : label,
    mean,
    low: interval?.[0] ?? mean,
    high: interval?.[1] ?? mean,
    isReference,
  }));
  const dots = points.flatMap(({ label, x, values }) => values.map((value) => ({ at: isNumeric ? x : label, value })));
  const place = isNumeric
    ? {
        field: 'at',
        type: 'quantitative' as const,
        axis: { title: axis.title, values: rows.map(({ at }) => Number(at)), format: 'd', grid: false },
        scale: { zero: false, nice: false, padding: 20 },
      }
    : {
        field: 'at',
        type: 'nominal' as const,
        sort: null,
        // Above its row: beside it, long names would leave a phone no room for the plot.
        axis: {
          title: null,
          grid: false,
          ticks: false,
          domain: false,
          // Over the rules, which run through it.
          zindex: 1,
          labelAlign: 'left',
          labelPadding: -2,
          labelOffset: -14,
        },
      };
  const scale = { zero: false, nice: true };
  const measured = (field: string) => ({
    field,
    type: 'quantitative' as const,
    scale,
    axis: { title: figure, tickCount: 6 },
  });
  const [along, across] = isNumeric ? (['x', 'y'] as const) : (['y', 'x'] as const);
  const of = (field: string, extra: object = {}) => ({ [along]: place, [across]: { ...measured(field), ...extra } });
  const marked = { condition: { test: 'datum.isReference', value: colour('accent') }, value: colour('mark') };

  const layers: object[] = [
    ...rules.map(({ label, value }) => ({
      data: { values: [{ value, label }] },
      layer: [
        {
          mark: { type: 'rule', strokeDash: [4, 3], color: colour('faint') },
          encoding: { [across]: measured('value') },
        },
        {
          mark: {
            type: 'text',
            color: colour('faint'),
            fontSize: 11,
            baseline: 'bottom',
            ...(isNumeric ? { dx: 4, dy: -4 } : { dx: 0, dy: -2, align: 'center' }),
          },
          encoding: { [across]: measured('value'), [along]: { value: 0 }, text: { field: 'label' } },
        },
      ],
    })),
    ...(isNumeric
      ? [{ mark: { type: 'line', color: colour('mark'), strokeWidth: 1.5, opacity: 0.5 }, encoding: of('mean') }]
      : []),
    {
      mark: { type: 'rule', strokeWidth: 2.5 },
      encoding: { ...of('low'), [`${across}2`]: { field: 'high' }, color: marked },
    },
    {
      data: { values: dots },
      mark: { type: 'point', filled: false, size: 26, color: colour('faint'), strokeWidth: 1 },
      encoding: of('value'),
    },
    { mark: { type: 'point', filled: true, size: 75, opacity: 1 }, encoding: { ...of('mean'), color: marked } },
  ];
  return {
    title: { text: title },
    config,
    data: { values: rows },
    width: breadth,
    height: isNumeric ? 240 : { step: rowHeight },
    layer: layers,
  } as TopLevelSpec;
}
