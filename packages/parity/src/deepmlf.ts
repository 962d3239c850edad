/**
 * Parity of DeepMLF with the authors' modules in training, dropout 0 and SeqAug off: the five losses and the gradient of
 * every trained parameter on the first micro-batch, the losses on the others, and all parameters after the last step.
 *
 * The folder holds meta.json (`config`, `optimizer`, `loss_weights`, `losses` by micro-batch) and golden.safetensors:
 * `init.*`, the parameters under the names of the authors' program; `batch.<i>.*` with `input_ids` and `attention_mask`
 * [B, L], `audio` and `vision` [B, S, D], `labels` [B, 1]; `grad.*` on micro-batch 0; `final.*` after all of them; and
 * `eval.task_logits`, the predictions of the trained model on micro-batch 0.
 */
import { type FusionModule, type HostTensor, type HostTensors, InterfuseError } from '@interfuse/core';
import { fromReference } from '@interfuse/fusion-deepmlf';
import { flattenLeaves } from '@interfuse/nn';
import type { StoredTensor } from '@interfuse/safetensors';
import {
  accumulateStep,
  applyStep,
  evaluateStep,
  scalarFloat,
  scalarInt,
  trainingLeaves,
} from '@interfuse/training/loop';
import { type Comparison, compareValues } from './compare.js';
import {
  createModule,
  type Golden,
  initialValues,
  microBatch,
  readGolden,
  referenceOf,
  trainingSettings,
} from './deepmlf-golden.js';
import { withEngine } from './engines.js';

const tolerance = 1e-5;
const toleranceAfterSteps = 1e-4;
const seed = 0;

/** Our names of the losses, and those of the golden. */
const lossNames = { task: 'task', fusion: 'fusion', streams: 'av', text: 'text', languageModel: 'lm' } as const;

/** What a training left behind. */
interface Trained {
  /** By micro-batch: `loss`, `losses/<name>`. */
  readonly losses: readonly HostTensors[];
  /** `gradients/<path>` of micro-batch 0. */
  readonly gradients: HostTensors;
  /** `parameters/<path>`, `state/<path>` after the last step. */
  readonly variables: HostTensors;
  readonly prediction: HostTensor;
}

/** @throws InterfuseError if the folder is not of this form or the engine does not run */
export async function deepmlfParity(folder: string, engineId = 'cpu'): Promise<Comparison[]> {
  const golden = await readGolden(folder);
  const module = await createModule(golden);
  const trained = await trainThrough(module, golden, engineId);
  return [
    ...compareFirstLosses(golden, at(trained.losses, 0)),
    ...compareTree('gradient of', 'grad', module.parameters, 'gradients', trained.gradients, golden, tolerance),
    ...compareLaterLosses(golden, trained.losses),
    ...compareTree(
      'after training,',
      'final',
      module.parameters,
      'parameters',
      trained.variables,
      golden,
      toleranceAfterSteps,
    ),
    ...compareTree('after training,', 'final', module.state, 'state', trained.variables, golden, toleranceAfterSteps),
    compareValues('after training, prediction', trained.prediction, golden.at('eval.task_logits'), toleranceAfterSteps),
  ];
}

/** Runs all micro-batches, with an optimizer step after every `accumulate` of them. */
async function trainThrough(module: FusionModule, golden: Golden, engineId: string): Promise<Trained> {
  const settings = trainingSettings(golden.meta);
  const context = { module, task: { kind: 'regression', range: [-3, 3] }, seed, settings } as const;
  return withEngine(engineId, async (engine) => {
    const store = engine.createStore();
    await store.allocate(trainingLeaves(module, settings), seed);
    await store.write(initialValues(module, golden));
    const accumulate = engine.compile(accumulateStep(context), store);
    const apply = engine.compile(applyStep(context), store);
    const evaluate = engine.compile(evaluateStep(context), store);
    const under = (...folders: string[]): string[] =>
      store.paths.filter((path) => folders.includes(path.slice(0, path.indexOf('/'))));

    const losses: HostTensors[] = [];
    let gradients: HostTensors = {};
    for (let index = 0; index < golden.meta.losses.length; index += 1) {
      const counters = { step: scalarInt(index), epoch: scalarInt(0) };
      losses.push(await accumulate.run({ ...microBatch(golden, index), ...counters }));
      if (index === 0) gradients = await store.read(under('gradients'));
      const full = (index + 1) % settings.accumulate === 0;
      if (full) await apply.run({ learningRate: scalarFloat(settings.learningRate) });
    }
    const variables = await store.read(under('parameters', 'state'));
    const { prediction } = await evaluate.run({ ...microBatch(golden, 0), epoch: scalarInt(0) });
    return { losses, gradients, variables, prediction: prediction as HostTensor };
  });
}

function compareFirstLosses({ meta }: Golden, outputs: HostTensors): Comparison[] {
  const expected = at(meta.losses, 0);
  const terms = Object.entries(lossNames).map(([ours, theirs]) =>
    compareValues(`loss ${ours}`, output(outputs, `losses/${ours}`), vector([expected[theirs]]), tolerance),
  );
  return [...terms, compareValues('loss total', output(outputs, 'loss'), vector([expected.total]), tolerance)];
}

/** The five losses of every micro-batch but the first, each as one quantity. */
function compareLaterLosses({ meta }: Golden, losses: readonly HostTensors[]): Comparison[] {
  return meta.losses.slice(1).map((expected, before) => {
    const outputs = at(losses, before + 1);
    const ours = Object.keys(lossNames).map((name) => output(outputs, `losses/${name}`).data[0] as number);
    const theirs = vector(Object.values(lossNames).map((name) => expected[name]));
    const actual: HostTensor = { shape: theirs.shape, type: 'float32', data: Float32Array.from(ours) };
    return compareValues(`losses on micro-batch ${before + 1}`, actual, theirs, toleranceAfterSteps);
  });
}

/**
 * One comparison for each leaf that the authors' program trains or follows.
 *
 * @param prefix of the tensors in the golden; folder of ours
 */
function compareTree(
  title: string,
  prefix: 'grad' | 'final',
  tree: FusionModule['parameters'],
  folder: 'gradients' | 'parameters' | 'state',
  ours: HostTensors,
  golden: Golden,
  within: number,
): Comparison[] {
  const leaves = [...flattenLeaves(tree)].filter(([, leaf]) => leaf.train || folder === 'state');
  if (folder === 'gradients')
    requireAll(
      leaves.map(([path]) => path),
      golden,
    );
  return leaves.map(([path, { shape }]) => {
    const reference = referenceOf(path);
    const data = fromReference(reference, golden.at(`${prefix}.${reference.name}`));
    return compareValues(`${title} ${path}`, output(ours, `${folder}/${path}`), { shape, data }, within);
  });
}

/** Every gradient of the golden has to belong to something that we train. */
function requireAll(paths: readonly string[], { names, file }: Golden): void {
  const trained = new Set(paths.map((path) => `grad.${referenceOf(path).name}`));
  const unused = names.filter((name) => name.startsWith('grad.') && !trained.has(name));
  if (unused.length === 0) return;
  throw new InterfuseError('SAFETENSORS_TENSOR', {
    place: file,
    expected: 'gradients of parameters that DeepMLF trains',
    got: unused.join(', '),
  });
}

const vector = (values: readonly number[]): StoredTensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

const at = <T>(items: readonly T[], index: number): T => items[index] as T;

function output(outputs: HostTensors, name: string): HostTensor {
  const tensor = outputs[name];
  if (tensor) return tensor;
  throw new InterfuseError('ENGINE_STEP', { place: 'step parity', expected: `an output ${name}`, got: 'none' });
}
