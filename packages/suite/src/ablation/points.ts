/** The points of an ablation: which strategies, on which language models, its runs are of. */
import type { FusionSlot, Options, Slot } from '@interfuse/core';
import type { QuestionId } from './questions.js';

export interface Point {
  readonly label: string;
  /** Where it stands on an axis of numbers. */
  readonly x?: number;
  readonly fusion: FusionSlot;
  /** In place of that of the config. */
  readonly languageModel?: Slot;
  /** Position of the point that it is compared with; absent where there is none before it. */
  readonly against?: number;
}

/** What the points are derived from. */
export interface Base {
  /** DeepMLF as the config has it, every default filled in. */
  readonly slot: FusionSlot;
  readonly languageModels: readonly Slot[];
  /** Of the language model. */
  readonly layers: number;
  /** Most tokens that the language model has positions for beside the text. */
  readonly mostTokens: number;
}

/** An axis of numbers has at most so many points, unless they are named. */
const mostPoints = 8;

/** The token counts that are asked about unless others are named: the range of the paper. */
const tokenCounts = [2, 4, 8, 16, 20, 40];

/** @param chosen the numbers to ask about, for a question about numbers */
export function pointsOf(question: QuestionId, base: Base, chosen?: readonly number[]): Point[] {
  switch (question) {
    case 'depth':
      return numbered(base.slot, chosen ?? depthsFor(base), depthOf(base), (depth) => ({ depth, after: null }));
    case 'tokens': {
      const known = tokenCounts.filter((count) => count <= base.mostTokens);
      return numbered(base.slot, chosen ?? known, base.slot.options.tokens as number, (tokens) => ({ tokens }));
    }
    case 'gate':
      return againstFirst(gatePoints(base.slot));
    case 'losses':
      return againstFirst(lossPoints(base.slot));
    case 'curriculum':
      return againstFirst(curriculumPoints(base.slot));
    case 'backbone':
      return againstFirst(backbonePoints(base));
    case 'ladder':
      return ladderPoints(base.slot);
  }
}

type Unplaced = Omit<Point, 'against'>;

function withOptions(slot: FusionSlot, options: Options): FusionSlot {
  return { ...slot, options: { ...slot.options, ...options } };
}

/** Every point is compared with the one that the config has, which is always among them. */
function numbered(
  slot: FusionSlot,
  values: readonly number[],
  own: number,
  change: (value: number) => Options,
): Point[] {
  const all = [...new Set([...values, own])].sort((a, b) => a - b);
  const against = all.indexOf(own);
  return all.map((value, index) => ({
    label: String(value),
    x: value,
    fusion: value === own ? slot : withOptions(slot, change(value)),
    ...(index === against ? {} : { against }),
  }));
}

function againstFirst(points: readonly Unplaced[]): Point[] {
  return points.map((point, index) => (index === 0 ? point : { ...point, against: 0 }));
}

/** How many MM Blocks the config has. */
function depthOf({ slot: { options }, layers }: Base): number {
  const after = options.after as readonly number[] | null;
  return after?.length ?? (options.depth as number | null) ?? Math.ceil(layers / 2);
}

/** From one block to all, evenly thinned if they are many. */
function depthsFor({ layers }: Base): number[] {
  const count = Math.min(layers, mostPoints);
  if (count === 1) return [1];
  return Array.from({ length: count }, (_, i) => 1 + Math.round((i * (layers - 1)) / (count - 1)));
}

function gatePoints(slot: FusionSlot): Unplaced[] {
  const { gates, gate } = slot.options;
  const candidates: [string, Options][] = [
    ['sigmoid, half open (0)', { gates: 'sigmoid', gate: 0 }],
    ['sigmoid, nearly shut (-3)', { gates: 'sigmoid', gate: -3 }],
    ['sigmoid, nearly open (3)', { gates: 'sigmoid', gate: 3 }],
    ['tanh, shut (0)', { gates: 'tanh', gate: 0 }],
    ['tanh, half open (0.55)', { gates: 'tanh', gate: 0.55 }],
    ['none, always open', { gates: 'none' }],
  ];
  const isOwn = ([, options]: [string, Options]) =>
    options.gates === gates && (options.gates === 'none' || options.gate === gate);
  const known = candidates.find(isOwn);
  const own = known?.[0] ?? `as configured (${String(gates)} from ${JSON.stringify(gate)})`;
  return [
    { label: own, fusion: slot },
    ...candidates
      .filter((candidate) => candidate !== known)
      .map(([label, options]) => ({ label, fusion: withOptions(slot, options) })),
  ];
}

