/** Checks of a forward pass in two parts: what is read in pieces is what is read at once. */
import type { ForwardParts, FusionModule, HostTensor, HostTensors, Step } from '@interfuse/core';
import { createRandom, nestTensors } from '@interfuse/nn';
import { batchFromInputs, joinPieces, piece, scalarInt } from '@interfuse/training/loop';
import type { Tensor } from '@tensorflow/tfjs';
import { nonconformity } from '../claim.js';
import { worstDifference } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { type FusionClaim, makeHost, makeModule, tasksOf } from '../subject.js';
import { createTrial } from '../trial.js';
import { withEngine } from '../with-engine.js';

const tolerance = 1e-4;
const sizes = [1, 2];

export const partClaims: readonly FusionClaim[] = [
  {
    name: 'read in pieces, a batch gives the same prediction',
    async run(subject) {
      const host = makeHost(subject);
      const module = await makeModule(subject, host);
      const { parts } = module;
      if (!parts) return;
      await withEngine(subject.engines[0], async (engine) => {
        const trial = await createTrial({ engine, module, task: tasksOf(subject)[0] });
        const batch = { ...tinyBatch(host, { size: 3 }), ...counters };
        const read = engine.compile(readStep(module, parts), trial.store);
        const pieces: HostTensors[] = [];
        let first = 0;
        for (const size of sizes) {
          pieces.push(await read.run({ ...piece(withoutCounters(batch), first, size), ...counters }));
          first += size;
        }
        const joined = joinPieces(pieces, sizes);
        const conclude = engine.compile(concludeStep(module, parts, Object.keys(joined)), trial.store);
        const inPieces = await conclude.run({ ...batch, ...joined });
        const prediction = await trial.predict(withoutCounters(batch));
        const worst = worstDifference(inPieces, { prediction });
        trial.dispose();
        if (worst.difference < tolerance) return;
        throw nonconformity(subject, {
          expected: 'conclude(read(batch)) to be forward(batch), with every sample read by itself',
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path} when pieces of ${sizes.join(' and ')} are read`,
          usualCause:
            'a `read` that looks across the batch (a norm, a mean, an encoder that keeps statistics): leave `parts` out then.',
        });
      });
    },
  },
];

const counters: HostTensors = { step: scalarInt(0), epoch: scalarInt(0) };

function withoutCounters({ step: _, epoch: __, ...batch }: { readonly [path: string]: HostTensor }): HostTensors {
  return batch;
}

function readStep(module: FusionModule, parts: ForwardParts): Step {
  return {
    name: 'read',
    run(variables, inputs) {
      const params = nestTensors(module.parameters, variables, 'parameters');
      const state = nestTensors(module.state, variables, 'state');
      return { updates: {}, outputs: parts.read(params, state, batchFromInputs(inputs), passOf(inputs)) };
    },
  };
}

function concludeStep(module: FusionModule, parts: ForwardParts, names: readonly string[]): Step {
  return {
    name: 'conclude',
    run(variables, inputs) {
      const params = nestTensors(module.parameters, variables, 'parameters');
      const state = nestTensors(module.state, variables, 'state');
      const read = Object.fromEntries(names.map((name) => [name, inputs[name] as Tensor]));
      const { output } = parts.conclude(params, state, read, batchFromInputs(inputs), passOf(inputs));
      return { updates: {}, outputs: { prediction: output.prediction } };
    },
  };
}

function passOf({ step, epoch }: { readonly [path: string]: Tensor }) {
  return { training: false, epoch: epoch as Tensor, random: createRandom(0, step as Tensor) };
}
