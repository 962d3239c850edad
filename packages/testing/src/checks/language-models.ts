/** Checks of language models: what they declare, what a word may read, and that their parts fit together. */
import type { LanguageModel, LanguageModelConfig, Leaf } from '@interfuse/core';
import { causalFrame, countParameters, flattenLeaves, valueAndGradients } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { nonconformity } from '../claim.js';
import { difference, firstNotFinite, firstUnequal, largestMagnitude, worstDifference } from '../compare.js';
import {
  type Capability,
  type Compute,
  type LanguageModelClaim,
  type LanguageModelSubject,
  type LanguageModelTrial,
  openModel,
  type Texts,
  walk,
  withModel,
} from '../language-model-trial.js';
import { freeze, holdsDisposed, isFrozenError, noticingReads } from '../watch-calls.js';
import { assertOnlyDeclares, assertSoundLeaves } from './leaves.js';

const tolerance = 1e-4;

const claiming =
  (...capabilities: readonly Capability[]) =>
  ({ plugin }: LanguageModelSubject): boolean =>
    capabilities.every((capability) => plugin.provides.includes(capability));

export const languageModelClaims: readonly LanguageModelClaim[] = [
  {
    name: 'parameters are counted without making a tensor',
    run: (subject) =>
      assertOnlyDeclares(subject, async () => {
        const { model } = await openModel(subject);
        return { leaves: countParameters(model.parameters).total };
      }),
  },
  {
    name: 'leaves have sound shapes and names, the same every time',
    async run(subject) {
      const [first, second] = [await openModel(subject), await openModel(subject)];
      assertSoundLeaves(subject, first.model.parameters, second.model.parameters);
    },
  },
  {
    name: 'its config says what the model is',
    async run(subject) {
      const { config } = (await openModel(subject)).model;
      const wrong = wrongField(config);
      if (wrong === undefined) return;
      throw nonconformity(subject, {
        expected: 'width, layers, heads, vocabulary and context length above 0, and a norm with its epsilon',
        got: wrong,
        usualCause: 'a field of config.json that goes by another name in this architecture.',
      });
    },
  },
  {
    name: 'a frozen model has no leaf that trains',
    async run(subject) {
      const { model } = await openModel(subject);
      const choice = model.adaptation?.train ?? 'frozen';
      const thawed = [...flattenLeaves(model.parameters)].find(([, { train }]) => train);
      if (choice !== 'frozen' || thawed === undefined) return;
      throw nonconformity(subject, {
        expected: 'leaves with train: false, unless `adaptation` says what of the model trains',
        got: `${thawed[0]} with train: true`,
        usualCause: 'leaves of a layer of @interfuse/nn, which train by default: map them to train: false.',
      });
    },
  },
  {
    name: 'what it claims to provide gives finite tensors of the declared shapes',
    run: (subject) =>
      withModel(subject, async (trial) => {
        for (const size of [1, 3]) await checkShapes(subject, trial, size);
      }),
  },
  {
    name: 'the feed-forwards that it hands out have shapes that fit, and the weights of its own',
    applies: claiming('feedForward'),
    async run(subject) {
      const { model } = await openModel(subject);
      for (let index = 0; index < model.config.layers; index += 1) {
        const problem = feedForwardProblem(model, index);
        if (problem === undefined) continue;
        throw nonconformity(subject, {
          expected: 'projections from the width up and back down again, that start as those in `parameters` do',
          got: `${problem} in block ${index}`,
          usualCause:
            'leaves that are declared anew for `feedForward`, or a transposed weight; hand out those of the tree.',
        });
      }
    },
  },
  {
    name: 'a word never reads a later one',
    applies: (subject) => claiming('blocks', 'embed')(subject) || claiming('prefix')(subject),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const [one = [], other = []] = [wordsOf(model, 6, 1), wordsOf(model, 6, 2)];
        const mixed = [...one.slice(0, 4), ...other.slice(4)];
        const early: Compute = (params, text, pass) => {
          const hidden = through(subject, model)(params, text, pass);
          return { hidden: tf.slice(hidden, [0, 0, 0], [1, 4, model.config.width]) };
        };
        const worst = worstDifference(await run({ tokens: [one] }, early), await run({ tokens: [mixed] }, early));
        if (worst.difference < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the same states of the first four words whatever the fifth and sixth are',
          got: `a change of ${worst.difference.toPrecision(2)}`,
          usualCause: 'attention without `frame.allowed`, or a norm over the words.',
        });
      }),
  },
  {
    name: 'masked words never matter',
    applies: (subject) => claiming('blocks', 'embed')(subject) || claiming('prefix')(subject),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const words = wordsOf(model, 4, 1);
        const real: Compute = (params, text, pass) => {
          const hidden = through(subject, model)(params, text, pass);
          const kept = tf.cast(tf.expandDims(text.mask, -1), 'float32'); // [B, L, 1]
          // The first word may be masked, too: what it says must not reach those after it.
          return {
            hidden: tf.mul(
              tf.slice(hidden, [0, 0, 0], [1, 4, model.config.width]),
              tf.slice(kept, [0, 0, 0], [1, 4, 1]),
            ),
          };
        };
        const changes: readonly (readonly [string, Texts, Texts])[] = [
          [
            'words before the others',
            masked([9, ...words.slice(1)], [0, 1, 1, 1]),
            masked([3, ...words.slice(1)], [0, 1, 1, 1]),
          ],
          [
            'other words after the text',
            masked([...words, 1, 2], [1, 1, 1, 1, 0, 0]),
            masked([...words, 7, 5], [1, 1, 1, 1, 0, 0]),
          ],
          [
            'more words after the text',
            masked(words, [1, 1, 1, 1]),
            masked([...words, 1, 2, 3], [1, 1, 1, 1, 0, 0, 0]),
          ],
        ];
        for (const [what, one, other] of changes) {
          const worst = worstDifference(await run(one, real), await run(other, real));
          if (worst.difference < tolerance) continue;
          throw nonconformity(subject, {
            expected: 'the same states of real words whatever stands where the mask is false',
            got: `a change of ${worst.difference.toPrecision(2)} by masked ${what}`,
            usualCause: 'attention that looks at the order of words and not at `frame.allowed`.',
          });
        }
      }),
  },
  {
    name: 'its prefix is what its blocks walk',
    applies: claiming('embed', 'blocks', 'prefix'),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const { layers } = model.config;
        const texts = masked(wordsOf(model, 5, 1), [1, 1, 1, 1, 0]);
        const { walked, prefix } = await run(texts, (params, text, pass) => ({
          walked: walk(model, params, text, pass),
          prefix: model.prefix(params, text, layers, pass),
        }));
        const by = walked && prefix ? difference(prefix, walked) : Number.POSITIVE_INFINITY;
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: `the same states from \`prefix\` as from embed, begin and ${layers} blocks`,
          got: `a difference of ${by.toPrecision(2)}`,
          usualCause: 'one block too many or too few, or a `begin` that only one of the two calls; use readPrefix.',
        });
      }),
  },
  {
    name: 'a memoised prefix is its answer, at that depth alone',
    applies: claiming('prefix'),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const { layers, width } = model.config;
        const outputs = await run({ tokens: [wordsOf(model, 3, 1)] }, (params, text, pass) => {
          const kept = tf.ones([1, 3, width]);
          const remembering = { ...text, prefix: { [layers]: kept } };
          return {
            kept,
            remembered: model.prefix(params, remembering, layers, pass),
            other: model.prefix(params, remembering, layers - 1, pass),
            computed: model.prefix(params, text, layers - 1, pass),
          };
        });
        const { kept, remembered, other, computed } = outputs as Required<typeof outputs>;
        const ignored = firstUnequal({ hidden: kept as never }, { hidden: remembered as never }) !== undefined;
        const confused = worstDifference({ hidden: other as never }, { hidden: computed as never }).difference;
        if (!ignored && confused < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the states that `text.prefix` holds for the depth that is asked for, and computed ones for others',
          got: ignored ? 'computed states where there were memoised ones' : 'memoised states for another depth',
          usualCause: '`text.prefix` not looked at, or not by its depth; readPrefix of @interfuse/nn does both.',
        });
      }),
  },
  {
    name: 'slots that follow others get what they get in the whole sequence',
    applies: claiming('embed', 'blocks'),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const { width, layers } = model.config;
        const texts: Texts = {
          tokens: [wordsOf(model, 5, 1), wordsOf(model, 5, 2)],
          real: [
            [1, 1, 1, 1, 1],
            [1, 1, 0, 1, 1],
          ],
        };
        const outputs = await run(texts, (params, text, pass) => {
          const frame = causalFrame(text.mask, pass);
          const begun = model.begin(params, model.embed(params, text.tokens), frame);
          const whole = model.block(params, layers - 1, begun, frame);
          const [before, own] = tf.split(begun, [3, 2], 1) as [tf.Tensor, tf.Tensor];
          const [earlier, positions] = tf.split(frame.positions, [3, 2]) as [tf.Tensor, tf.Tensor];
          const allowed = tf.slice(frame.allowed, [0, 3, 0], [-1, 2, 5]);
          const split = model.block(
            params,
            layers - 1,
            own,
            { positions, allowed, pass },
            { hidden: before, positions: earlier },
          );
          return {
            'whole/hidden': tf.slice(whole.hidden, [0, 3, 0], [-1, 2, width]),
            'whole/probabilities': tf.slice(whole.probabilities, [0, 0, 3, 0], [-1, -1, 2, 5]),
            'split/hidden': split.hidden,
            'split/probabilities': split.probabilities,
          };
        });
        const worst = worstDifference(under(outputs, 'split'), under(outputs, 'whole'));
        if (worst.difference < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the same states and attention for the last two slots when the first three come as `before`',
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause: 'keys of `before` without their norm or their positions, or put after those of the call.',
        });
      }),
  },
  {
    name: 'attention reads what the frame allows, and sums to one',
    applies: claiming('embed', 'blocks'),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const outputs = await run({ tokens: [wordsOf(model, 4, 1)] }, (params, text, pass) => {
          const frame = causalFrame(text.mask, pass);
          const hidden = model.begin(params, model.embed(params, text.tokens), frame);
          const { probabilities } = model.block(params, 0, hidden, frame); // [1, H, 4, 4]
          const forbidden = tf.sub(1, tf.cast(tf.expandDims(frame.allowed, 1), 'float32'));
          return { forbidden: tf.mul(probabilities, forbidden), excess: tf.sub(tf.sum(probabilities, -1), 1) };
        });
        const worst = Object.entries(outputs).find(([, tensor]) => !(largestMagnitude(tensor) < tolerance));
        if (worst === undefined) return;
        throw nonconformity(subject, {
          expected: 'probabilities of zero for keys that the frame forbids, and of one in all for the others',
          got: `${worst[0] === 'forbidden' ? 'attention to forbidden keys' : 'sums that are not one'}: ${largestMagnitude(worst[1]).toPrecision(2)}`,
          usualCause: 'scores before the softmax returned as probabilities, or those before the mask.',
        });
      }),
  },
  {
    name: 'a gradient passes through every block',
    applies: claiming('embed', 'blocks'),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        for (let index = 0; index < model.config.layers; index += 1) {
          const { gradient } = await run({ tokens: [wordsOf(model, 4, 1)] }, (params, text, pass) => {
            const frame = causalFrame(text.mask, pass);
            const begun = model.begin(params, model.embed(params, text.tokens), frame);
            const { gradients } = valueAndGradients(
              ({ hidden }) => {
                const { hidden: after } = model.block(params, index, hidden as tf.Tensor, frame);
                const direction = tf.reshape(tf.cos(tf.mul(tf.range(0, after.size), 3)), after.shape);
                // What the residual passes by the block is not looked at.
                return { value: tf.sum(tf.mul(tf.sub(after, hidden as tf.Tensor), direction)), rest: {} };
              },
              { hidden: begun },
            );
            return { gradient: gradients.hidden as tf.Tensor };
          });
          const size = gradient && firstNotFinite({ gradient }) === undefined ? largestMagnitude(gradient) : Number.NaN;
          if (size > 0) continue;
          throw nonconformity(subject, {
            expected:
              'a finite gradient that is not zero for what goes into a block: strategies train what stands before it',
            got: `${size} for block ${index}`,
            usualCause:
              'a forward of its own without a gradient, or one that gives zeros; frozen is what the leaves are.',
          });
        }
      }),
  },
  {
    name: 'nothing at all to read gives finite numbers, never NaN',
    applies: (subject) => claiming('blocks', 'embed')(subject) || claiming('prefix')(subject),
    run: (subject) =>
      withModel(subject, async ({ model, run }) => {
        const texts = masked(wordsOf(model, 3, 1), [0, 0, 0]);
        const outputs = await run(texts, (params, text, pass) => ({
          hidden: through(subject, model)(params, text, pass),
        }));
        if (firstNotFinite(outputs) === undefined) return;
        throw nonconformity(subject, {
          expected: 'finite states even where every word is masked',
          got: 'NaN or an infinity',
          usualCause: 'a softmax over no allowed key, or infinities added to the scores; attend gives zeros.',
        });
      }),
  },
  {
    name: 'it reads no value back',
    async run(subject) {
      let reads = 0;
      const noticed = () => {
        reads += 1;
      };
      try {
        await withModel(subject, (trial) => everything(subject, trial, 1), {
          change: (model) => aroundCalls(model, (call) => noticingReads(call, noticed)),
        });
      } catch (error) {
        // A compiling engine has no value to read, and says so itself.
        if (reads === 0) throw error;
      }
      if (reads === 0) return;
      throw nonconformity(subject, {
        expected: 'tensor operations only, so that a compiling engine can trace the program once',
        got: 'values read back',
        usualCause: 'dataSync, arraySync or an `if` on a number from a tensor; choose between values with tf.where.',
      });
    },
  },
  {
    name: 'it leaves its inputs as they are',
    async run(subject) {
      let disposed = false;
      let failure: unknown;
      const watch = <R>(call: () => R, args: readonly unknown[]): R => {
        for (const given of args) freeze(given);
        const result = call();
        disposed ||= args.some(holdsDisposed);
        return result;
      };
      try {
        await withModel(subject, (trial) => everything(subject, trial, 1), {
          change: (model) => aroundCalls(model, watch),
        });
      } catch (error) {
        if (!disposed && !isFrozenError(error)) throw error;
        failure = error;
      }
      if (!disposed && failure === undefined) return;
      throw nonconformity(subject, {
        expected: 'params, hidden states, frame and text left as they were given: others read them, too',
        got: disposed ? 'inputs that were disposed of' : (failure as Error).message,
        usualCause: 'an assignment to `frame` or `text`, or a `dispose()`; leave tensors to the engine.',
        cause: failure,
      });
    },
  },
  {
    name: 'nothing is kept between calls, and a pass of the same seed gives the same bits',
    async run(subject) {
      const { model } = await openModel(subject);
      const first = await withModel(subject, (trial) => everything(subject, trial, 1), { model });
      await withModel(subject, (trial) => everything(subject, trial, 2), { model });
      const again = await withModel(subject, (trial) => everything(subject, trial, 1), { model });
      const path = firstUnequal(first, again);
      if (path === undefined) return;
      throw nonconformity(subject, {
        expected: 'the same numbers, bit by bit, from the same texts and seed, in evaluation and in training',
        got: `another value of ${path} after another text`,
        usualCause:
          'a variable of the closure that a call changes, Math.random, or tf.dropout; draw from `pass.random`.',
      });
    },
  },
  {
    name: 'every engine gives the same numbers',
    applies: ({ engines }) => engines.length > 1,
    async run(subject) {
      const outputs = (trial: LanguageModelTrial) => everything(subject, trial, 1);
      const [first, ...others] = subject.engines;
      const reference = await withModel(subject, outputs, { engine: first });
      for (const engine of others) {
        const worst = worstDifference(await withModel(subject, outputs, { engine }), reference);
        if (worst.difference < tolerance) continue;
        throw nonconformity(subject, {
          expected: `states and logits within ${tolerance} of those of ${first.id} on ${engine.id}`,
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause: 'differences of large numbers, or a choice by the name of the backend.',
        });
      }
    },
  },
];

