/** What a strategy has of parameters and what training them takes of memory, from its leaves: no weight is read. */
import {
  type FusionModule,
  isLeaf,
  type LanguageModel,
  type Leaf,
  type Leaves,
  type TrainingSettings,
} from '@interfuse/core';
import { countParameters, leafSize } from '@interfuse/nn';
import { trainingLeaves } from '@interfuse/training/loop';

export interface ParameterCounts {
  readonly total: number;
  readonly trained: number;
  /** Its share, if the strategy has one. */
  readonly languageModel?: {
    /** As the config says it: `frozen`, `lora`, `last:2`, `all`. Absent where its plugin does not say. */
    readonly train?: string;
    readonly total: number;
    readonly trained: number;
  };
}

/** In bytes, at four to a value. Frozen weights that an engine maps from a file of halves take less. */
export interface TrainingMemory {
  readonly parameters: number;
  /** With the accumulators, if gradients are accumulated. */
  readonly gradients: number;
  /** What the optimizer remembers. */
  readonly optimizer: number;
}

export function parameterCounts(module: FusionModule, languageModel: LanguageModel | undefined): ParameterCounts {
  const { total, trainable: trained } = countParameters(module.parameters);
  if (!languageModel || pathOfTree(module.parameters, languageModel.parameters) === undefined) {
    return { total, trained };
  }
  const own = countParameters(languageModel.parameters);
  const { adaptation } = languageModel;
  const train = adaptation === undefined ? {} : { train: adaptation.train };
  return { total, trained, languageModel: { ...train, total: own.total, trained: own.trainable } };
}

export interface PartCounts {
  /** As the module names it: `languageModel`, `blocks`. */
  readonly part: string;
  readonly total: number;
  readonly trained: number;
}

/** The same by the parts at the top of the module's tree, in their order. */
export function partCounts({ parameters }: FusionModule): PartCounts[] {
  return Object.entries(parameters).map(([part, tree]: [string, Leaf | Leaves]) => {
    const { total, trainable } = countParameters({ [part]: tree });
    return { part, total, trained: trainable };
  });
}

export function trainingMemory(module: FusionModule, settings: TrainingSettings): TrainingMemory {
  const { total, trainable } = countParameters(module.parameters);
  let [accumulators, optimizer] = [0, 0];
  for (const [path, leaf] of trainingLeaves(module, settings)) {
    if (path.startsWith('gradients/')) accumulators += leafSize(leaf);
    else if (!path.startsWith('parameters/') && !path.startsWith('state/')) optimizer += leafSize(leaf);
  }
  return { parameters: 4 * total, gradients: 4 * (trainable + accumulators), optimizer: 4 * optimizer };
}

/** Where a tree holds this very one: `languageModel`. */
export function pathOfTree(tree: Leaves, wanted: Leaves, path = ''): string | undefined {
  for (const [name, child] of Object.entries(tree) as [string, Leaf | Leaves][]) {
    if (isLeaf(child)) continue;
    const here = path === '' ? name : `${path}/${name}`;
    const found = child === wanted ? here : pathOfTree(child, wanted, here);
    if (found !== undefined) return found;
  }
  return undefined;
}
