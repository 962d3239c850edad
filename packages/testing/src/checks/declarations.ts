/** Checks of what a module declares when it is created, before any variable exists. */
import type { LanguageModel, Leaves } from '@interfuse/core';
import { countParameters, mapLeaves } from '@interfuse/nn';
import { nonconformity } from '../claim.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import { tinyLanguageModel } from '../mocks/tiny-language-model.js';
import { type FusionClaim, makeHost, makeModule, type Subject, tasksOf } from '../subject.js';
import { createTrial } from '../trial.js';
import { withEngine } from '../with-engine.js';
import { assertOnlyDeclares, assertSoundLeaves } from './leaves.js';

export const declarationClaims: readonly FusionClaim[] = [
  {
    name: 'parameters are counted without reading a weight or making a tensor',
    async run(subject) {
      const host = makeHost(subject, { languageModel: storedNowhere() });
      await assertOnlyDeclares(subject, async () => {
        const { parameters } = await makeModule(subject, host);
        return { leaves: countParameters(parameters).total };
      });
    },
  },
  {
    name: 'leaves have sound shapes and names, the same every time',
    async run(subject) {
      const [first, second] = [await declared(subject), await declared(subject)];
      assertSoundLeaves(subject, first, second);
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

async function declared(subject: Subject): Promise<Leaves> {
  const { parameters, state } = await makeModule(subject, makeHost(subject));
  return { parameters, state };
}

/** A language model whose weights lie in a file that does not exist: fine for as long as nobody reads them. */
function storedNowhere(): LanguageModel {
  const model = tinyLanguageModel();
  const parameters = mapLeaves(model.parameters, (leaf) => ({
    ...leaf,
    start: { kind: 'stored', file: '/nowhere/model.safetensors', tensor: 'weight' },
  }));
  return { ...model, parameters };
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
