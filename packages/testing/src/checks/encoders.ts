/** Checks of encoders: shapes, masks, samples that stay apart, gradients, state, purity. */
import type { Encoder, HostTensor, HostTensors } from '@interfuse/core';
import { countParameters, flattenLeaves } from '@interfuse/nn';
import { fillUnderStreams, takeRows, takeSamples } from '../batch-changes.js';
import { nonconformity } from '../claim.js';
import { difference, firstNotFinite, firstUnequal, largestMagnitude, worstDifference } from '../compare.js';
import {
  type EncoderClaim,
  type EncoderSubject,
  type EncoderTrial,
  makeEncoder,
  tinyStream,
  withEncoder,
  withoutStream,
} from '../encoder-trial.js';
import { freeze, holdsDisposed, isFrozenError, noticingReads } from '../watch-calls.js';
import { assertOnlyDeclares, assertSoundLeaves } from './leaves.js';

const tolerance = 1e-4;
/** Gradients are looked at before the first update of the parameters and after each of two. */
const updates = 2;

export const encoderClaims: readonly EncoderClaim[] = [
  {
    name: 'parameters are counted without making a tensor',
    run: (subject) =>
      assertOnlyDeclares(subject, async () => {
        const { parameters } = await makeEncoder(subject);
        // An encoder without a parameter is one that only pools.
        return { leaves: countParameters(parameters).total + 1 };
      }),
  },
  {
    name: 'leaves have sound shapes and names, the same every time',
    async run(subject) {
      const [first, second] = [await makeEncoder(subject), await makeEncoder(subject)];
      assertSoundLeaves(
        subject,
        { parameters: first.parameters, state: first.state },
        { parameters: second.parameters, state: second.state },
      );
    },
  },
  {
    name: 'masks are the default',
    async run(subject) {
      if ((await makeEncoder({ ...subject, options: {} })).faithful === undefined) return;
      throw nonconformity(subject, {
        expected: 'an encoder that keeps the masks unless an option asks for a published model that does not',
        got: '`faithful` with the default options',
        usualCause: 'a default that follows a published program; let the masks be the default and that an option.',
      });
    },
  },
  {
    name: 'batches of one and of three give finite vectors of the declared width and number of steps',
    run: (subject) =>
      withEncoder(subject, async (trial) => {
        for (const size of [1, 3]) await checkShapes(subject, trial, size);
      }),
  },
  {
    name: 'vectors are zero and closed where nothing is real',
    run: (subject) =>
      withEncoder(subject, async ({ encode }) => {
        const { values, mask } = (await encode(withoutStream(3, [1]))) as Encoded;
        const [, steps, width] = values.shape as [number, number, number];
        const open = mask.data.slice(steps, 2 * steps).some((step) => step !== 0);
        const left = (values.data as Float32Array).findIndex(
          (value, i) => value !== 0 && !mask.data[Math.floor(i / width)],
        );
        if (!open && left < 0) return;
        throw nonconformity(subject, {
          expected:
            'zeros wherever the mask that is returned is closed, and that mask closed for a sample without the stream',
          got: open ? 'open steps of a sample without the stream' : `a value of ${values.data[left]} under the mask`,
          usualCause: 'a bias that is added after the masking, or `present` not looked at; end with zeroMasked.',
        });
      }),
  },
  {
    name: 'values under a mask never matter',
    run: (subject) =>
      withEncoder(subject, async ({ encoder, encode }) => {
        if (isFaithful(encoder)) return;
        const input = tinyStream({ size: 3 });
        const by = difference(
          (await encode(fillUnderStreams(input))).values as HostTensor,
          (await encode(input)).values as HostTensor,
        );
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the same vectors whatever lies where the mask of the stream is false',
          got: `a change of ${by.toPrecision(2)}`,
          usualCause: 'a mean, an attention or a norm without the mask, or 0 * x where zeroMasked is needed.',
        });
      }),
  },
  {
    name: 'the amount of padding never matters',
    run: (subject) =>
      withEncoder(subject, async ({ encoder, encode }) => {
        if (isFaithful(encoder)) return;
        const full = (await encode(tinyStream({ size: 3 }))) as Encoded;
        const tight = (await encode(tinyStream({ size: 3, padding: 'tight' }))) as Encoded;
        const steps = Math.min(tight.values.shape[1] as number, full.values.shape[1] as number);
        const by = Math.max(
          difference(firstSteps(full.values, steps), firstSteps(tight.values, steps)),
          difference(firstSteps(full.mask, steps), firstSteps(tight.mask, steps)),
        );
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: 'the same vectors with little and with much padding',
          got: `a change of ${by.toPrecision(2)}`,
          usualCause: 'a division by the padded length, or steps that are spread over the padding; count real steps.',
        });
      }),
  },
  {
    name: 'a permuted batch gives permuted vectors',
    run: (subject) =>
      withEncoder(subject, async ({ encode }) => {
        const input = tinyStream({ size: 4 });
        const order = [2, 0, 3, 1];
        const moved = (await encode(takeSamples(input, order))) as Encoded;
        const by = difference(moved.values, takeRows(((await encode(input)) as Encoded).values, order));
        if (by < tolerance) return;
        throw nonconformity(subject, {
          expected: 'vectors that move with their samples when a batch is reordered in evaluation',
          got: `a difference of ${by.toPrecision(2)}`,
          usualCause: 'a reshape that mixes the batch axis with another one; write the shape beside each reshape.',
        });
      }),
  },
  {
    name: 'a sample is encoded alone as in company',
    run: (subject) =>
      withEncoder(subject, async ({ encode }) => {
        const input = tinyStream({ size: 4 });
        const together = ((await encode(input)) as Encoded).values;
        for (const sample of [0, 1, 2, 3]) {
          const alone = ((await encode(takeSamples(input, [sample]))) as Encoded).values;
          const by = difference(alone, takeRows(together, [sample]));
          if (by < tolerance) continue;
          throw nonconformity(subject, {
            expected: 'the same vectors for a sample whatever else is in its batch, in evaluation',
            got: `a difference of ${by.toPrecision(2)} for sample ${sample} of 4`,
            usualCause: 'a mean over the batch, or batch statistics in evaluation; running statistics are `state`.',
          });
        }
      }),
  },
  {
    name: 'a sample without the stream gives finite numbers, forward and backward',
    run: (subject) =>
      withEncoder(subject, async ({ encode, differentiate }) => {
        for (const input of [withoutStream(3, [1]), withoutStream(2, [0, 1])]) {
          const strange = firstNotFinite({ ...(await encode(input)), ...(await differentiate(input)) });
          if (strange === undefined) continue;
          throw nonconformity(subject, {
            expected: 'finite numbers for samples without the stream, even if all of the batch lack it',
            got: `NaN or an infinity in ${strange}`,
            usualCause: 'a mean over no real step, or a softmax over no allowed key; maskedMean and attend give zeros.',
          });
        }
      }),
  },
  {
    name: 'every trainable leaf has a finite, non-zero gradient within two updates, or says why not',
    run: (subject) =>
      withEncoder(subject, async (trial) => {
        const silent = new Set(trainablePaths(trial.encoder));
        for (let step = 0; step <= updates; step += 1) {
          const found = await trial.differentiate(tinyStream({ size: 3, seed: 1 + step }), step);
          const strange = firstNotFinite(found);
          if (strange !== undefined) {
            throw nonconformity(subject, {
              expected: 'finite vectors and gradients',
              got: `NaN or an infinity in ${strange} after ${step} updates`,
              usualCause: 'a root, a logarithm or a quotient at zero; tf.where hides it forward but not backward.',
            });
          }
          for (const path of silent)
            if (largestMagnitude(found[`gradients/${path}`] as HostTensor) > 0) silent.delete(path);
          await trial.update(found);
        }
        if (silent.size === 0) return;
        throw nonconformity(subject, {
          expected: 'a gradient for every trainable leaf within two updates',
          got: `none for ${[...silent].join(', ')}`,
          usualCause:
            'a leaf that `encode` does not use, or one that cannot matter (a bias before a batch norm): declare `inert` with the reason.',
        });
      }),
  },
  {
    name: 'state comes back as declared, and only training changes it',
    run: (subject) =>
      withEncoder(subject, async ({ encoder, encode, differentiate }) => {
        const declared = [...flattenLeaves(encoder.state, 'state')].map(([path, { shape }]) => `${path} [${shape}]`);
        const evaluated = await encode(tinyStream({ size: 3 }));
        const again = await encode(tinyStream({ size: 3, seed: 2 }));
        for (const outputs of [evaluated, await differentiate(tinyStream({ size: 3 }))]) {
          const returned = Object.entries(stateOf(outputs)).map(([path, { shape }]) => `${path} [${shape}]`);
          if (`${returned.sort()}` === `${declared.sort()}`) continue;
          throw nonconformity(subject, {
            expected: `the state that is declared: ${declared.join(', ') || 'none'}`,
            got: returned.join(', ') || 'none',
            usualCause: 'a leaf that is left out of what `encode` returns, or a statistic that lost an axis.',
          });
        }
        const changed = firstUnequal(stateOf(evaluated), stateOf(again));
        if (changed === undefined) return;
        throw nonconformity(subject, {
          expected: 'state that stays as it is in evaluation',
          got: `another ${changed} after another batch`,
          usualCause: 'statistics that are updated whatever `pass.training` says.',
        });
      }),
  },
  {
    name: 'it reads no value back',
    async run(subject) {
      let reads = 0;
      const change = (encoder: Encoder): Encoder => ({
        ...encoder,
        encode: (...args) =>
          noticingReads(
            () => encoder.encode(...args),
            () => {
              reads += 1;
            },
          ),
      });
      try {
        await withEncoder(subject, callEverything, { change });
      } catch (error) {
        // A compiling engine has no value to read, and says so itself.
        if (reads === 0) throw error;
      }
      if (reads === 0) return;
      throw nonconformity(subject, {
        expected: 'tensor operations only, so that a compiling engine can trace the program once',
        got: 'values read back in encode',
        usualCause: 'dataSync, arraySync or an `if` on a number from a tensor; choose between values with tf.where.',
      });
    },
  },
  {
    name: 'it leaves its inputs as they are',
    async run(subject) {
      let disposed = false;
      const change = (encoder: Encoder): Encoder => ({
        ...encoder,
        encode(...args) {
          for (const given of args) freeze(given);
          const result = encoder.encode(...args);
          disposed ||= args.some(holdsDisposed);
          return result;
        },
      });
      let failure: unknown;
      try {
        await withEncoder(subject, callEverything, { change });
      } catch (error) {
        if (!disposed && !isFrozenError(error)) throw error;
        failure = error;
      }
      if (!disposed && failure === undefined) return;
      throw nonconformity(subject, {
        expected: 'params, state, stream and pass left as they were given: others read them, too',
        got: disposed ? 'inputs disposed of in encode' : (failure as Error).message,
        usualCause: 'an assignment to the stream or a `dispose()`; make a new record, and leave tensors to the engine.',
        cause: failure,
      });
    },
  },
  {
    name: 'the same seed gives the same bits, forward and backward, dropout included',
    async run(subject) {
      const training = ({ differentiate }: EncoderTrial) => differentiate(tinyStream({ size: 3 }), 1);
      const path = firstUnequal(await withEncoder(subject, training), await withEncoder(subject, training));
      if (path === undefined) return;
      throw nonconformity(subject, {
        expected: 'the same vectors and gradients, bit by bit, from two training passes of the same seed',
        got: `two different values of ${path}`,
        usualCause: 'Math.random or tf.dropout; draw from `pass.random`, as dropout of @interfuse/nn does.',
      });
    },
  },
  {
    name: 'nothing is kept between calls',
    async run(subject) {
      const encoder = await makeEncoder(subject);
      const calls = ({ encode, differentiate }: EncoderTrial) =>
        everything({ encode, differentiate }, tinyStream({ size: 3 }));
      const first = await withEncoder(subject, calls, { encoder });
      await withEncoder(subject, (trial) => everything(trial, tinyStream({ size: 2, seed: 2 })), { encoder });
      const path = firstUnequal(first, await withEncoder(subject, calls, { encoder }));
      if (path === undefined) return;
      throw nonconformity(subject, {
        expected: 'the same vectors from the same variables and inputs, whatever the encoder was called with before',
        got: `another value of ${path} after it had been called with another batch`,
        usualCause: 'a variable of the closure that `encode` changes; what changes is `state`, passed in and returned.',
      });
    },
  },
  {
    name: 'every engine gives the same numbers',
    applies: ({ engines }) => engines.length > 1,
    async run(subject) {
      const outputs = (trial: EncoderTrial) => everything(trial, tinyStream({ size: 3 }));
      const [first, ...others] = subject.engines;
      const reference = await withEncoder(subject, outputs, { engine: first });
      for (const engine of others) {
        const worst = worstDifference(await withEncoder(subject, outputs, { engine }), reference);
        if (worst.difference < tolerance) continue;
        throw nonconformity(subject, {
          expected: `vectors and gradients within ${tolerance} of those of ${first.id} on ${engine.id}`,
          got: `a difference of ${worst.difference.toPrecision(2)} in ${worst.path}`,
          usualCause: 'differences of large numbers, or a choice by the name of the backend.',
        });
      }
    },
  },
];

