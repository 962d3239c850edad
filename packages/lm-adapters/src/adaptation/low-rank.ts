/**
 * Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685) of the projections of a language model of any architecture:
 * their leaves get company in the tree, and `linear` adds what the company computes. Names, starts and scale are those
 * of PEFT, so that its adapters can be read and written.
 */
import {
  type CheckpointTensor,
  InterfuseError,
  isLeaf,
  type LanguageModel,
  type Leaf,
  type Leaves,
  type LinearLeaves,
  type LowRank,
  type Pass,
  type Tensors,
} from '@interfuse/core';
import { inFork, lora, loraLeaves, readPrefix, storedLeaf } from '@interfuse/nn';
import type { Tensor } from '@tensorflow/tfjs';
import { type LoraOptions, languageModelGroup } from './choice.js';
import type { StoredAdapter } from './read-adapter.js';

type Additions = ReturnType<typeof loraLeaves>;
type Adapted = LinearLeaves & { readonly lora: Additions };
type TensorNode = Tensor | { readonly [name: string]: TensorNode } | readonly TensorNode[];

/** @throws CONFIG_WRONG_VALUE if no projection has a target; LANGUAGE_MODEL_INVALID if the adapter does not fit */
export function withLowRank(
  model: LanguageModel,
  tensors: ReadonlyMap<Leaf, CheckpointTensor>,
  options: LoraOptions,
  adapter?: StoredAdapter,
): { model: LanguageModel; lowRank: LowRank } {
  const { blocks, ...rest } = model.parameters as { readonly blocks: readonly Leaves[] };
  const projections = projectionsOf(blocks, tensors);
  const chosen = adapter ? modulesOf(projections, adapter) : targeted(projections, options.targets);
  const rank = adapter?.rank ?? options.rank;
  const lowRank: LowRank = {
    rank,
    alpha: adapter?.alpha ?? options.alpha,
    dropout: options.dropout,
    modules: new Map(chosen.map(({ path, module }) => [path, module])),
  };

  function company({ weight }: LinearLeaves, module: string): Additions {
    const [outputs, inputs] = weight.shape as [number, number];
    const fresh = loraLeaves(inputs, outputs, rank);
    const own = { train: true, group: languageModelGroup };
    if (!adapter) return { down: { ...fresh.down, ...own }, up: { ...fresh.up, ...own } };
    const { down, up } = adapter.find(module, { outputs, inputs });
    return {
      down: storedLeaf(fresh.down.shape, { file: adapter.file, tensor: down }, own),
      up: storedLeaf(fresh.up.shape, { file: adapter.file, tensor: up }, own),
    };
  }
  const adapted = mapProjections(blocks, 'blocks', (node, path) => {
    const module = lowRank.modules.get(path);
    return module === undefined ? node : { ...node, lora: company(node, module) };
  }) as readonly Leaves[];

  /** The parameters of block `index` with the additions as `linear` takes them. */
  function withAdditions(params: Tensors<Leaves>, index: number, pass: Pass): Tensors<Leaves> {
    const { blocks: tensorBlocks, ...others } = params as unknown as { readonly blocks: readonly TensorNode[] };
    const attached = tensorBlocks.map((block, i) =>
      i === index ? attach(adapted[index] as Leaves, block, `blocks/${index}`, lowRank, pass) : block,
    );
    return { ...others, blocks: attached } as unknown as Tensors<Leaves>;
  }

  const result: LanguageModel = {
    ...model,
    parameters: { ...rest, blocks: adapted },
    block: (params, index, hidden, frame, before) =>
      model.block(withAdditions(params, index, frame.pass), index, hidden, frame, before),
    prefix: (params, text, depth, pass) => readPrefix(result, params, text, depth, pass),
  };
  return { model: result, lowRank };
}

