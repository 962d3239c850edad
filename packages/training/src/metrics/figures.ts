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

export interface ClassScore {
  readonly label: number;
  /** Hits per prediction of the class; NaN if it is never predicted. */
  readonly precision: number;
  /** Hits per sample of the class; NaN if it is never true. */
  readonly recall: number;
  /** 2 hits / (predicted + true); NaN if it is neither. */
  readonly f1: number;
  /** How often the class is true. */
  readonly support: number;
}

/** The scores of one class. */
export function classScore(predicted: readonly number[], truth: readonly number[], label: number): ClassScore {
  const count = (values: readonly number[]): number => values.filter((value) => value === label).length;
  const hits = truth.filter((value, i) => value === label && predicted[i] === label).length;
  const [positives, support] = [count(predicted), count(truth)];
  return {
    label,
    precision: hits / positives,
    recall: hits / support,
    f1: (2 * hits) / (positives + support),
    support,
  };
}

/** Of every class that is predicted or true. */
function classScores(predicted: readonly number[], truth: readonly number[]): ClassScore[] {
  return [...new Set([...truth, ...predicted])].map((label) => classScore(predicted, truth, label));
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

/** Root of the mean of (p - y)^2, in double precision. */
export function rootMeanSquareError(predictions: Float32Array, labels: Float32Array): number {
  let sum = 0;
  predictions.forEach((prediction, i) => {
    sum += (prediction - (labels[i] as number)) ** 2;
  });
  return Math.sqrt(sum / predictions.length);
}

/** Pearson's correlation in double precision; NaN where either side is constant. */
export function correlation(predictions: Float32Array, labels: Float32Array): number {
  const { product, squaresPrediction, squaresLabel } = moments(predictions, labels);
  return product / Math.sqrt(squaresPrediction * squaresLabel);
}

/**
 * The concordance correlation coefficient, 2 s_py / (s_p^2 + s_y^2 + (mean p - mean y)^2) with moments over n (Lin 1989,
 * A Concordance Correlation Coefficient to Evaluate Reproducibility, Biometrics 45, equation 2): what correlation is to a
 * line, this is to the line p = y. NaN only where both sides are the same constant.
 */
export function concordance(predictions: Float32Array, labels: Float32Array): number {
  const { product, squaresPrediction, squaresLabel, shift } = moments(predictions, labels);
  return (2 * product) / (squaresPrediction + squaresLabel + predictions.length * shift ** 2);
}

/** Sums about the means, and the difference of the means. */
function moments(predictions: Float32Array, labels: Float32Array) {
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
  return { product, squaresPrediction, squaresLabel, shift: meanPrediction - meanLabel };
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
