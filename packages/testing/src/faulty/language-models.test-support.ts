/** Language models that are wrong in one way each. */
import type { LanguageModel, LanguageModelPlugin, Tokenizer } from '@interfuse/core';
import { causalFrame, constant, mapLeaves, trained, withGradient, zeros } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { tinyLanguageModel } from '../mocks/tiny-language-model.js';
import { tinyLanguageModelPlugin } from '../mocks/tiny-language-model-plugins.js';
import { tinyTokenizer } from '../mocks/tiny-tokenizer.js';
import type { Faulty } from './faulty.test-support.js';

const sound = tinyLanguageModelPlugin();

/** The tiny language model, changed. */
function withModel(change: (model: LanguageModel) => Partial<LanguageModel>): LanguageModelPlugin {
  return {
    ...sound,
    load: async () => async () => {
      const model = tinyLanguageModel();
      return { model: { ...model, ...change(model) }, tokenizer: tinyTokenizer };
    },
  };
}

/** Its blocks changed, and the prefix with them. */
function withBlock(change: (block: LanguageModel['block']) => LanguageModel['block']): LanguageModelPlugin {
  return withModel((model) => {
    const block = change(model.block);
    return {
      block,
      prefix(params, text, depth, pass) {
        const frame = causalFrame(text.mask, pass);
        let hidden = model.begin(params, model.embed(params, text.tokens), frame);
        for (let index = 0; index < depth; index += 1) hidden = block(params, index, hidden, frame).hidden;
        return text.prefix?.[depth] ?? hidden;
      },
    };
  });
}

function withTokenizer(changes: Partial<Tokenizer>): LanguageModelPlugin {
  return {
    ...sound,
    load: async () => async () => ({ model: tinyLanguageModel(), tokenizer: { ...tinyTokenizer, ...changes } }),
  };
}

