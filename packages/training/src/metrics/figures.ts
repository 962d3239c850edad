/** The figures that metrics are made of: pure functions of predictions and labels. */

/** To the nearest integer, halves to the even one: numpy's `round`, not `Math.round`. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** A figure as it is printed: four decimals, as in the field's tables. Computations use the figures as they are. */
export function roundFigure(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

export function clip(values: Float32Array, limit: number): Float32Array {
  return values.map((value) => Math.min(Math.max(value, -limit), limit));
}

/** Share of equal entries; NaN if there are none at all. */
export function accuracy(predicted: readonly number[], truth: readonly number[]): number {
  return truth.filter((label, i) => label === predicted[i]).length / truth.length;
}

interface ClassScore {
  readonly f1: number;
  /** How often the class is true. */
  readonly support: number;
}

/** F1 of every class that is predicted or true: 2 hits / (predicted + true). */
function classScores(predicted: readonly number[], truth: readonly number[]): ClassScore[] {
  const count = (values: readonly number[], label: number): number => values.filter((value) => value === label).length;
  return [...new Set([...truth, ...predicted])].map((label) => {
    const hits = truth.filter((value, i) => value === label && predicted[i] === label).length;
    const support = count(truth, label);
    return { f1: (2 * hits) / (count(predicted, label) + support), support };
  });
}

/** Mean of the classes' F1, weighted by how often each is true: scikit-learn's `weighted`. */
export function weightedF1(predicted: readonly number[], truth: readonly number[]): number {
  return classScores(predicted, truth).reduce((sum, { f1, support }) => sum + f1 * support, 0) / truth.length;
}

/** Plain mean of the F1 of the classes that are predicted or true: scikit-learn's `macro`. */
export function macroF1(predicted: readonly number[], truth: readonly number[]): number {
  const scores = classScores(predicted, truth);
  return scores.reduce((sum, { f1 }) => sum + f1, 0) / scores.length;
}

/** Mean |p - y|, with the differences in float32. */
export function meanAbsoluteError(predictions: Float32Array, labels: Float32Array): number {
  const differences = predictions.map((prediction, i) => Math.abs(prediction - (labels[i] as number)));
  return mean(differences);
}

/** Pearson's correlation in double precision; NaN where either side is constant. */
export function correlation(predictions: Float32Array, labels: Float32Array): number {
  const meanPrediction = mean(predictions);
  const meanLabel = mean(labels);
  let product = 0;
  let squaresPrediction = 0;
  let squaresLabel = 0;
  predictions.forEach((prediction, i) => {
    const a = prediction - meanPrediction;
    const b = (labels[i] as number) - meanLabel;
    product += a * b;
    squaresPrediction += a * a;
    squaresLabel += b * b;
  });
  return product / Math.sqrt(squaresPrediction * squaresLabel);
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
