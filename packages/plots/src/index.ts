/** Plots as SVG, in light and dark, and pages that load nothing. The library that draws is loaded with the first drawing. */
export { type CostPlot, type CostPoint, costPlot } from './cost-plot.js';
export { type Page, plotPage } from './page.js';
export { type PlottedPoint, type PointsPlot, pointsPlot, type Rule } from './points-plot.js';
export { renderPlot } from './render.js';
export {
  type Axis,
  type CellsPlot,
  type CloudPlot,
  type CurvePlot,
  type CurvePoint,
  cellsPlot,
  cloudPlot,
  curvePlot,
  type Domain,
  type ShadedCell,
} from './small-plots.js';
export { escapeText } from './theme.js';
