/**
 * A warm start: leaves that begin with what another training has selected, found by their paths. What does not match is
 * known before anything is trained.
 */
import {
  type FusionModule,
  type HostTensor,
  InterfuseError,
  type Shape,
  type Store,
  type WarmStart,
} from '@interfuse/core';
import { readHeader, SafetensorsFile } from '@interfuse/safetensors';
import { modelLeaves } from '../steps/variables.js';
import { bestWeightsFile, weightLeaves } from './checkpoint.js';
import { leafGlob, literalPart } from './leaf-glob.js';

/** Shapes of variables, by name: `parameters/<path>` and `state/<path>`. */
export type Shapes = ReadonlyMap<string, Shape>;

/** What is taken from a checkpoint, and what did not match; paths without `parameters/` or `state/`. */
export interface WarmStartReport {
  readonly leaves: number;
  /** Numbers in them. */
  readonly elements: number;
  /** Selected, and of no use here. */
  readonly notInModel: readonly string[];
  /** Leaves that the selection means and that start as they declare. */
  readonly notInCheckpoint: readonly string[];
}

export interface PlannedWarmStart {
  /** Variables of the model, each with the one of the checkpoint that it starts with. */
  readonly sources: ReadonlyMap<string, string>;
  readonly report: WarmStartReport;
}

/** Shapes of what a training of this model selects. */
export function selectedShapes(module: FusionModule): Shapes {
  return new Map([...weightLeaves(module)].map(([name, { shape }]) => [name, shape]));
}

/** Shapes of what the training in this folder has selected. @throws RUN_INVALID if no epoch has ended in it */
export async function storedShapes(folder: string): Promise<Shapes> {
  const { tensors } = readHeader(await bestWeightsFile(folder));
  return new Map([...tensors].map(([name, { shape }]) => [name, shape]));
}

/**
 * Which variables of the model start with which of a checkpoint. Parameters become parameters and state becomes state.
 *
 * @param place of the warm start in the config, for the error
 * @throws CHECKPOINT_MISMATCH if nothing is selected, or what is has another shape or is frozen here
 */
export function planWarmStart(
  checkpoint: Shapes,
  module: FusionModule,
  { run, select, as }: WarmStart,
  place: string,
): PlannedWarmStart {
  const glob = leafGlob(select);
  const base = literalPart(select);
  const here = as ?? base;
  const model = modelLeaves(module);
  const changing = weightLeaves(module);
  const selected = [...checkpoint].filter(([name]) => glob.test(pathOf(name)));
  const renamed = (name: string) => moved(name, base, here);

  const problems: string[] = [];
  const notInModel: string[] = [];
  const sources = new Map<string, string>();
  let elements = 0;
  for (const [name, shape] of selected) {
    const target = renamed(name);
    const leaf = model.get(target);
    if (leaf === undefined) notInModel.push(pathOf(name));
    else if (!changing.has(target)) problems.push(`${pathOf(target)} is frozen here`);
    else if (leaf.shape.join() !== shape.join()) {
      problems.push(`${pathOf(target)} is [${leaf.shape.join(', ')}] here and [${shape.join(', ')}] there`);
    } else {
      sources.set(target, name);
      elements += shape.reduce((product, extent) => product * extent, 1);
    }
  }
  if (problems.length > 0) {
    throw new InterfuseError('CHECKPOINT_MISMATCH', {
      place,
      expected: `leaves of ${run} that fit this model`,
      got: firstOf(problems, '; '),
      remedy: 'Give both runs encoders of the same sizes, or select less of the other run.',
    });
  }
  if (sources.size === 0) throw nothingSelected(place, { run, select }, [...checkpoint.keys()], notInModel);
  const meant = [...changing.keys()].filter(
    (name) => isBelow(pathOf(name), here) && glob.test(pathOf(moved(name, here, base))),
  );
  const notInCheckpoint = meant.filter((name) => !sources.has(name)).map(pathOf);
  return { sources, report: { leaves: sources.size, elements, notInModel, notInCheckpoint } };
}

/** Puts what the training in this folder has selected into a store that holds the variables of the model. */
export async function loadWarmStart(folder: string, store: Store, { sources }: PlannedWarmStart): Promise<void> {
  const weights = await SafetensorsFile.open(await bestWeightsFile(folder));
  try {
    for (const [name, source] of sources) {
      const { shape, data } = await weights.tensor(source);
      const value: HostTensor = { shape, type: 'float32', data: data as Float32Array };
      await store.write({ [name]: value });
    }
  } finally {
    await weights.close();
  }
}

function nothingSelected(
  place: string,
  { run, select }: Pick<WarmStart, 'run' | 'select'>,
  names: readonly string[],
  notInModel: readonly string[],
): InterfuseError {
  const roots = [...new Set(names.map((name) => pathOf(name).split('/', 1)[0]))];
  return new InterfuseError('CHECKPOINT_MISMATCH', {
    place,
    expected: `leaves of ${run} that this model has too`,
    got: notInModel.length > 0 ? `none: ${firstOf(notInModel, ', ')}` : `none that ${select} selects`,
    remedy:
      notInModel.length > 0
        ? 'Say with `as` under which path this model has them.'
        : `Correct \`select\`: what it selects from begins with ${roots.join(', ')}.`,
  });
}

const shownAtMost = 6;

/** The first few, and how many more there are. */
export function firstOf(items: readonly string[], separator: string): string {
  const more = items.length - shownAtMost;
  return [...items.slice(0, shownAtMost), ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}

/** Without `parameters/` or `state/`. */
function pathOf(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** The same variable with `to` in place of `from` at the beginning of its path. */
function moved(name: string, from: string, to: string): string {
  const path = pathOf(name);
  const rest = from === '' ? path : path.slice(from.length + 1);
  const kind = name.slice(0, name.indexOf('/'));
  return [kind, to, rest].filter((part) => part !== '').join('/');
}

function isBelow(path: string, base: string): boolean {
  return base === '' || path === base || path.startsWith(`${base}/`);
}
