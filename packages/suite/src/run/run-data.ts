/** The data of a run: its splits and their batches, opened when they are first asked for; test under a locked plan, against a receipt. */
import type { Dataset, Engine, Split, TestReceipt } from '@interfuse/core';
import { frozenDepth } from '@interfuse/nn';
import { type BatchSource, createBatchSource, memoisePrefix, type Padding } from '@interfuse/training/loop';
import type { RunPlan } from '../experiment/plan.js';
import { namingPlugin } from './naming-plugin.js';
import { openTest, type TestKey } from './open-test.js';
import { runDataset } from './run-dataset.js';
import { sharedStates } from './shared-states.js';

export interface OpenedSplit {
  readonly split: Split;
  readonly source: BatchSource;
}

export interface RunData {
  train(): Promise<OpenedSplit>;
  valid(): Promise<OpenedSplit>;
  /** Only for a run whose weights are selected. @throws PLAN_INVALID, TEST_ALREADY_OPENED */
  test(key: TestKey): Promise<OpenedSplit & { readonly receipt: TestReceipt }>;
  close(): Promise<void>;
}

/** @param sharing computes what other runs need, too, once for all of them */
export function openRunData(
  run: RunPlan,
  engine: Engine,
  sharing?: { readonly signal?: AbortSignal | undefined },
): RunData {
  let found: Promise<Dataset> | undefined;
  const dataset = (): Promise<Dataset> => {
    found ??= runDataset(run);
    return found;
  };
  const opened: { close(): Promise<void> }[] = [];
  const open = async (split: Split): Promise<OpenedSplit> => {
    opened.push(split);
    const source = await sourceOf(run, split, engine, sharing);
    opened.push(source);
    return { split, source };
  };
  const once = (name: 'train' | 'valid') => {
    let opening: Promise<OpenedSplit> | undefined;
    return () => {
      opening ??= dataset()
        .then((opened) => opened.open(name))
        .then(open);
      return opening;
    };
  };
  return {
    train: once('train'),
    valid: once('valid'),
    async test(key) {
      const { split, receipt } = await openTest(run, await dataset(), key);
      return { ...(await open(split)), receipt };
    },
    async close() {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

/** Batches as the strategy of a run reads them. */
export function batchesOf(
  { strategy, identity }: Pick<RunPlan, 'strategy' | 'identity'>,
  split: Split,
  padding: Padding,
): BatchSource {
  const { plugin, languageModel, dataset } = strategy;
  return createBatchSource({
    split,
    streams: dataset.spec.streams,
    padding,
    textLength: identity.data.textLength,
    wordTimes: plugin.requires.wordTimes !== undefined,
    ...(dataset.spec.hasText && languageModel !== undefined ? { tokenizer: languageModel.tokenizer } : {}),
  });
}

/** Batches, with the memoised prefix of the language model where there is one. */
async function sourceOf(
  run: RunPlan,
  split: Split,
  engine: Engine,
  sharing: { readonly signal?: AbortSignal | undefined } | undefined,
): Promise<BatchSource> {
  const { strategy, seed, identity } = run;
  const { module, plugin, slot, languageModel } = strategy;
  // A compiling engine compiles anew for every combination of lengths: few of them must do.
  const padding = engine.compiles && plugin.padding === 'invariant' ? 'bucketed' : plugin.padding;
  const source = batchesOf(run, split, padding);
  const { prefixDepths = [] } = module;
  if (languageModel === undefined || prefixDepths.length === 0) return source;
  const { model } = languageModel;
  const known = slot.adaptation === 'frozen' ? model.config.layers : frozenDepth(model.config.layers);
  const depths = [...new Set(prefixDepths.map((depth) => Math.min(depth, known)))];
  const shared =
    sharing === undefined
      ? {}
      : {
          shared: sharedStates(run, {
            split: split.name,
            samples: source.size,
            width: model.config.width,
            ...(sharing.signal === undefined ? {} : { signal: sharing.signal }),
          }),
        };
  return namingPlugin('language-model', identity.languageModel?.use ?? '', () =>
    memoisePrefix({ engine, languageModel: model, depths, source, seed, ...shared }),
  );
}