export const faultyLanguageModels: { readonly [fault: string]: Faulty<LanguageModelPlugin> } = {
  'provides what there is not': {
    plugin: { ...sound, provides: ['attention' as 'blocks'] },
    claim: 'the manifest is complete, and its id, version and interface are in order',
  },
  'makes a tensor when it is opened': {
    plugin: withModel(() => {
      tf.scalar(1);
      return {};
    }),
    claim: 'parameters are counted without making a tensor',
  },
  'names a leaf anew every time': {
    plugin: withModel(({ parameters }) => ({
      parameters: { ...parameters, [`x${Math.random()}`]: zeros([1], { train: false }) },
    })),
    claim: 'leaves have sound shapes and names, the same every time',
  },
  'does not know the length of its contexts': {
    plugin: withModel(({ config }) => ({ config: { ...config, contextLength: Number.NaN } })),
    claim: 'its config says what the model is',
  },
  'trains though it is frozen': {
    plugin: withModel(({ parameters }) => ({ parameters: mapLeaves(parameters, (leaf) => trained(leaf)) })),
    claim: 'a frozen model has no leaf that trains',
  },
  'has a logit too many': {
    plugin: withModel(({ logits }) => ({
      logits: (params, hidden) => {
        const all = logits(params, hidden); // [B, T, V]
        return tf.concat([all, tf.slice(all, [0, 0, 0], [-1, -1, 1])], -1);
      },
    })),
    claim: 'what it claims to provide gives finite tensors of the declared shapes',
  },
  'drops the batch axis at batch 1': {
    plugin: withModel(({ norm }) => ({
      norm: (params, hidden) => (hidden.shape[0] === 1 ? tf.squeeze(norm(params, hidden), [0]) : norm(params, hidden)),
    })),
    claim: 'what it claims to provide gives finite tensors of the declared shapes',
  },
  'hands out feed-forwards that are not its own': {
    plugin: withModel(({ feedForward }) => ({
      feedForward: (index) => {
        const own = feedForward(index);
        return { ...own, parameters: { ...own.parameters, up: { weight: constant([32, 16], 0.5) } } } as typeof own;
      },
    })),
    claim: 'the feed-forwards that it hands out have shapes that fit, and the weights of its own',
  },
  'reads later words': {
    plugin: withBlock((block) => (params, index, hidden, frame, before) => {
      const result = block(params, index, hidden, frame, before);
      const kept = tf.cast(tf.expandDims(tf.any(frame.allowed, 1), -1), 'float32'); // [B | 1, C + T, 1]
      const own = tf.slice(kept, [0, (kept.shape[1] as number) - (hidden.shape[1] as number), 0], [-1, -1, 1]);
      return { ...result, hidden: tf.add(result.hidden, tf.mul(0.1, tf.sum(tf.mul(hidden, own), 1, true))) };
    }),
    claim: 'a word never reads a later one',
    also: {
      claims: ['slots that follow others get what they get in the whole sequence'],
      because: 'what is added is of all slots of a call',
    },
  },
  'reads masked words': {
    plugin: withBlock((block) => (params, index, hidden, frame, before) => {
      const [slots, keys] = frame.allowed.shape.slice(1) as [number, number];
      const causal = tf.lessEqual(tf.range(0, keys), tf.expandDims(tf.range(keys - slots, keys), 1));
      return block(params, index, hidden, { ...frame, allowed: tf.expandDims(causal, 0) }, before);
    }),
    claim: 'masked words never matter',
  },
  'walks one block too few in its prefix': {
    plugin: withModel(({ prefix }) => ({
      prefix: (params, text, depth, pass) => text.prefix?.[depth] ?? prefix(params, text, depth - 1, pass),
    })),
    claim: 'its prefix is what its blocks walk',
  },
  'does not look at what is memoised': {
    plugin: withModel(({ prefix }) => ({
      prefix: (params, { prefix: _, ...text }, depth, pass) => prefix(params, text, depth, pass),
    })),
    claim: 'a memoised prefix is its answer, at that depth alone',
  },
  'takes what is memoised for any depth': {
    plugin: withModel(({ prefix }) => ({
      prefix: (params, text, depth, pass) => Object.values(text.prefix ?? {})[0] ?? prefix(params, text, depth, pass),
    })),
    claim: 'a memoised prefix is its answer, at that depth alone',
  },
  'forgets the slots before': {
    plugin: withModel(({ block }) => ({
      block(params, index, hidden, frame, before) {
        if (!before) return block(params, index, hidden, frame);
        return block(params, index, hidden, frame, { ...before, hidden: tf.zerosLike(before.hidden) });
      },
    })),
    claim: 'slots that follow others get what they get in the whole sequence',
  },
  'returns scores for probabilities': {
    plugin: withModel(({ block }) => ({
      block(...args) {
        const result = block(...args);
        return { ...result, probabilities: tf.mul(result.probabilities, 2) };
      },
    })),
    claim: 'attention reads what the frame allows, and sums to one',
  },
  'lets no gradient through a block': {
    plugin: withModel(({ block }) => ({
      block(params, index, hidden, frame, before) {
        const stopped = withGradient(
          [hidden],
          (x) => tf.clone(x as tf.Tensor),
          (gradient) => [tf.zerosLike(gradient)],
        );
        const { hidden: after, probabilities } = block(params, index, stopped, frame, before);
        return { hidden: tf.add(hidden, tf.sub(after, stopped)), probabilities };
      },
    })),
    claim: 'a gradient passes through every block',
  },
  'divides by the number of real words': {
    plugin: withBlock((block) => (params, index, hidden, frame, before) => {
      const result = block(params, index, hidden, frame, before);
      const readable = tf.sum(tf.cast(frame.allowed, 'float32'), [1, 2], true); // [B | 1, 1, 1]
      return { ...result, hidden: tf.mul(result.hidden, tf.div(readable, readable)) };
    }),
    claim: 'nothing at all to read gives finite numbers, never NaN',
  },
  'reads a value back': {
    plugin: withModel(({ norm }) => ({
      norm(params, hidden) {
        hidden.dataSync();
        return norm(params, hidden);
      },
    })),
    claim: 'it reads no value back',
  },
  'writes into the frame': {
    plugin: withModel(({ begin }) => ({
      begin(params, hidden, frame) {
        Object.assign(frame, { positions: frame.positions });
        return begin(params, hidden, frame);
      },
    })),
    claim: 'it leaves its inputs as they are',
  },
  'counts its calls': {
    plugin: withModel(({ norm }) => {
      let calls = 0;
      return {
        norm(params, hidden) {
          calls += 1;
          return tf.add(norm(params, hidden), calls / 10);
        },
      };
    }),
    claim: 'nothing is kept between calls, and a pass of the same seed gives the same bits',
  },
  'draws numbers without the seed': {
    plugin: withModel(({ norm }) => ({
      norm: (params, hidden) => tf.add(norm(params, hidden), Math.random()),
    })),
    claim: 'nothing is kept between calls, and a pass of the same seed gives the same bits',
    also: { claims: ['every engine gives the same numbers'], because: 'the engines draw apart' },
  },
  'computes something else on another backend': {
    plugin: withModel(({ norm }) => ({
      norm: (params, hidden) => tf.mul(norm(params, hidden), tf.getBackend() === 'wasm' ? 1.01 : 1),
    })),
    claim: 'every engine gives the same numbers',
  },
  'loses capital letters': {
    plugin: withTokenizer({ encode: (text, length) => tinyTokenizer.encode(text.toLowerCase(), length) }),
    claim: 'a text comes back from its tokens',
  },
  'pads with a token that it has not': {
    plugin: withTokenizer({ padToken: 11 }),
    claim: 'tokens and the pad lie within the vocabulary',
  },
  'cuts a text at its beginning': {
    plugin: withTokenizer({
      encode: (text, length) => tinyTokenizer.encode(text).slice(-(length ?? Number.POSITIVE_INFINITY)),
    }),
    claim: 'a long text is cut at its end, to just the length that is allowed',
  },
};
