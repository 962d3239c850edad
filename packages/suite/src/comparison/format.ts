/** Figures as they are printed. */
import type { MetricColumn } from '@interfuse/core';
import type { Spread } from './comparison.js';

/** Percent figures times 100 with two decimals, others with four: `82.58`, `0.5312`. */
export function formatFigure(value: number, { percent }: Pick<MetricColumn, 'percent'>): string {
  if (Number.isNaN(value)) return 'n/a';
  return percent ? (100 * value).toFixed(2) : value.toFixed(4);
}

/** A difference of figures, with its sign: `+0.0312`. */
export function formatSigned(value: number, column: Pick<MetricColumn, 'percent'>): string {
  if (Number.isNaN(value)) return 'n/a';
  return `${value < 0 ? '-' : '+'}${formatFigure(Math.abs(value), column)}`;
}

/** `0.5312 ± 0.0123`; the mean alone for a single seed. */
export function formatSpread({ mean, deviation }: Spread, column: MetricColumn): string {
  const centre = formatFigure(mean, column);
  return Number.isNaN(deviation) ? centre : `${centre} ± ${formatFigure(deviation, column)}`;
}

/** `0.031`; `< 0.001`. */
export function formatP(p: number): string {
  if (Number.isNaN(p)) return 'n/a';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

const units = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `950`, `38.2 k`, `1.24 M`. */
export function formatCount(count: number): string {
  // What three digits round up to 1000 has the next unit.
  const [unit, letter] = units.find(([size]) => count >= size * 0.9995) ?? [];
  return unit === undefined || count < 1000 ? String(count) : `${(count / unit).toPrecision(3)} ${letter}`;
}

/** The same of floating-point operations; `n/a` where they were not counted. */
export function formatFlops(count: number | undefined): string {
  return count === undefined ? 'n/a' : formatCount(count);
}

/** `950 B`, `38.2 kB`, `1.24 GB`. */
export function showBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${formatCount(bytes)}B`;
}
