/** Plots as SVG, in light and dark, and pages that load nothing. The library that draws is loaded with the first drawing. */
export { type Page, plotPage } from './page.js';
export { type PlottedPoint, type PointsPlot, pointsPlot, type Rule } from './points-plot.js';
export { renderPlot } from './render.js';
export { escapeText } from './theme.js';
