/**
 * Small multiples: the same plot for one thing after another, with the same axes, so that they can be compared by eye.
 * Lines with a band, clouds of points, and tables of shaded cells. Their marks say nothing to those who do not see them:
 * the drawing as a whole does.
 */
import type { TopLevelSpec } from 'vega-lite';
import { colour, config } from './theme.js';

export type Domain = readonly [number, number];

export interface Axis {
  readonly title: string;
  readonly domain: Domain;
}

/** In pixels: two stand side by side on a tablet. */
const [breadth, height] = [230, 170];

const silent = { ...config, aria: false };

function quantitative(field: string, { title, domain }: Axis, extra: object = {}) {
  return {
    field,
    type: 'quantitative' as const,
    scale: { domain: [...domain], nice: false, zero: false },
    axis: { title, tickCount: 5, ...extra },
  };
}

export interface CurvePoint {
  readonly x: number;
  readonly mean: number;
  /** The least and the most. */
  readonly range?: Domain;
}

export interface CurvePlot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curve: readonly CurvePoint[];
  /** The curves of the others, faint. */
  readonly others: readonly (readonly CurvePoint[])[];
  /** Single points on it, as rings. */
  readonly marks: readonly { readonly x: number; readonly y: number }[];
}

/** A line with its band, before the lines of the others. */
export function curvePlot({ title, x, y, curve, others, marks }: CurvePlot): TopLevelSpec {
  const whole = { axis: { title: x.title, tickMinStep: 1, format: 'd', grid: false, tickCount: 5 } };
  const across = { ...quantitative('x', x), ...whole };
  const faint = others.flatMap((points, which) => points.map((point) => ({ x: point.x, mean: point.mean, which })));
  const band = curve.map(({ x: at, range, mean }) => ({ x: at, low: range?.[0] ?? mean, high: range?.[1] ?? mean }));
  return {
    title: { text: title },
    config: silent,
    width: breadth,
    height,
    layer: [
      {
        data: { values: faint },
        mark: { type: 'line', color: colour('faint'), strokeWidth: 1, opacity: 0.3 },
        encoding: { x: across, y: quantitative('mean', y), detail: { field: 'which' } },
      },
      {
        data: { values: band },
        mark: { type: 'area', color: colour('mark'), opacity: 0.25 },
        encoding: { x: across, y: quantitative('low', y), y2: { field: 'high' } },
      },
      {
        data: { values: curve.map(({ x: at, mean }) => ({ x: at, mean })) },
        mark: { type: 'line', color: colour('mark'), strokeWidth: 2, point: { color: colour('mark'), size: 12 } },
        encoding: { x: across, y: quantitative('mean', y) },
      },
      {
        data: { values: marks.map(({ x: at, y: value }) => ({ x: at, value })) },
        mark: { type: 'point', filled: false, size: 45, color: colour('accent'), strokeWidth: 1.5 },
        encoding: { x: across, y: quantitative('value', y) },
      },
    ],
  } as TopLevelSpec;
}

export interface CloudPlot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Points, and the line on which both are the same. */
export function cloudPlot({ title, x, y, points }: CloudPlot): TopLevelSpec {
  const [low, high] = [Math.max(x.domain[0], y.domain[0]), Math.min(x.domain[1], y.domain[1])];
  return {
    title: { text: title },
    config: silent,
    width: breadth,
    height: breadth,
    layer: [
      {
        data: { values: [low, high].map((value) => ({ x: value, y: value })) },
        mark: { type: 'line', color: colour('faint'), strokeDash: [4, 3], strokeWidth: 1 },
        encoding: { x: quantitative('x', x), y: quantitative('y', y) },
      },
      {
        data: { values: points.map((point) => ({ x: round(point.x), y: round(point.y) })) },
        mark: { type: 'point', filled: true, color: colour('mark'), size: 9, opacity: 0.45 },
        encoding: { x: quantitative('x', x), y: quantitative('y', y) },
      },
    ],
  } as TopLevelSpec;
}

/** What is finer than a pixel only makes a drawing larger. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

export interface ShadedCell {
  readonly row: string;
  readonly column: string;
  readonly text: string;
  /** From 0, none, to 1. */
  readonly shade: number;
}

export interface CellsPlot {
  readonly title: string;
  readonly rows: { readonly title: string; readonly names: readonly string[] };
  readonly columns: { readonly title: string; readonly names: readonly string[] };
  readonly cells: readonly ShadedCell[];
  /** Of a cell, in pixels. */
  readonly size: readonly [number, number];
}

/** Breadth of a letter, in pixels. */
const letter = 6.5;

/** So dark that text on it can still be read. */
const darkest = 0.65;

/** A table of texts on more or less colour. */
export function cellsPlot({ title, rows, columns, cells, size }: CellsPlot): TopLevelSpec {
  const axis = { grid: false, ticks: false, domain: false, labelFontSize: 11, labelLimit: 260 };
  const isSlanted = columns.names.some((name) => letter * name.length > size[0]);
  const place = {
    x: {
      field: 'column',
      type: 'nominal' as const,
      sort: [...columns.names],
      scale: { domain: [...columns.names], paddingInner: 0.04, paddingOuter: 0 },
      axis: { ...axis, title: columns.title, orient: 'top' as const, labelAngle: isSlanted ? -40 : 0 },
    },
    y: {
      field: 'row',
      type: 'nominal' as const,
      sort: [...rows.names],
      scale: { domain: [...rows.names], paddingInner: 0.04, paddingOuter: 0 },
      axis: { ...axis, title: rows.title },
    },
  };
  return {
    title: { text: title },
    config: silent,
    data: { values: cells.map((cell) => ({ ...cell, shade: round(darkest * Math.min(Math.max(cell.shade, 0), 1)) })) },
    width: { step: size[0] },
    height: { step: size[1] },
    layer: [
      {
        mark: { type: 'rect', color: colour('mark') },
        encoding: { ...place, opacity: { field: 'shade', type: 'quantitative', scale: null } },
      },
      {
        mark: { type: 'text', color: colour('ink'), fontSize: 11 },
        encoding: { ...place, text: { field: 'text' } },
      },
    ],
  } as TopLevelSpec;
}
