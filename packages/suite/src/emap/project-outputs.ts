/** The additive part of what a model predicts, a score or a logit for each class: every output by itself. */
import { projectAdditively, type SwapDesign } from '@interfuse/statistics';

export interface ProjectedOutputs {
  /** [samples x outputs]. */
  readonly fitted: Float32Array;
  /** Sums of squares over all outputs, as of `AdditiveProjection`. */
  readonly residual: number;
  readonly total: number;
}

/** @param values by pairing, [samples x outputs] */
export function projectOutputs(design: SwapDesign, values: readonly Float32Array[]): ProjectedOutputs {
  const { samples } = design;
  const outputs = (values[0]?.length ?? 0) / samples;
  const fitted = new Float32Array(samples * outputs);
  let [residual, total] = [0, 0];
  for (let output = 0; output < outputs; output += 1) {
    const ofOutput = values.map((own) =>
      Float64Array.from({ length: samples }, (_, sample) => own[sample * outputs + output] as number),
    );
    const projected = projectAdditively(design, ofOutput);
    projected.fitted.forEach((value, sample) => {
      fitted[sample * outputs + output] = value;
    });
    residual += projected.residual;
    total += projected.total;
  }
  return { fitted, residual, total };
}
