/** Ridge and logistic regression on standardised features: the probes that say what a stream shows. */

export interface LinearModel {
  /** For each row the fitted value: of ridge a mean, of logistic regression log odds. */
  predict(rows: readonly Float64Array[]): Float64Array;
}

/** Least squares with a penalty on squared weights, as if on `penalty` further samples. */
export function fitRidge(rows: readonly Float64Array[], targets: readonly number[], penalty = 10): LinearModel {
  return fitWeighted(
    rows,
    targets,
    targets.map(() => 1),
    penalty,
  );
}

/**
 * Logistic regression by Newton's method (iteratively reweighted least squares), both classes weighted as if they were as
 * frequent as each other.
 *
 * @param classes true or false for each row
 */
export function fitLogistic(rows: readonly Float64Array[], classes: readonly boolean[], penalty = 10): LinearModel {
  const share = classes.filter(Boolean).length / classes.length;
  const balance = classes.map((isTrue) => 0.5 / (isTrue ? share : 1 - share));
  let odds = new Float64Array(rows.length);
  let model: LinearModel | undefined;
  for (let step = 0; step < newtonSteps; step += 1) {
    const probability = odds.map((x) => 1 / (1 + Math.exp(-x)));
    const curvature = probability.map((p) => Math.max(1e-4, p * (1 - p)));
    const working = Array.from(
      odds,
      (x, i) => x + (Number(classes[i]) - (probability[i] as number)) / (curvature[i] as number),
    );
    const weights = balance.map((weight, i) => weight * (curvature[i] as number));
    model = fitWeighted(rows, working, weights, penalty);
    odds = model.predict(rows).map((x) => Math.min(boundOfOdds, Math.max(-boundOfOdds, x)));
  }
  return model as LinearModel;
}

const newtonSteps = 5;
const boundOfOdds = 15;

/** Weighted least squares with an intercept that is not penalised, on standardised columns. */
function fitWeighted(
  rows: readonly Float64Array[],
  targets: readonly number[],
  weights: readonly number[],
  penalty: number,
): LinearModel {
  const width = (rows[0] as Float64Array).length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const centre = new Float64Array(width);
  const scale = new Float64Array(width);
  const weighted = (use: (row: Float64Array, weight: number, i: number) => void) =>
    rows.forEach((row, i) => {
      use(row, (weights[i] as number) / total, i);
    });
  let middle = 0;
  weighted((row, weight, i) => {
    middle += weight * (targets[i] as number);
    for (let j = 0; j < width; j += 1) centre[j] = (centre[j] as number) + weight * (row[j] as number);
  });
  weighted((row, weight) => {
    for (let j = 0; j < width; j += 1) {
      scale[j] = (scale[j] as number) + weight * ((row[j] as number) - (centre[j] as number)) ** 2;
    }
  });
  const deviation = scale.map((variance) => Math.sqrt(variance) || 1);

  const matrix = Array.from({ length: width }, () => new Float64Array(width));
  const right = new Float64Array(width);
  const x = new Float64Array(width);
  for (let i = 0; i < rows.length; i += 1) {
    const row = rows[i] as Float64Array;
    for (let j = 0; j < width; j += 1) x[j] = ((row[j] as number) - (centre[j] as number)) / (deviation[j] as number);
    const weight = weights[i] as number;
    const residual = weight * ((targets[i] as number) - middle);
    for (let j = 0; j < width; j += 1) {
      const entries = matrix[j] as Float64Array;
      const scaled = weight * (x[j] as number);
      right[j] = (right[j] as number) + residual * (x[j] as number);
      for (let k = 0; k <= j; k += 1) entries[k] = (entries[k] as number) + scaled * (x[k] as number);
    }
  }
  for (let j = 0; j < width; j += 1)
    (matrix[j] as Float64Array)[j] = ((matrix[j] as Float64Array)[j] as number) + penalty;
  const slopes = solveSymmetric(matrix, right);
  return {
    predict: (wanted) =>
      Float64Array.from(wanted, (row) => {
        let sum = middle;
        for (let j = 0; j < width; j += 1) {
          sum += (((row[j] as number) - (centre[j] as number)) / (deviation[j] as number)) * (slopes[j] as number);
        }
        return sum;
      }),
  };
}

/** Solves A x = b by Cholesky's decomposition, for a positive definite matrix of which the lower triangle is given. */
function solveSymmetric(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const width = right.length;
  const at = (i: number, j: number) => (lower[i] as Float64Array)[j] as number;
  for (let j = 0; j < width; j += 1) {
    for (let i = j; i < width; i += 1) {
      let sum = at(i, j);
      for (let k = 0; k < j; k += 1) sum -= at(i, k) * at(j, k);
      (lower[i] as Float64Array)[j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  const solution = Float64Array.from(right);
  for (let i = 0; i < width; i += 1) {
    for (let k = 0; k < i; k += 1) solution[i] = (solution[i] as number) - at(i, k) * (solution[k] as number);
    solution[i] = (solution[i] as number) / at(i, i);
  }
  for (let i = width - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < width; k += 1) solution[i] = (solution[i] as number) - at(k, i) * (solution[k] as number);
    solution[i] = (solution[i] as number) / at(i, i);
  }
  return solution;
}
