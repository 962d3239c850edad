/** A finished run as one ONNX file for inference, which is run and compared before it appears. */
import { basename, join } from 'node:path';
import {
  dataFileOf,
  exportStep,
  type InferenceModel,
  OnnxStore,
  type WrittenModel,
  writeModel,
} from '@interfuse/engine-onnx/export';
import { type BatchSource, evaluateStep, loadBest, modelLeaves, scalarInt } from '@interfuse/training/loop';
import type { OpenedRun } from '../run/open-run.js';
import { readResult } from '../run/result.js';
import { batchesOf } from '../run/run-data.js';
import { runDataset } from '../run/run-dataset.js';
import { version } from '../version.js';
import { appearTogether } from './appear-together.js';
import { type Agreement, checkModel, prepareTrial } from './check-model.js';
import { describeModel, meaningOf } from './describe-model.js';

export interface ExportSettings {
  /** The only size of batch that the model takes. Default: all sizes. */
  readonly batch?: number;
  readonly replace: boolean;
  readonly signal: AbortSignal;
  /** Hears what is being done. */
  onStage(stage: string): void;
}

export interface ExportedRun {
  readonly model: InferenceModel;
  readonly written: WrittenModel;
  readonly agreement: Agreement;
  /** Names of the files, the model first. */
  readonly files: readonly string[];
}

/**
 * Disposes of the run's scope.
 *
 * @param path of the model; its weights lie in `<path>.data` if they do not fit in one file
 * @throws EXPORT_BATCH, EXPORT_DIFFERS, FILE_EXISTS, and what tracing and writing throw
 */
export async function exportRun(opened: OpenedRun, path: string, settings: ExportSettings): Promise<ExportedRun> {
  const { batch, replace, signal, onStage } = settings;
  const { experiment, run } = opened;
  const { strategy, folder, name } = run;
  const { plugin, scope } = strategy;
  const dataset = await runDataset(run);
  const result = await readResult(folder, name);

  const companions = [dataFileOf(basename(path))];
  return appearTogether(path, { replace, companions, signal }, async (temporary) => {
    const split = await dataset.open('valid');
    // Full lengths, which are those of the graph, and no memoised prefix.
    const source = batchesOf(run, split, 'fixed');
    try {
      onStage('predicting some validation samples');
      const trial = await prepareTrial(run, await scope.engine(), source, batch);
      // The memory of the engine, which may hold a large language model, is needed again by the check.
      await scope.dispose();
      onStage('tracing');
      const model = await traceRun(run, source, batch);
      onStage('writing');
      const { config } = experiment;
      const description = {
        version,
        summary: `${plugin.title}, trained on ${dataset.spec.name}. ${plugin.summary}`,
        metadata: describeModel(run, result, config, await dataset.standardisation?.statistics()),
      };
      const written = await writeModel(model, description, temporary, basename(path), { signal });
      onStage('checking');
      const agreement = await checkModel(join(temporary, basename(path)), trial);
      const data = written.dataBytes === undefined ? [] : [dataFileOf(basename(path))];
      return { model, written, agreement, files: [basename(path), ...data] };
    } finally {
      await Promise.all([source.close(), split.close()]);
    }
  });
}

type Run = OpenedRun['run'];

async function traceRun(run: Run, source: BatchSource, batch: number | undefined): Promise<InferenceModel> {
  const { module } = run.strategy;
  const store = new OnnxStore();
  await store.allocate(modelLeaves(module), run.seed);
  await loadBest(run.folder, store, module);
  const model = await exportStep({
    step: evaluateStep({ module, seed: run.seed }),
    store,
    inputs: (size) => source.batch(Array.from({ length: size }, (_, i) => i % source.size)),
    constants: { epoch: scalarInt(0) },
    ...(batch === undefined ? {} : { batch }),
  });
  const documented = <V extends { readonly name: string }>(value: V) => {
    const meaning = meaningOf(value.name, run);
    return meaning === undefined ? value : { ...value, meaning };
  };
  return { ...model, inputs: model.inputs.map(documented), outputs: model.outputs.map(documented) };
}
