/** Runs one micro-batch of training: by the fused program, or by the two programs that alternate. */
import type { Engine, HostTensors, Store } from '@interfuse/core';
import { scalarFloat, scalarInt } from '../steps/inputs.js';
import type { StepContext } from '../steps/objective.js';
import { accumulateStep, applyStep, trainStep } from '../steps/training-steps.js';

export interface MicroBatch {
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  /** Whether the accumulated gradients are applied after it. */
  readonly completesUpdate: boolean;
}

/** @returns the outputs of the step: the loss and its terms */
export function createMicroBatchRunner(
  context: StepContext & { readonly engine: Engine },
  store: Store,
): (batch: HostTensors, at: MicroBatch) => Promise<HostTensors> {
  const { engine, settings } = context;
  const scalars = ({ step, epoch }: MicroBatch): HostTensors => ({ step: scalarInt(step), epoch: scalarInt(epoch) });
  const rate = ({ learningRate }: MicroBatch): HostTensors => ({ learningRate: scalarFloat(learningRate) });
  if (settings.accumulate === 1) {
    const program = engine.compile(trainStep(context), store);
    return (batch, at) => program.run({ ...batch, ...scalars(at), ...rate(at) });
  }
  const accumulate = engine.compile(accumulateStep(context), store);
  const apply = engine.compile(applyStep(context), store);
  return async function accumulateAndApply(batch, at) {
    const outputs = await accumulate.run({ ...batch, ...scalars(at) });
    if (at.completesUpdate) await apply.run(rate(at));
    return outputs;
  };
}
