/** `interfuse export`: a finished run as one ONNX file that runs without Interfuse. */
import { resolve } from 'node:path';
import { dataFileOf, operatorSets, runtimeVersion } from '@interfuse/engine-onnx/export';
import { textTable } from '../comparison/table.js';
import { type ExportedRun, exportRun } from '../export/export-run.js';
import { openFinishedRun } from '../run/open-run.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';

export interface ExportOptions {
  readonly batch?: number;
  readonly force: boolean;
}

/** @throws RUN_INVALID if the run is not finished; EXPORT_BATCH, EXPORT_DIFFERS; FILE_EXISTS and other errors of writing */
export async function exportModel(
  runFolder: string,
  file: string,
  { batch, force }: ExportOptions,
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const path = resolve(workingFolder, file);
  const opened = await openFinishedRun(resolve(workingFolder, runFolder), terminalLogger(terminal));
  const { run, changed } = opened;
  if (changed.length > 0) terminal.error.write(`Changed since this run was made: ${changed.join(', ')}.\n`);
  const isLive = terminal.error.isTTY === true;
  try {
    const exported = await exportRun(opened, path, {
      ...(batch === undefined ? {} : { batch }),
      replace: force,
      signal,
      onStage: (stage) => terminal.error.write(isLive ? `\r\x1b[K${run.name}: ${stage}` : `${run.name}: ${stage}\n`),
    });
    if (isLive) terminal.error.write('\r\x1b[K');
    terminal.out.write(`${summary(showPath(path, workingFolder), exported)}\n`);
    return 0;
  } catch (error) {
    if (isLive) terminal.error.write('\r\x1b[K');
    throw error;
  } finally {
    await run.strategy.scope.dispose();
  }
}

function summary(path: string, { model, written, agreement }: ExportedRun): string {
  const { inputs, outputs, nodes } = model;
  const { bytes, dataBytes } = written;
  const interfaces = textTable({
    columns: ['', 'name', 'type', 'shape'].map((title) => ({ title, align: 'left' }) as const),
    rows: [
      ...inputs.map((value) => ['input', value] as const),
      ...outputs.map((value) => ['output', value] as const),
    ].map(([kind, { name, type, shape }]) => [kind, name, type, `[${shape.join(', ')}]`]),
  });
  const sets = Object.entries(operatorSets).map(([domain, number]) => `${domain || 'ai.onnx'} ${number}`);
  const data =
    dataBytes === undefined
      ? ''
      : `, with its weights in ${dataFileOf(path)} (${inBytes(dataBytes)}): keep both together`;
  return [
    interfaces,
    `${path}: ${inBytes(bytes)}${data}; ${nodes.length} nodes, operators of ${sets.join(' and ')}.`,
    `Checked with onnxruntime-node ${runtimeVersion} on ${agreement.samples} validation ${agreement.samples === 1 ? 'sample' : 'samples'} in batches of ${agreement.sizes.join(' and ')}: within ${agreement.largestDifference.toExponential(1)} of what the run predicts.`,
  ].join('\n');
}

function inBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
