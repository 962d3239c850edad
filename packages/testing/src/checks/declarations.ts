/** Checks of what a module declares when it is created, before any variable exists. */
import { type FusionModule, isLeaf, type LanguageModel, type Leaf, type Leaves } from '@interfuse/core';
import { countParameters, flattenLeaves, mapLeaves } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { tinyLanguageModel } from '../mocks/tiny-language-model.js';
import { type Claim, makeHost, makeModule, nonconformity, tasksOf, withEngine } from '../subject.js';
import { createTrial } from '../trial.js';

export const declarationClaims: readonly Claim[] = [
  {
    name: 'parameters are counted without reading a weight or making a tensor',
    async run(subject) {
      const before = tf.engine().state.numTensors;
      const module = await makeModule(subject, makeHost(subject, { languageModel: storedNowhere() }));
      const { total } = countParameters(module.parameters);
      const made = tf.engine().state.numTensors - before;
      if (made === 0 && total > 0) return;
      throw nonconformity(subject, {
        expected: 'a factory that only declares leaves, so that parameters are counted before any of them exists',
        got: `${made} tensors made in the factory and ${total} parameters declared`,
        usualCause: 'a constant made with tf.tensor in the factory; make it in forward, or declare it as a leaf.',
      });
    },
  },
  {
    name: 'leaves have sound shapes and names, the same every time',
    async run(subject) {
      const first = await makeModule(subject, makeHost(subject));
      const second = await makeModule(subject, makeHost(subject));
      for (const problem of [...leafProblems(first.parameters), ...leafProblems(first.state)]) {
        throw nonconformity(subject, {
          expected: 'leaves of whole, positive extents, under names that are not empty and hold no "/"',
          got: problem,
          usualCause: 'a width that comes out as a fraction or NaN, or a name put together from a path.',
        });
      }
      const changed = firstChange(first, second);
      if (changed === undefined) return;
      throw nonconformity(subject, {
        expected: 'the same leaves whenever the same options and host are given: checkpoints are read by their paths',
        got: `another declaration of ${changed} the second time`,
        usualCause:
          'Math.random, a counter or the clock in the factory; starts are initializers, and the seed does the rest.',
      });
    },
  },
  {
    name: 'it calls of the language model only what it requires',
    applies: ({ plugin }) => plugin.requires.languageModel !== undefined,
    async run(subject) {
      const called = new Set<Capability>();
      const task = tasksOf(subject)[0];
      const host = makeHost(subject, { languageModel: spiedOn(tinyLanguageModel(), (member) => called.add(member)) });
      const module = await makeModule(subject, host);
      await withEngine(subject.engines[0], async (engine) => {
        const trial = await createTrial({ engine, module, task });
        await trial.predict(tinyBatch(host, { size: 2 }));
        await trial.differentiate(tinyBatch(host, { size: 2 }));
        trial.dispose();
      });
      const declared = subject.plugin.requires.languageModel ?? [];
      const surplus = [...called].filter((member) => !declared.includes(member));
      if (surplus.length === 0) return;
      throw nonconformity(subject, {
        expected: `calls of ${declared.join(', ')} (and of begin and norm), as the manifest requires`,
        got: `calls of ${surplus.join(', ')} as well`,
        usualCause: 'a call that was added later; name it in `requires.languageModel`.',
      });
    },
  },
];

/** A language model whose weights lie in a file that does not exist: fine for as long as nobody reads them. */
function storedNowhere(): LanguageModel {
  const model = tinyLanguageModel();
  const parameters = mapLeaves(model.parameters, (leaf) => ({
    ...leaf,
    start: { kind: 'stored', file: '/nowhere/model.safetensors', tensor: 'weight' },
  }));
  return { ...model, parameters };
}

function leafProblems(tree: Leaves, path = ''): string[] {
  return Object.entries(tree).flatMap(([name, node]: [string, Leaf | Leaves]) => {
    const inner = path === '' ? name : `${path}/${name}`;
    const named = name === '' || name.includes('/') ? [`the name "${name}" below "${path}"`] : [];
    if (!isLeaf(node)) return [...named, ...leafProblems(node, inner)];
    const sound = node.shape.every((extent) => Number.isInteger(extent) && extent > 0);
    return sound ? named : [...named, `${inner} of shape [${node.shape.join(', ')}]`];
  });
}

/** The first path at which two modules declare something else. */
function firstChange(first: FusionModule, second: FusionModule): string | undefined {
  const declared = [first, second].map(({ parameters, state }) => flattenLeaves({ parameters, state }));
  const [before, after] = declared as [Map<string, Leaf>, Map<string, Leaf>];
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].find((path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)));
}

type Capability = 'embed' | 'blocks' | 'logits' | 'prefix' | 'feedForward';

/** The same language model, which says which of its capabilities are called from outside. */
function spiedOn(model: LanguageModel, called: (member: Capability) => void): LanguageModel {
  const spy =
    <A extends unknown[], R>(member: Capability, call: (...args: A) => R) =>
    (...args: A): R => {
      called(member);
      return call(...args);
    };
  return {
    ...model,
    embed: spy('embed', model.embed),
    block: spy('blocks', model.block),
    logits: spy('logits', model.logits),
    prefix: spy('prefix', model.prefix),
    feedForward: spy('feedForward', model.feedForward),
  };
}