function wrongField(config: LanguageModelConfig): string | undefined {
  const counts = ['width', 'layers', 'heads', 'vocabulary', 'contextLength'] as const;
  const wrong = counts.find((field) => !Number.isInteger(config[field]) || config[field] < 1);
  if (wrong) return `${wrong} of ${config[wrong]}`;
  const { kind, epsilon } = config.norm;
  return ['layer', 'rms'].includes(kind) && epsilon > 0 ? undefined : `a norm ${kind} with epsilon ${epsilon}`;
}

/** So many token ids of a text, none of them 0. */
function wordsOf({ config: { vocabulary } }: LanguageModel, length: number, text: number): number[] {
  return Array.from({ length }, (_, i) => 1 + ((7 * i + 3 * text + i * i) % (vocabulary - 1)));
}

const masked = (tokens: readonly number[], real: readonly number[]): Texts => ({ tokens: [tokens], real: [real] });

/** A text through all blocks, by whatever the model provides for it. */
function through({ plugin }: LanguageModelSubject, model: LanguageModel) {
  const { layers } = model.config;
  return (...[params, text, pass]: Parameters<Compute>): tf.Tensor =>
    plugin.provides.includes('blocks') ? walk(model, params, text, pass) : model.prefix(params, text, layers, pass);
}

