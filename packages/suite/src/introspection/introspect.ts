/** Looks inside a finished run on its validation split: gates, attention, and what each modality contributes. */
import {
  type Engine,
  type HostTensor,
  type HostTensors,
  InterfuseError,
  type Program,
  type Store,
  type Task,
  type Tokenizer,
} from '@interfuse/core';
import {
  type EpochRecord,
  evaluateStep,
  predictionSize,
  predictWith,
  score,
  type Withheld,
} from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import { readHistory } from '../run/history.js';
import type { RunResult } from '../run/result.js';
import type { OpenedSplit, RunData } from '../run/run-data.js';
import { withSelectedWeights } from '../run/selected-weights.js';
import { AttentionMean, gridAxes, maskedGrid, rounded, sampleMap } from './attention-mean.js';
import type { Gate, Introspection, Occlusion, SingleSample } from './introspection.js';

export interface IntrospectionSettings {
  readonly result: RunResult;
  /** Ids of validation samples to be shown singly. Default: three, evenly spaced. */
  readonly singles?: readonly string[];
  readonly signal: AbortSignal;
  /** Hears what is being done. */
  onStage(stage: string): void;
  /** Whether to look no further where a strategy shows neither gates nor attention. */
  readonly onlyIfShown?: boolean;
}

/** What a strategy shows of itself, with the axes of each. */
type Axes = Readonly<Record<string, readonly string[]>>;

/** Nothing comes back if nothing is shown and `onlyIfShown` is set. The test split stays closed. @throws COMMAND_USAGE if a sample is unknown; RUN_INVALID if the log of epochs is damaged */
export async function introspect(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  { result, singles, signal, onStage, onlyIfShown = false }: IntrospectionSettings,
): Promise<Introspection | undefined> {
  const { plugin, dataset } = run.strategy;
  const valid = await data.valid();
  const shown = rowsOf(valid, singles);
  const history = await readHistory(run.folder);
  return withSelectedWeights(run, engine, async (store) => {
    onStage('attention');
    const looking = await beginLooking(run, engine, store, valid);
    if (onlyIfShown && Object.keys(looking.axes).length === 0) return undefined;
    const { gates, ...seen } = await lookInside(run, looking, valid, { shown, signal });
    const occlusion = await occlude(run, engine, store, valid, { signal, onStage });
    return {
      format: 1,
      run: run.name,
      strategy: plugin.id,
      task: dataset.spec.task.kind,
      weights: result.weights,
      split: 'valid',
      samples: valid.source.size,
      epoch: result.selected.epoch,
      gates: gates.map((gate) => withHistory(gate, history)),
      ...seen,
      ...occlusion,
    };
  });
}

function rowsOf({ split: { samples } }: OpenedSplit, ids: readonly string[] | undefined): number[] {
  if (ids === undefined) {
    const count = Math.min(3, samples.length);
    return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * samples.length) / count));
  }
  return ids.map((id) => {
    const row = samples.findIndex((sample) => sample.id === id);
    if (row >= 0) return row;
    throw new InterfuseError('COMMAND_USAGE', {
      place: '--sample',
      expected: `the id of a validation sample, such as ${samples[0]?.id}`,
      got: id,
    });
  });
}

function withHistory(gate: Gate, history: readonly EpochRecord[]): Gate {
  const byEpoch = history.flatMap(({ inspect }) => (inspect?.[gate.name] ? [inspect[gate.name] as number[]] : []));
  if (byEpoch.length < history.length || byEpoch.length === 0) return gate;
  return { ...gate, byEpoch: byEpoch.map((values) => values.map(rounded)) };
}

interface Looking {
  readonly program: Program;
  readonly axes: Axes;
}

/** The program that shows what there is to see, and what that is: one batch tells. */
async function beginLooking(run: RunPlan, engine: Engine, store: Store, { source }: OpenedSplit): Promise<Looking> {
  let found: Axes = {};
  const onAxes = (axes: Axes): void => {
    found = axes;
  };
  const step = evaluateStep({ module: run.strategy.module, seed: run.seed }, { inspect: true, onAxes });
  const program = engine.compile(step, store);
  const batchSize = Math.min(predictionSize(run.strategy.settings), source.size);
  await predictWith(program, { source: { ...source, size: batchSize }, batchSize });
  return { program, axes: found };
}

