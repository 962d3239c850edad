/** Checks that the host may choose: another engine, or a prefix of the language model computed once and kept. */
import type { FusionModule, HostTensor, HostTensors, LanguageModel, Step, TextInput } from '@interfuse/core';
import { createRandom } from '@interfuse/nn';
import { batchFromInputs, evaluateStep, prefixPath, scalarInt } from '@interfuse/training/loop';
import type { Tensor } from '@tensorflow/tfjs';
import { nonconformity } from '../claim.js';
import { worstDifference } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { tinyLanguageModel } from '../mocks/tiny-language-model.js';
import { type FusionClaim, makeHost, makeModule, tasksOf } from '../subject.js';
import { createTrial, type Trial, type TrialOf, withTrial } from '../trial.js';
import { withEngine } from '../with-engine.js';

const tolerance = 1e-4;

export const hostClaims: readonly FusionClaim[] = [
  {
    name: 'every engine gives the same numbers',
    applies: ({ engines }) => engines.length > 1,
    async run(subject) {
      const everything = async (trial: TrialOf) => {
        const outputs = await outputsOf(trial, tinyBatch(trial.host, { size: 3 }));
        const batch = tinyBatch(trial.host, { size: 8 });
        await trial.advance(batch, 0);
        // Once more, for state that only follows what it remembers of a sample.
        return { ...outputs, ...(await trial.advance(batch, 1)) };
      };
      const [first, ...others] = subject.engines;
      const reference = await withTrial(subject, everything, { engine: first });
      for (const engine of others) {
        const worst = worstDifference(await withTrial(subject, everything, { engine }), reference);
        if (worst.difference < tolerance) continue;
        throw nonconformity(subject, {
          expected: `predictions, losses, gradients and state within ${tolerance} of those of ${first.id} on ${engine.id}`,
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause: 'differences of large numbers, or a choice by the name of the backend.',
        });
      }
    },
  },
  {
    name: 'a memoised prefix of the language model changes nothing',
    async run(subject) {
      const languageModel = tinyLanguageModel();
      let received: Params | undefined;
      const listening = listened(languageModel, (params) => {
        received = params;
      });
      const host = makeHost(subject, { languageModel: listening });
      const module = await makeModule(subject, host);
      const { prefixDepths: depths = [] } = module;
      if (depths.length === 0) return;
      await withEngine(subject.engines[0], async (engine) => {
        const trial = await createTrial({ engine, module, task: tasksOf(subject)[0] });
        const batch = tinyBatch(host, { size: 3 });
        const step = prefixStep(module, languageModel, () => received as Params);
        const read = await engine.compile(step, trial.store).run({ ...batch, epoch: scalarInt(0) });
        const kept = depths.map((depth): [string, HostTensor] => {
          const path = prefixPath(depth);
          return [path, zeroPads(read[path] as HostTensor, batch['text/mask'] as HostTensor)];
        });
        const memoised = { ...batch, ...Object.fromEntries(kept) };
        const worst = worstDifference(await outputsOf(trial, memoised), await outputsOf(trial, batch));
        trial.dispose();
        if (worst.difference < tolerance) return;
        throw nonconformity(subject, {
          expected: `the same numbers when the states after ${depths.join(', ')} blocks come from memory, zero at the pads, as \`prefixDepths\` allows`,
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause:
            'a depth in `prefixDepths` at which the text is no longer alone or unchanged, or hidden states of pads that are read.',
        });
      });
    },
  },
];

type Params = Parameters<LanguageModel['embed']>[0];

async function outputsOf(trial: Trial, batch: HostTensors): Promise<HostTensors> {
  const { prediction } = await trial.evaluate(batch);
  return { prediction: prediction as HostTensor, ...(await trial.differentiate(batch)) };
}

/** Evaluates, to learn which parameters the language model is called with, and reads the text alone with them. */
function prefixStep(module: FusionModule, languageModel: LanguageModel, received: () => Params): Step {
  const evaluate = evaluateStep({ module, seed: 0 });
  return {
    name: 'prefix',
    run(variables, inputs) {
      evaluate.run(variables, inputs);
      const { text } = batchFromInputs(inputs);
      const epoch = inputs.epoch as Tensor;
      const pass = { training: false, epoch, random: createRandom(0, epoch) };
      const outputs = (module.prefixDepths ?? []).map((depth): [string, Tensor] => [
        prefixPath(depth),
        languageModel.prefix(received(), text as TextInput, depth, pass),
      ]);
      return { updates: {}, outputs: Object.fromEntries(outputs) };
    },
  };
}

/** The host keeps the states of real tokens only. */
function zeroPads({ shape, type, data }: HostTensor, { data: mask }: HostTensor): HostTensor {
  const width = shape[2] as number;
  return { shape, type, data: (data as Float32Array).map((value, i) => (mask[Math.floor(i / width)] ? value : 0)) };
}

/** The same language model, which passes on the parameters that it is called with. */
function listened(model: LanguageModel, hear: (params: Params) => void): LanguageModel {
  const heard =
    <A extends [params: Params, ...rest: never[]], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      hear(args[0]);
      return call(...args);
    };
  return { ...model, embed: heard(model.embed), prefix: heard(model.prefix) };
}