/** All that the model claims to provide, by name. */
function provided({ plugin: { provides } }: LanguageModelSubject, model: LanguageModel): Compute {
  const can = (capability: Capability): boolean => provides.includes(capability);
  return (params, text, pass) => {
    const outputs: Record<string, tf.Tensor> = {};
    const frame = causalFrame(text.mask, pass);
    if (can('embed')) {
      outputs.embed = model.embed(params, text.tokens);
      outputs.begin = model.begin(params, outputs.embed, frame);
    }
    if (can('embed') && can('blocks')) {
      const { hidden, probabilities } = model.block(params, 0, outputs.begin as tf.Tensor, frame);
      Object.assign(outputs, { hidden, probabilities });
    }
    if (can('prefix')) outputs.prefix = model.prefix(params, text, model.config.layers, pass);
    const last = outputs.hidden ?? outputs.prefix ?? outputs.begin;
    if (last) outputs.norm = model.norm(params, last);
    if (can('logits') && outputs.norm) outputs.logits = model.logits(params, outputs.norm);
    return outputs;
  };
}

async function checkShapes(subject: LanguageModelSubject, { model, run }: LanguageModelTrial, size: number) {
  const { width, heads, vocabulary } = model.config;
  const length = 4;
  const tokens = Array.from({ length: size }, (_, text) => wordsOf(model, length, text));
  const outputs = await run({ tokens }, provided(subject, model));
  const lastAxis: { readonly [name: string]: number } = { logits: vocabulary };
  for (const [name, { shape, type }] of Object.entries(outputs)) {
    const due = name === 'probabilities' ? [size, heads, length, length] : [size, length, lastAxis[name] ?? width];
    if (type === 'float32' && `${shape}` === `${due}`) continue;
    throw nonconformity(subject, {
      expected: `${name} float32 [${due.join(', ')}] for ${size} texts of ${length} words`,
      got: `${type} [${shape.join(', ')}]`,
      usualCause: '`config` says something else than the weights, or a reshape drops a batch of one.',
    });
  }
  const path = firstNotFinite(outputs);
  if (path === undefined) return;
  throw nonconformity(subject, {
    expected: 'finite numbers for short texts',
    got: `NaN or an infinity in ${path}`,
    usualCause: 'weights that are read in another type or order than they were written in.',
  });
}

