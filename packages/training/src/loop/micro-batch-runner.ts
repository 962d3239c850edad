/** Runs one micro-batch of training: by the fused program, by the two that alternate, or in pieces. */
import type { Engine, HostTensors, Program, Store } from '@interfuse/core';
import { scalarFloat, scalarInt } from '../steps/inputs.js';
import type { StepContext } from '../steps/objective.js';
import { checkPieces } from '../steps/parts.js';
import { concludeStep, readGradientsPath, readPath, readStep, returnStep } from '../steps/piecewise-steps.js';
import { accumulateStep, applyStep, clipStep, discardStep, trainStep } from '../steps/training-steps.js';
import { batchRows, joinPieces, piece } from './pieces.js';

export interface MicroBatch {
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  /** Whether the accumulated gradients are applied after it. */
  readonly completesUpdate: boolean;
  /** Whether they are thrown away after it. */
  readonly discards?: boolean;
}

type Context = StepContext & { readonly engine: Engine };

/** Runs a micro-batch up to its gradients; returns the loss and its terms. */
type Accumulate = (batch: HostTensors, at: Pick<MicroBatch, 'step' | 'epoch'>) => Promise<HostTensors>;

/** @returns the outputs of the step: the loss and its terms */
export function createMicroBatchRunner(
  context: Context,
  store: Store,
): (batch: HostTensors, at: MicroBatch) => Promise<HostTensors> {
  const { engine, settings } = context;
  const rate = ({ learningRate }: MicroBatch): HostTensors => ({ learningRate: scalarFloat(learningRate) });
  if (settings.accumulate === 1 && settings.pieceSize === 0) {
    const program = engine.compile(trainStep(context), store);
    return (batch, at) => program.run({ ...batch, ...counters(at), ...rate(at) });
  }
  const accumulate = settings.pieceSize > 0 ? inPieces(context, store) : atOnce(context, store);
  const apply = engine.compile(applyStep(context), store);
  const discard = engine.compile(discardStep(context), store);
  return async function accumulateAndApply(batch, at) {
    const outputs = await accumulate(batch, at);
    if (at.completesUpdate) await apply.run(rate(at));
    else if (at.discards === true) await discard.run({});
    return outputs;
  };
}

function counters({ step, epoch }: Pick<MicroBatch, 'step' | 'epoch'>): HostTensors {
  return { step: scalarInt(step), epoch: scalarInt(epoch) };
}

function atOnce(context: Context, store: Store): Accumulate {
  const program = context.engine.compile(accumulateStep(context), store);
  return (batch, at) => program.run({ ...batch, ...counters(at) });
}

/**
 * Every piece draws random numbers of its own: those of step `pieces * step + piece`. What comes after reading draws
 * what it draws in a batch that is not cut.
 */
function inPieces(context: Context, store: Store): Accumulate {
  const { engine, module, settings } = context;
  const { batchSize, pieceSize } = settings;
  checkPieces(module, settings);
  const most = Math.ceil(batchSize / pieceSize);
  const read = engine.compile(readStep(context), store);
  const clip = settings.clipAt === 'micro-batch' ? engine.compile(clipStep(context), store) : undefined;
  let rest: { readonly conclude: Program; readonly giveBack: Program } | undefined;

  return async function runInPieces(batch, { step, epoch }) {
    const rows = batchRows(batch);
    const starts = Array.from({ length: Math.ceil(rows / pieceSize) }, (_, i) => i * pieceSize);
    const sizes = starts.map((first) => Math.min(pieceSize, rows - first));
    const pieces = starts.map((first, i) => ({
      ...piece(batch, first, sizes[i] as number),
      ...counters({ step: step * most + i, epoch }),
    }));

    const parts: HostTensors[] = [];
    for (const each of pieces) parts.push(await read.run(each));
    const joined = joinPieces(parts, sizes);
    const names = Object.keys(joined).map((path) => path.slice(readPath.length + 1));
    rest ??= {
      conclude: engine.compile(concludeStep(context, names), store),
      giveBack: engine.compile(returnStep(context, names), store),
    };
    const concluded = await rest.conclude.run({ ...batch, ...joined, ...counters({ step, epoch }) });
    const isGradient = ([path]: [string, unknown]): boolean => path.startsWith(`${readGradientsPath}/`);
    const entries = Object.entries(concluded);
    const gradients = Object.fromEntries(entries.filter(isGradient));
    for (const [i, each] of pieces.entries()) {
      await rest.giveBack.run({ ...each, ...piece(gradients, starts[i] as number, sizes[i] as number) });
    }
    await clip?.run({});
    return Object.fromEntries(entries.filter((entry) => !isGradient(entry)));
  };
}
