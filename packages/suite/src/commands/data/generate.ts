/** `interfuse data generate`: a dataset folder with a known answer, and what can be reached on it. */
import { resolve } from 'node:path';
import type { GeneratedDataset, GenerateOptions } from '@interfuse/datasets/generated';
import { textTable } from '../../comparison/table.js';
import { showPath } from '../../show-path.js';
import type { CommandContext } from '../context.js';
import { showBar } from './bar.js';

/** As the command line gives them. */
export interface GenerateFlags extends Omit<GenerateOptions, 'signal' | 'progress'> {
  readonly quiet?: boolean;
}

/** @throws CONFIG_WRONG_VALUE, FILE_NOT_WRITTEN */
export async function generate(
  out: string,
  { quiet = false, ...options }: GenerateFlags,
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const { generateDataset } = await import('@interfuse/datasets/generated');
  const folder = resolve(workingFolder, out);
  const bar = showBar(terminal, quiet);
  try {
    const generated = await generateDataset(folder, { ...options, signal, progress: bar.update });
    bar.close();
    terminal.out.write(`${describe(generated, folder, out)}\n`);
    return 0;
  } finally {
    bar.close();
  }
}

function describe({ design, sizes, referenceFigures }: GeneratedDataset, folder: string, out: string): string {
  const metrics = referenceFigures.filter(({ name }) => name === 'everything').map(({ metric }) => metric);
  const names = [...new Set(referenceFigures.map(({ name }) => name))];
  const figure = (name: string, metric: string) =>
    referenceFigures.find((one) => one.name === name && one.metric === metric)?.value.toFixed(4) ?? 'n/a';
  const table = textTable({
    columns: [{ title: 'knows', align: 'left' }, ...metrics.map((title) => ({ title, align: 'right' }) as const)],
    rows: names.map((name) => [name, ...metrics.map((metric) => figure(name, metric))]),
  });
  const { train, valid, test } = sizes;
  const evaluation =
    design.task === 'regression' ? '' : ' evaluation.metrics.use=classification evaluation.select=Accuracy';
  return [
    `${train} samples to train, ${valid} to validate, ${test} to test. The best that is possible:`,
    '',
    table,
    '',
    `${showPath(folder)} is a dataset folder: data.use=folder data.options.path=${out}${evaluation}`,
  ].join('\n');
}