function feedForwardProblem(model: LanguageModel, index: number): string | undefined {
  const { parameters } = model.feedForward(index);
  const own = new Set([...flattenLeaves(model.parameters).values()].map(startOf));
  const inner = parameters.up.weight.shape[0] as number;
  for (const [path, leaf] of flattenLeaves(parameters)) {
    const [name, field] = path.split('/');
    const [outputs, inputs] = name === 'down' ? [model.config.width, inner] : [inner, model.config.width];
    const due = field === 'bias' ? [outputs] : [outputs, inputs];
    if (`${leaf.shape}` !== `${due}`) return `${path} [${leaf.shape.join(', ')}] where [${due.join(', ')}] is due`;
    if (!own.has(startOf(leaf))) return `${path}, which starts as no leaf of the model does,`;
  }
  return undefined;
}

/** Where the values of a leaf come from; rows of a tensor in a file come from that tensor. */
function startOf({ start }: Leaf): string {
  return start.kind === 'stored' ? `${start.file} ${start.tensor}` : JSON.stringify(start);
}

/** Evaluated and in training, under names of their own. */
async function everything(subject: LanguageModelSubject, { model, run }: LanguageModelTrial, text: number) {
  const texts: Texts = { tokens: [wordsOf(model, 5, text), wordsOf(model, 5, text + 1)] };
  const compute = provided(subject, model);
  const [evaluated, trained] = [await run(texts, compute), await run(texts, compute, true)];
  const named = (prefix: string, outputs: typeof evaluated) =>
    Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
  return { ...named('evaluated', evaluated), ...named('trained', trained) };
}

function under(outputs: Awaited<ReturnType<LanguageModelTrial['run']>>, prefix: string) {
  const entries = Object.entries(outputs).filter(([path]) => path.startsWith(`${prefix}/`));
  return Object.fromEntries(entries.map(([path, tensor]) => [path.slice(prefix.length + 1), tensor]));
}

/** The same model with `around` about every call of its functions. */
function aroundCalls(model: LanguageModel, around: <R>(call: () => R, args: readonly unknown[]) => R): LanguageModel {
  const wrapped =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R =>
      around(() => call(...args), args);
  return {
    ...model,
    embed: wrapped(model.embed),
    begin: wrapped(model.begin),
    block: wrapped(model.block),
    prefix: wrapped(model.prefix),
    norm: wrapped(model.norm),
    logits: wrapped(model.logits),
  };
}
