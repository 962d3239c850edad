/** Colours of plots: those of a light page, and what becomes of them on a dark one. */
import type { Config } from 'vega-lite';

/** Light, dark. Blue and orange stay apart for the colour-blind. */
const palette = {
  ink: ['#222222', '#e6e6e6'],
  faint: ['#6b6b6b', '#a3a3a3'],
  grid: ['#e3e3e3', '#3a3a3a'],
  mark: ['#1f6fb2', '#6db3f2'],
  accent: ['#c75300', '#ff9d5c'],
} as const;

export type Colour = keyof typeof palette;

export function colour(name: Colour): string {
  return palette[name][0];
}

export const config: Config = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  padding: 8,
  view: { stroke: null },
  title: { color: colour('ink'), fontSize: 13, fontWeight: 600, anchor: 'start', offset: 10 },
  axis: {
    labelColor: colour('ink'),
    labelFontSize: 12,
    labelLimit: 400,
    titleColor: colour('faint'),
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: colour('grid'),
    domainColor: colour('faint'),
    tickColor: colour('faint'),
  },
};

/** The drawing with a style in it by which it turns dark where its reader's pages are. */
export function withDarkColours(svg: string): string {
  const rules = Object.values(palette).flatMap(([light, dark]) => [
    `[fill="${light}"]{fill:${dark}}`,
    `[stroke="${light}"]{stroke:${dark}}`,
  ]);
  const style = `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
  return svg.replace(/^(<svg[^>]*>)/, `$1${style}`);
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