/** The tensors of a tree with `addition` beside every adapted weight, drawing dropout from a source of its own. */
function attach(leaves: Leaf | Leaves, node: TensorNode, path: string, lowRank: LowRank, pass: Pass): unknown {
  if (isLeaf(leaves)) return node;
  const entries = Object.entries(leaves) as [string, Leaf | Leaves][];
  const children = entries.map(([name, child]): [string, unknown] => {
    const tensors = (node as { readonly [name: string]: TensorNode })[name] as TensorNode;
    return [name, attach(child, tensors, `${path}/${name}`, lowRank, pass)];
  });
  if (Array.isArray(leaves)) return children.map(([, child]) => child);
  const attached = Object.fromEntries(children);
  if (!lowRank.modules.has(path)) return attached;
  const { lora: additions, ...rest } = attached as unknown as { readonly lora: Tensors<Additions> };
  const settings = {
    scale: lowRank.alpha / lowRank.rank,
    dropout: lowRank.dropout,
    pass: inFork(pass, `lora/${path}`),
  };
  return { ...rest, addition: (x: Tensor) => lora(additions, x, settings) };
}

interface Projection {
  /** In the tree of parameters, without `weight`. */
  readonly path: string;
  /** In the Hugging Face model, without `.weight`. */
  readonly module: string;
}

function isProjection(node: Leaf | Leaves): node is LinearLeaves {
  if (isLeaf(node) || Array.isArray(node)) return false;
  const { weight } = node as { readonly weight?: Leaf | Leaves };
  return weight !== undefined && isLeaf(weight) && weight.shape.length === 2;
}

/** The same tree with every projection replaced. */
function mapProjections(
  tree: Leaf | Leaves,
  path: string,
  change: (node: LinearLeaves, path: string) => LinearLeaves | Adapted,
): Leaf | Leaves {
  if (isLeaf(tree)) return tree;
  if (isProjection(tree)) return change(tree, path) as unknown as Leaves;
  const entries = Object.entries(tree) as [string, Leaf | Leaves][];
  const children = entries.map(([name, child]) => [name, mapProjections(child, `${path}/${name}`, change)] as const);
  return Array.isArray(tree) ? children.map(([, child]) => child) : Object.fromEntries(children);
}

function projectionsOf(blocks: readonly Leaves[], tensors: ReadonlyMap<Leaf, CheckpointTensor>): Projection[] {
  const found: Projection[] = [];
  mapProjections(blocks, 'blocks', (node, path) => {
    const tensor = tensors.get(node.weight);
    if (tensor) found.push({ path, module: tensor.name.replace(/\.weight$/, '') });
    return node;
  });
  return found;
}

/** As PEFT matches them: a target is a module or, after a dot, the end of one. */
function targeted(projections: readonly Projection[], targets: LoraOptions['targets']): readonly Projection[] {
  const names = [targets].flat();
  if (names.includes('all-linear')) return projections;
  const hits = ({ module }: Projection, name: string): boolean => module === name || module.endsWith(`.${name}`);
  const missed = names.filter((name) => !projections.some((projection) => hits(projection, name)));
  if (missed.length === 0) return projections.filter((each) => names.some((name) => hits(each, name)));
  const known = [...new Set(projections.map(({ module }) => module.slice(module.lastIndexOf('.') + 1)))];
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'languageModel.options.lora.targets',
    expected: `all-linear, or ends of the names of projections in the blocks: ${known.join(', ')}`,
    got: missed.join(', '),
  });
}

/** The projections that the adapter adapts. */
function modulesOf(projections: readonly Projection[], adapter: StoredAdapter): readonly Projection[] {
  const known = new Set(projections.map(({ module }) => module));
  const strange = adapter.modules.filter((module) => !known.has(module));
  if (strange.length === 0) return projections.filter(({ module }) => adapter.modules.includes(module));
  throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: adapter.file,
    expected: 'additions to projections in the blocks of this language model',
    got: strange.join(', '),
    remedy: 'Use an adapter that was trained on this checkpoint.',
  });
}
