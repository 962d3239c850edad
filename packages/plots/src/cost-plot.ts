/** What things cost, on a logarithmic axis, and what they are worth; each with its name beside it. */
import type { TopLevelSpec } from 'vega-lite';
import { colour, config } from './theme.js';

export interface CostPoint {
  readonly label: string;
  /** Above 0. */
  readonly cost: number;
  readonly worth: number;
  readonly interval?: readonly [number, number];
}

export interface CostPlot {
  readonly title: string;
  readonly cost: string;
  readonly worth: string;
  readonly points: readonly CostPoint[];
}

/** In pixels: narrow enough for a phone. */
const [breadth, height] = [420, 280];
const [line, letter, gap] = [13, 6, 8];
const longestName = 26;

export function costPlot({ title, cost, worth, points }: CostPlot): TopLevelSpec {
  const across = logDomain(points.map((point) => point.cost));
  const up = linearDomain(points.flatMap((point) => [point.worth, ...(point.interval ?? [])]));
  const pixel = {
    x: (value: number) => (breadth * Math.log(value / across[0])) / Math.log(across[1] / across[0]),
    y: (value: number) => height - (height * (value - up[0])) / (up[1] - up[0]),
  };
  const values = points.map(({ label, cost: at, worth: value, interval }) => ({
    label: label.length > longestName ? `${label.slice(0, longestName - 1)}…` : label,
    cost: at,
    worth: value,
    low: interval?.[0] ?? value,
    high: interval?.[1] ?? value,
  }));
  const names = spreadNames(values.map((each) => ({ ...each, x: pixel.x(each.cost), y: pixel.y(each.worth) }))).map(
    ({ label, cost: at, y, isLeft }) => ({
      label,
      cost: at,
      at: up[0] + ((height - y) * (up[1] - up[0])) / height,
      isLeft,
    }),
  );
  const x = {
    field: 'cost',
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain: across, nice: false },
    axis: { title: cost, format: '~s', tickCount: 5, labelOverlap: true, grid: false },
  };
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain: up, nice: false, zero: false },
    axis: { title: worth, tickCount: 6 },
  });
  const named = (isLeft: boolean) => ({
    data: { values: names.filter((name) => name.isLeft === isLeft) },
    mark: {
      type: 'text',
      align: isLeft ? 'right' : 'left',
      baseline: 'middle',
      dx: isLeft ? -gap : gap,
      fontSize: 11,
      color: colour('ink'),
    },
    encoding: { x, y: y('at'), text: { field: 'label' } },
  });
  return {
    title: { text: title },
    config: { ...config, aria: false },
    data: { values },
    width: breadth,
    height,
    layer: [
      {
        mark: { type: 'rule', color: colour('mark'), strokeWidth: 1.5, opacity: 0.5 },
        encoding: { x, y: y('low'), y2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 70, color: colour('mark'), opacity: 1 },
        encoding: { x, y: y('worth') },
      },
      named(false),
      named(true),
    ],
  } as TopLevelSpec;
}

function logDomain(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = Math.max((most / least) ** 0.08, 1.3);
  return [least / margin, most * margin];
}

function linearDomain(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least) * 0.08 || Math.abs(most) * 0.1 || 1;
  return [least - margin, most + margin];
}

interface Placed {
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

/** Names to the right of their points, on the right half to the left; each moved down until it covers no other. */
function spreadNames<T extends Placed>(points: readonly T[]): (T & { readonly isLeft: boolean })[] {
  const placed: (T & { readonly isLeft: boolean })[] = [];
  const span = ({ label, x }: Placed, isLeft: boolean) => {
    const width = letter * label.length;
    return isLeft ? ([x - gap - width, x - gap] as const) : ([x + gap, x + gap + width] as const);
  };
  for (const point of [...points].sort((one, other) => one.y - other.y)) {
    const isLeft = point.x > breadth / 2;
    const own = span(point, isLeft);
    const beside = placed.filter((other) => {
      const theirs = span(other, other.isLeft);
      return theirs[0] < own[1] && own[0] < theirs[1];
    });
    const y = Math.max(point.y, ...beside.map((other) => other.y + line));
    placed.push({ ...point, y, isLeft });
  }
  return placed;
}
