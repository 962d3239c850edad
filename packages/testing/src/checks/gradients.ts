/** Checks of the gradients: every trainable leaf gets one, a frozen language model none. */
import type { FusionModule, HostTensor, LanguageModel, Leaf, Step, TensorMap } from '@interfuse/core';
import { flattenLeaves, flattenTensors } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';
import { nonconformity } from '../claim.js';
import { firstNotFinite, firstUnequal, largestMagnitude } from '../compare.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { tinyLanguageModel } from '../mocks/tiny-language-model.js';
import { type FusionClaim, makeHost, makeModule, tasksOf } from '../subject.js';
import { createTrial, withTrial } from '../trial.js';
import { withEngine } from '../with-engine.js';

/**
 * Gradients are looked at before the first update and after each of two: what stands behind a gate that is shut at first
 * (tanh of 0) has none until the gate has moved. The last batch is that of the second step once more, for what is
 * remembered of a sample counts when it is seen again.
 */
const steps = [0, 1, 2];
const seeds = [1, 2, 2];

export const gradientClaims: readonly FusionClaim[] = [
  {
    name: 'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
    run: (subject) =>
      withTrial(subject, async ({ host, module, differentiate, train }) => {
        const modalities = ['text', ...Object.keys(host.streams)];
        // The samples after the third lack one modality each, for parameters that stand in for what is absent.
        const absent = (sample: number): string[] => modalities.slice(sample - 3, sample - 2);
        const silent = new Set(trainablePaths(module));
        // Odd: the signs of an even number of absolute errors can cancel where samples are alike.
        const size = 3 + modalities.length + (modalities.length % 2);
        for (const step of steps) {
          const batch = tinyBatch(host, { size, seed: seeds[step] as number, absent });
          const found = await differentiate(batch, step);
          const strange = firstNotFinite(found);
          if (strange !== undefined) {
            throw nonconformity(subject, {
              expected: 'finite losses and gradients',
              got: `NaN or an infinity in ${strange} after ${step} updates`,
              usualCause: 'a root, a logarithm or a quotient at zero; tf.where hides it forward but not backward.',
            });
          }
          for (const path of silent)
            if (largestMagnitude(found[`gradients/${path}`] as HostTensor) > 0) silent.delete(path);
          await train(batch, step);
        }
        if (silent.size === 0) return;
        throw nonconformity(subject, {
          expected: 'a gradient for every trainable leaf within two updates',
          got: `none for ${[...silent].join(', ')}`,
          usualCause:
            'a leaf that forward does not use, or one that cannot matter (a bias before a batch norm): declare `inert` with the reason.',
        });
      }),
  },
  {
    name: 'a frozen language model receives no gradient and stays as it is',
    async run(subject) {
      const received = new Set<Tensor>();
      const host = makeHost(subject, { languageModel: spiedOn(tinyLanguageModel(), received) });
      const module = await makeModule(subject, host);
      let thawed: string[] = [];
      const watch = (step: Step): Step => ({
        ...step,
        run(variables, inputs) {
          const result = step.run(variables, inputs);
          thawed = trainableAmong(module, variables, received);
          return result;
        },
      });
      await withEngine(subject.engines[0], async (engine) => {
        const trial = await createTrial({ engine, module, task: tasksOf(subject)[0], watch });
        const frozen = [...flattenLeaves(module.parameters, 'parameters')].filter(([, leaf]) => !leaf.train);
        const paths = frozen.map(([path]) => path);
        const before = await trial.store.read(paths);
        for (const step of [0, 1]) await trial.train(tinyBatch(host, { size: 3 }), step);
        const changed = thawed[0] ?? firstUnequal(before, await trial.store.read(paths));
        trial.dispose();
        if (changed === undefined) return;
        throw nonconformity(subject, {
          expected:
            'a language model that runs on its own, frozen leaves: whether it is trained is the choice of the config',
          got: `a language model that runs on ${changed}, which the optimizer changes`,
          usualCause:
            'trained(leaf) over the whole model; put `host.languageModel.parameters` into the tree as they are.',
        });
      });
    },
  },
];

function trainablePaths(module: FusionModule): string[] {
  const excused = ({ inert }: Leaf): boolean => inert !== undefined && inert.trim() !== '';
  return [...flattenLeaves(module.parameters)].filter(([, leaf]) => leaf.train && !excused(leaf)).map(([path]) => path);
}

/** The trainable variables among these tensors. */
function trainableAmong(module: FusionModule, variables: TensorMap, received: ReadonlySet<Tensor>): string[] {
  return [...flattenLeaves(module.parameters, 'parameters')]
    .filter(([path, leaf]) => leaf.train && received.has(variables[path] as Tensor))
    .map(([path]) => path);
}

/** The same language model, which notes the parameters that it is called with. */
function spiedOn(model: LanguageModel, received: Set<Tensor>): LanguageModel {
  const noted =
    <A extends [params: never, ...rest: never[]], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      for (const tensor of Object.values(flattenTensors(args[0]))) received.add(tensor);
      return call(...args);
    };
  return {
    ...model,
    embed: noted(model.embed),
    begin: noted(model.begin),
    block: noted(model.block),
    prefix: noted(model.prefix),
    norm: noted(model.norm),
    logits: noted(model.logits),
  };
}
