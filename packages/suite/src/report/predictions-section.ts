/** Predictions on test: label against prediction for scores, and the confusion of classes. */
import { type CellsPlot, cellsPlot, cloudPlot, type Domain } from '@interfuse/plots';
import { type Classes, classesFor, confusion } from './classes.js';
import { type Drawing, figureElement, type Section } from './elements.js';
import type { ReportData, ReportedStrategy } from './report-data.js';

/** Points in all panels together, and in one: more only make the file larger. */
const mostPoints = { together: 6000, inOne: 1500, least: 150 } as const;

export async function predictionsSection(data: ReportData): Promise<Section> {
  const { task, strategies, metricsId } = data;
  const classes = classesFor(metricsId, task);
  return {
    id: 'predictions',
    title: 'Predictions',
    body: [
      ...(task.kind === 'regression' ? [await clouds(strategies, task.range)] : []),
      await figureElement(
        strategies.map((strategy) => confusionDrawing(strategy, classes)),
        `${classes.meaning}. Rows: the class of the label; columns: the class predicted; per cent of the row, over all seeds of test. The diagonal is right.`,
      ),
    ],
  };
}

async function clouds(strategies: readonly ReportedStrategy[], [low, high]: Domain): Promise<string> {
  const most = Math.max(
    mostPoints.least,
    Math.min(mostPoints.inOne, Math.floor(mostPoints.together / strategies.length)),
  );
  const margin = (high - low) * 0.04;
  const domain: Domain = [low - margin, high + margin];
  const within = (value: number) => Math.min(Math.max(value, domain[0]), domain[1]);
  const samples = strategies[0]?.runs[0]?.predictions.labels.length ?? 0;
  const shown = evenly(samples, most);
  const drawings = strategies.flatMap(({ name, runs: [run] }): Drawing[] => {
    if (run === undefined) return [];
    const { labels, values } = run.predictions;
    const plot = cloudPlot({
      title: name,
      x: { title: 'label', domain },
      y: { title: 'prediction', domain },
      points: shown.map((row) => ({ x: labels[row] as number, y: within(values[row] as number) })),
    });
    return [{ plot, description: `Predictions of ${name} on test against labels, seed ${run.result.seed}` }];
  });
  const seed = strategies[0]?.runs[0]?.result.seed;
  const some = shown.length < samples ? `${shown.length} of ${samples} samples, evenly taken` : `${samples} samples`;
  return figureElement(
    drawings,
    `Label and prediction on test, seed ${seed}: ${some}. Dashed: where both are the same. Predictions beyond the range of labels stand on the edge.`,
  );
}

/** Positions at even distances: the same ones for every strategy, every time. */
export function evenly(count: number, most: number): number[] {
  const taken = Math.min(count, most);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * count) / taken));
}

function confusionDrawing({ name, runs }: ReportedStrategy, classes: Classes): Drawing {
  const counts = confusion(
    classes,
    runs.map(({ predictions }) => predictions),
  );
  const cells = counts.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted): CellsPlot['cells'][number] => ({
      row: classes.names[truth] as string,
      column: classes.names[predicted] as string,
      text: total === 0 ? '' : String(Math.round((100 * count) / total)),
      shade: total === 0 ? 0 : count / total,
    }));
  });
  return {
    plot: cellsPlot({
      title: name,
      rows: { title: 'label', names: classes.names },
      columns: { title: 'predicted', names: classes.names },
      cells,
      size: [classes.names.every((each) => each.length < 4) ? 32 : 44, 26],
    }),
    description: `Confusion of the classes of ${name} on test, in per cent of each class of the label`,
  };
}