type Encoded = { readonly values: HostTensor; readonly mask: HostTensor };

const isFaithful = ({ faithful = '' }: Encoder): boolean => faithful.trim() !== '';

async function checkShapes(subject: EncoderSubject, { encoder, encode }: EncoderTrial, size: number): Promise<void> {
  const outputs = (await encode(tinyStream({ size }))) as HostTensors & Encoded;
  const { values, mask } = outputs;
  const steps = encoder.steps ?? values.shape[1];
  const expected = `values float32 [${size}, ${steps}, ${encoder.width}] and mask bool [${size}, ${steps}]`;
  const got = `values ${values.type} [${values.shape.join(', ')}] and mask ${mask.type} [${mask.shape.join(', ')}]`;
  if (got !== expected) {
    throw nonconformity(subject, {
      expected: `${expected} for a batch of ${size}`,
      got,
      usualCause: '`width` or `steps` says something else than `encode` returns, or tf.squeeze dropped a batch of one.',
    });
  }
  const path = firstNotFinite(outputs);
  if (path === undefined) return;
  throw nonconformity(subject, {
    expected: `finite vectors for a batch of ${size}`,
    got: `NaN or an infinity in ${path}`,
    usualCause: 'a variance over a batch of one, or a division by a count that can be zero.',
  });
}

async function everything(trial: Pick<EncoderTrial, 'encode' | 'differentiate'>, input: HostTensors) {
  const evaluated = Object.entries(await trial.encode(input)).map(([path, tensor]) => [`evaluated/${path}`, tensor]);
  return { ...(await trial.differentiate(input)), ...(Object.fromEntries(evaluated) as HostTensors) };
}

async function callEverything(trial: EncoderTrial): Promise<void> {
  await everything(trial, tinyStream({ size: 2 }));
}

function stateOf(outputs: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(outputs).filter(([path]) => path.startsWith('state/')));
}

/** [B, S, ...] cut to its first steps. */
function firstSteps({ shape, type, data }: HostTensor, steps: number): HostTensor {
  const [batch, all, ...rest] = shape as [number, number, ...number[]];
  const width = rest.reduce((product, extent) => product * extent, 1);
  const kept = data.filter((_, i) => Math.floor(i / width) % all < steps);
  return { shape: [batch, steps, ...rest], type, data: kept };
}

function trainablePaths({ parameters }: Encoder): string[] {
  return [...flattenLeaves(parameters, 'parameters')]
    .filter(([, { train, inert = '' }]) => train && inert.trim() === '')
    .map(([path]) => path);
}