async function lookInside(
  run: RunPlan,
  { program, axes: axesOf }: Looking,
  { split, source }: OpenedSplit,
  { shown, signal }: { readonly shown: readonly number[]; readonly signal: AbortSignal },
): Promise<Pick<Introspection, 'gates' | 'attention' | 'singles'>> {
  const { settings, languageModel } = run.strategy;
  const means = new Map<string, AttentionMean>();
  const gates = new Map<string, Gate>();
  const singles = new Map<number, SingleSample>();
  const known = source.labels('task');

  function look(batch: HostTensors, outputs: HostTensors): void {
    const inspected = Object.entries(axesOf).map(
      ([name, axes]) => [name, axes, outputs[`inspect/${name}`] as HostTensor] as const,
    );
    for (const [name, axes, { data }] of inspected) {
      if (!axes.includes('sample')) gates.set(name, { name, values: Array.from(data, rounded) });
    }
    const rows = Array.from((batch.rows as HostTensor).data);
    for (const [sample, row] of rows.entries()) {
      const words = rowOf(batch['text/mask'], sample)?.map((bit) => bit === 1);
      const maps = inspected.flatMap(([name, axes, tensor]) => {
        const kept = gridAxes(axes);
        return kept ? [{ name, kept, map: sampleMap(tensor, axes, sample, words) }] : [];
      });
      for (const { name, kept, map } of maps) {
        if (!means.has(name)) means.set(name, new AttentionMean(name, kept));
        means.get(name)?.add(map);
      }
      if (!shown.includes(row)) continue;
      const tokens = rowOf(batch['text/tokens'], sample)?.filter((_, i) => words?.[i]);
      const { tokenizer } = languageModel ?? {};
      singles.set(row, {
        id: split.samples[row]?.id as string,
        ...(tokens && tokenizer ? { words: piecesOf(tokens, tokenizer) } : {}),
        label: known.known[row] === 1 ? (known.values[row] as number) : null,
        prediction: (rowOf(outputs.prediction, sample) ?? []).map(rounded),
        attention: Object.fromEntries(maps.map(({ name, map }) => [name, maskedGrid(map)])),
      });
    }
  }
  await predictWith(program, { source, batchSize: predictionSize(settings), signal, onBatch: look });
  return {
    gates: [...gates.values()],
    attention: [...means.values()].map((mean) => mean.result()),
    singles: shown.map((row) => singles.get(row) as SingleSample),
  };
}

/** The part of the text that each token stands for, blanks included; of a special token its id. */
function piecesOf(tokens: readonly number[], tokenizer: Tokenizer): string[] {
  return tokens.map((token, i) => {
    const before = tokenizer.decode(tokens.slice(0, i));
    const after = tokenizer.decode(tokens.slice(0, i + 1));
    // Half of a letter decodes to a sign of its own, which the next token replaces.
    const piece = after.startsWith(before) ? after.slice(before.length) : tokenizer.decode([token]);
    return piece || `<${token}>`;
  });
}

/** Row `sample` of a tensor [B, N]. */
function rowOf(tensor: HostTensor | undefined, sample: number): number[] | undefined {
  if (tensor === undefined) return undefined;
  const width = tensor.shape[1] ?? 1;
  return Array.from(tensor.data.subarray(sample * width, (sample + 1) * width));
}

/** Withholds one modality at a time from all samples (occlusion; Zeiler and Fergus 2014, arXiv 1311.2901, of parts of an image). */
async function occlude(
  { seed, strategy }: RunPlan,
  engine: Engine,
  store: Store,
  { source }: OpenedSplit,
  { signal, onStage }: Pick<IntrospectionSettings, 'signal' | 'onStage'>,
): Promise<Pick<Introspection, 'whole' | 'occlusion'>> {
  const { module, metrics, settings, dataset } = strategy;
  const program = engine.compile(evaluateStep({ module, seed }), store);
  const predictWithout = (withheld: Withheld) =>
    predictWith(program, { source, batchSize: predictionSize(settings), signal, withheld });
  const whole = await predictWithout(() => false);
  const occlusion: Occlusion[] = [];
  for (const modality of source.modalities) {
    onStage(`without ${modality}`);
    const predictions = await predictWithout((_, other) => other === modality);
    const rows = Array.from({ length: source.size }, (_, row) => row).filter((row) =>
      source.present(row).includes(modality),
    );
    occlusion.push({
      modality,
      samples: rows.length,
      figures: score(metrics, predictions, source),
      change: rounded(changeOf(dataset.spec.task, whole, predictions, rows)),
    });
  }
  return { whole: score(metrics, whole, source), occlusion };
}

/** Mean absolute change of scores; of logits, the share of samples whose largest is another. */
export function changeOf(task: Task, before: Float32Array, after: Float32Array, rows: readonly number[]): number {
  if (rows.length === 0) return 0;
  const classes = task.kind === 'classification' ? task.classes.length : 1;
  const classOf = (values: Float32Array, row: number): number => {
    const logits = values.subarray(row * classes, (row + 1) * classes);
    return logits.indexOf(Math.max(...logits));
  };
  const changes = rows.map((row) =>
    task.kind === 'classification'
      ? Number(classOf(before, row) !== classOf(after, row))
      : Math.abs((after[row] as number) - (before[row] as number)),
  );
  return changes.reduce((sum, change) => sum + change, 0) / rows.length;
}
