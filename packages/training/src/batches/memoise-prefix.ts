/**
 * The hidden states of the texts after the first, frozen blocks of the language model, computed once per sample.
 *
 * Every strategy that leaves the text alone up to some depth computes the same there in every epoch; see
 * `LanguageModel.prefix`.
 */
import type {
  Engine,
  HostTensor,
  HostTensors,
  LanguageModel,
  Leaf,
  Pass,
  Random,
  Step,
  TextInput,
} from '@interfuse/core';
import { createRandom, flattenLeaves, nestTensors } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';
import { batchFromInputs, input, prefixPath } from '../steps/inputs.js';
import type { BatchSource } from './batch-source.js';
import { ownGiver } from './giver.js';
import { textModality } from './withheld.js';

/** More than this, in bytes, is not kept in memory. */
const memoryLimit = 1e9;

/** Texts per run of the language model. */
const batchSize = 32;

export interface MemoSettings {
  readonly engine: Engine;
  readonly languageModel: LanguageModel;
  /** After how many blocks the text is read alone and unchanged: the module's `prefixDepths`. */
  readonly depths: readonly number[];
  readonly source: BatchSource;
  readonly seed: number;
  /** Where other runs find them, too. Default: nowhere. */
  readonly shared?: SharedStates;
}

/** The states of the real tokens of every sample, [tokens x width] each. */
export type States = readonly Float32Array[];

/** States that several runs have in common. */
export interface SharedStates {
  /**
   * By depth: those that are there, and of the others what `compute` makes of them, which is kept. Where it makes nothing,
   * there is nothing to be kept.
   */
  get(
    depths: readonly number[],
    compute: (missing: readonly number[]) => Promise<ReadonlyMap<number, States> | undefined>,
  ): Promise<ReadonlyMap<number, States> | undefined>;
}

/**
 * The same source with `text/prefix/<depth>` [B, L, width] in its batches, zero where the mask is false.
 *
 * The source itself, unchanged, where a prefix cannot stand for the computation: a leaf of the language model is trained
 * or starts at random (from its path, which is another one in the tree of the strategy), the model draws random numbers
 * in training (dropout), there is no text, or the states would take over 1 GB.
 */
export async function memoisePrefix(settings: MemoSettings): Promise<BatchSource> {
  const { languageModel, depths, source, shared } = settings;
  const leaves = flattenLeaves(languageModel.parameters);
  if (![...leaves.values()].every(isKnown)) return source;
  const compute = (missing: readonly number[]) => readAll(settings, missing);
  const states = await (shared === undefined ? compute(depths) : shared.get(depths, compute));
  return states === undefined ? source : withPrefix(source, states, languageModel.config.width);
}

/** The states of all samples; nothing where the model draws random numbers, there is no text, or they are too many. */
async function readAll(
  { engine, languageModel, source, seed }: MemoSettings,
  depths: readonly number[],
): Promise<ReadonlyMap<number, States> | undefined> {
  const store = engine.createStore();
  try {
    await store.allocate(flattenLeaves(languageModel.parameters), seed);
    const { step, drew } = prefixStep(languageModel, depths, seed);
    const program = engine.compile(step, store);
    const states = new Map(depths.map((depth) => [depth, [] as Float32Array[]]));
    let bytes = 0;
    for (let first = 0; first < source.size; first += batchSize) {
      const rows = Array.from({ length: Math.min(batchSize, source.size - first) }, (_, i) => first + i);
      // Streams play no part in it and need not be read.
      const batch = await source.batch(rows, (_row, modality) => modality !== textModality);
      if (!batch['text/tokens']) return undefined;
      const read = await program.run({ ...textOf(batch), rows: batch.rows as HostTensor, ...counters });
      for (const [depth, kept] of states) {
        const real = realStates(read[depth] as HostTensor, batch['text/mask'] as HostTensor);
        bytes += real.reduce((sum, state) => sum + state.byteLength, 0);
        kept.push(...real);
      }
      if (drew() || bytes > memoryLimit) return undefined;
    }
    return states;
  } finally {
    store.dispose?.();
  }
}

/** Whether the values are the same wherever the leaf stands, in every step. */
function isKnown({ start, train }: Leaf): boolean {
  return !train && (start.kind === 'stored' || start.kind === 'constant');
}

const zero: HostTensor = { shape: [], type: 'int32', data: Int32Array.of(0) };
const counters: HostTensors = { step: zero, epoch: zero };

/** The step, and whether any number was drawn while it ran in training mode. */
function prefixStep(
  languageModel: LanguageModel,
  depths: readonly number[],
  seed: number,
): { step: Step; drew(): boolean } {
  let drawn = false;
  const watched = (random: Random): Random => ({
    uniform(shape) {
      drawn = true;
      return random.uniform(shape);
    },
    fork: (name) => watched(random.fork(name)),
  });
  const step: Step = {
    name: 'prefix',
    run(variables, inputs) {
      const { text } = batchFromInputs(inputs);
      const random = watched(createRandom(seed, input(inputs, 'step')));
      const pass: Pass = { training: true, epoch: input(inputs, 'epoch'), random };
      const params = nestTensors(languageModel.parameters, variables);
      const read = (depth: number): Tensor => languageModel.prefix(params, text as TextInput, depth, pass);
      return { updates: {}, outputs: Object.fromEntries(depths.map((depth) => [depth, read(depth)])) };
    },
  };
  return { step, drew: () => drawn };
}

function textOf(batch: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(batch).filter(([path]) => path.startsWith('text/')));
}

/** The states of the real tokens of each sample: what stands at padding is never read. */
function realStates({ shape, data }: HostTensor, mask: HostTensor): Float32Array[] {
  const [batch, length, width] = shape as [number, number, number];
  return Array.from({ length: batch }, (_, i) => {
    const bits = (mask.data as Uint8Array).subarray(i * length, (i + 1) * length);
    const real = bits.reduce((sum, bit) => sum + bit, 0);
    return (data as Float32Array).slice(i * length * width, (i * length + real) * width);
  });
}

function withPrefix(source: BatchSource, states: ReadonlyMap<number, States>, width: number): BatchSource {
  return {
    ...source,
    async batch(rows, withheld, giver = ownGiver) {
      const tensors = await source.batch(rows, withheld, giver);
      const { data: present } = tensors['text/present'] as HostTensor;
      const [batch, length] = (tensors['text/tokens'] as HostTensor).shape as [number, number];
      const prefixes: Record<string, HostTensor> = {};
      for (const [depth, kept] of states) {
        const hidden = new Float32Array(batch * length * width);
        rows.forEach((row, i) => {
          if (present[i] === 1) hidden.set(kept[giver(row, textModality)] as Float32Array, i * length * width);
        });
        prefixes[prefixPath(depth)] = { shape: [batch, length, width], type: 'float32', data: hidden };
      }
      return { ...tensors, ...prefixes };
    },
  };
}
