/** Checks that the host may choose: another engine, or a prefix of the language model computed once and kept. */
import type { FusionModule, HostTensor, HostTensors, LanguageModel, Step } from '@interfuse/core';
import { evaluateStep, scalarInt } from '@interfuse/training/loop';
import type { Tensor } from '@tensorflow/tfjs';
import { worstDifference } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { tinyLanguageModel } from '../mocks/tiny-language-model.js';
import { type Claim, makeHost, makeModule, nonconformity, tasksOf, withEngine } from '../subject.js';
import { createTrial, type Trial, type TrialOf, withTrial } from '../trial.js';

const tolerance = 1e-4;

export const hostClaims: readonly Claim[] = [
  {
    name: 'every engine gives the same numbers',
    applies: ({ engines }) => engines.length > 1,
    async run(subject) {
      const everything = (trial: TrialOf) => outputsOf(trial, tinyBatch(trial.host, { size: 3 }));
      const [first, ...others] = subject.engines;
      const reference = await withTrial(subject, everything, { engine: first });
      for (const engine of others) {
        const worst = worstDifference(await withTrial(subject, everything, { engine }), reference);
        if (worst.difference < tolerance) continue;
        throw nonconformity(subject, {
          expected: `predictions, losses and gradients within ${tolerance} of those of ${first.id} on ${engine.id}`,
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause: 'differences of large numbers, or a choice by the name of the backend.',
        });
      }
    },
  },
  {
    name: 'a memoised prefix of the language model changes nothing',
    async run(subject) {
      let hidden: Tensor | undefined;
      const languageModel = listened(tinyLanguageModel(), (states) => {
        hidden = states;
      });
      const host = makeHost(subject, { languageModel });
      const module = await makeModule(subject, host);
      if (module.prefixDepth === undefined) return;
      await withEngine(subject.engines[0], async (engine) => {
        const trial = await createTrial({ engine, module, task: tasksOf(subject)[0] });
        const batch = tinyBatch(host, { size: 3 });
        const step = prefixStep(module, () => hidden);
        const { prefix } = await engine.compile(step, trial.store).run({ ...batch, epoch: scalarInt(0) });
        const memoised = { ...batch, 'text/prefix': zeroPads(prefix as HostTensor, batch['text/mask'] as HostTensor) };
        const worst = worstDifference(await outputsOf(trial, memoised), await outputsOf(trial, batch));
        trial.dispose();
        if (worst.difference < tolerance) return;
        throw nonconformity(subject, {
          expected: `the same numbers when the first ${module.prefixDepth} blocks come from memory, zero at the pads, as \`prefixDepth\` allows`,
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause:
            'a `prefixDepth` that is not the depth asked of `prefix`, or hidden states of pads that are read.',
        });
      });
    },
  },
];

async function outputsOf(trial: Trial, batch: HostTensors): Promise<HostTensors> {
  const { prediction } = await trial.evaluate(batch);
  return { prediction: prediction as HostTensor, ...(await trial.differentiate(batch)) };
}

/** Evaluates, and returns what the language model answered when it was asked for its prefix. */
function prefixStep(module: FusionModule, answered: () => Tensor | undefined): Step {
  const evaluate = evaluateStep({ module, seed: 0 });
  return {
    name: 'prefix',
    run(variables, inputs) {
      const { prediction } = evaluate.run(variables, inputs).outputs;
      return { updates: {}, outputs: { prefix: (answered() ?? prediction) as Tensor } };
    },
  };
}

/** The host keeps the states of real tokens only. */
function zeroPads({ shape, type, data }: HostTensor, { data: mask }: HostTensor): HostTensor {
  const width = shape[2] as number;
  return { shape, type, data: (data as Float32Array).map((value, i) => (mask[Math.floor(i / width)] ? value : 0)) };
}

/** The same language model, which passes on what it answers when it is asked for its prefix. */
function listened(model: LanguageModel, answer: (hidden: Tensor) => void): LanguageModel {
  return {
    ...model,
    prefix(...args) {
      const hidden = model.prefix(...args);
      answer(hidden);
      return hidden;
    },
  };
}
