/** Draws a specification as SVG, with Vega and Vega-Lite, which are loaded here and nowhere else. */
import type { TopLevelSpec } from 'vega-lite';
import { escapeText, withDarkColours } from './theme.js';

/** @param description for those who do not see it */
export async function renderPlot(specification: TopLevelSpec, description: string): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = vegaLite.compile(specification);
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  try {
    const svg = await view.toSVG();
    const named = svg.replace(/^<svg /, `<svg role="img" aria-label="${escapeText(description)}" `);
    return withDarkColours(named);
  } finally {
    view.finalize();
  }
}
