/** Figures as they are printed. */
import type { MetricColumn } from '@interfuse/core';
import type { Spread } from './comparison.js';

/** Percent figures times 100 with two decimals, others with four: `82.58`, `0.5312`. */
export function formatFigure(value: number, { percent }: Pick<MetricColumn, 'percent'>): string {
  if (Number.isNaN(value)) return 'n/a';
  return percent ? (100 * value).toFixed(2) : value.toFixed(4);
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

/** `950`, `38.2 k`, `1.24 M`. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  const [unit, letter] = count < 1e6 ? [1e3, 'k'] : count < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${(count / unit).toPrecision(3)} ${letter}`;
}

/** `950 B`, `38.2 kB`, `1.24 GB`. */
export function showBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${formatCount(bytes)}B`;
}