/** The names of the losses as a table says them. */
const lossNames = {
  fusion: 'fusion tokens',
  streams: 'streams',
  text: 'text',
  languageModel: 'language model',
} as const;

function lossPoints(slot: FusionSlot): Unplaced[] {
  const weights = slot.options.lossWeights as { readonly [loss: string]: number };
  const on = Object.keys(lossNames).filter((loss) => (weights[loss] ?? 0) > 0) as (keyof typeof lossNames)[];
  const without = (losses: readonly string[]) =>
    withOptions(slot, { lossWeights: { ...weights, ...Object.fromEntries(losses.map((loss) => [loss, 0])) } });
  return [
    { label: on.length === Object.keys(lossNames).length ? 'all' : 'as configured', fusion: slot },
    ...on.map((loss) => ({ label: `without ${lossNames[loss]}`, fusion: without([loss]) })),
    ...(on.length > 1 ? [{ label: 'the task alone', fusion: without(on) }] : []),
  ];
}

/** The stage that a config without one is given: the encoders under a head of their own, with the training of the config. */
export const encoderStage = {
  name: 'encoders',
  of: (slot: FusionSlot) => ({
    fusion: { use: 'stream-encoder', options: { streamWidth: slot.options.streamWidth }, control: slot.control },
  }),
} as const;

/** A config whose DeepMLF starts with other runs is asked what it would be without, and the other way round. */
function curriculumPoints(slot: FusionSlot): Unplaced[] {
  const { warmStart, ...alone } = slot;
  const together = { label: 'trained with the rest alone', fusion: alone };
  if (warmStart !== undefined) return [{ label: 'trained first', fusion: slot }, together];
  return [
    together,
    { label: 'trained first', fusion: { ...slot, warmStart: [{ run: encoderStage.name, select: 'streams/**' }] } },
  ];
}

const bundled: readonly (Slot & { readonly options: { readonly checkpoint: string } })[] = [
  { use: 'llama', options: { checkpoint: 'stories260k' } },
  { use: 'gpt2', options: { checkpoint: 'prose1m' } },
];

/** A config with one language model asks about the bundled ones beside it. */
function backbonePoints({ slot, languageModels }: Base): Unplaced[] {
  const nameOf = ({ use, options }: Slot) =>
    typeof options.checkpoint === 'string' ? `${options.checkpoint} (${use})` : use;
  const others = languageModels.length > 1 ? [] : bundled;
  const known = new Set(languageModels.map(({ options }) => options.checkpoint));
  return [...languageModels, ...others.filter(({ options }) => !known.has(options.checkpoint))].map(
    (languageModel) => ({
      label: nameOf(languageModel),
      fusion: slot,
      languageModel,
    }),
  );
}

/** Every rung is compared with the one below it, and the controls with DeepMLF. */
function ladderPoints(slot: FusionSlot): Point[] {
  const adapted = (use: string, options: Options): FusionSlot => ({
    use,
    options,
    adaptation: 'feed-forward',
    control: 'none',
  });
  const rungs: Unplaced[] = [
    { label: 'text + feed-forward', fusion: adapted('unimodal', { modality: 'text' }) },
    { label: 'late + feed-forward', fusion: adapted('late', {}) },
    { label: '+ auxiliary heads and LM loss', fusion: withOptions(slot, { tokens: 0 }) },
    { label: '+ tokens with one cross-attention', fusion: withOptions(slot, { crossAttentions: 1 }) },
    { label: 'DeepMLF', fusion: slot },
  ];
  const top = rungs.length - 1;
  return [
    ...rungs.map((rung, index) => (index === 0 ? rung : { ...rung, against: index - 1 })),
    { label: 'DeepMLF, streams constant', fusion: { ...slot, control: 'constant-streams' }, against: top },
    { label: 'DeepMLF, streams shuffled', fusion: { ...slot, control: 'shuffled-streams' }, against: top },
  ];
}
