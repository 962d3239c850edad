/** `interfuse data validate` and `interfuse data describe`: that a dataset folder is whole, and what it says about itself. */
import { resolve } from 'node:path';
import { textTable } from '../../comparison/table.js';
import type { CommandContext } from '../context.js';
import { showBar } from './bar.js';

/** Every rule of the format, every hash and every value. @throws the first problems */
export async function validate(
  path: string,
  { quiet = false }: { readonly quiet?: boolean },
  { terminal, workingFolder, signal }: CommandContext,
): Promise<number> {
  const { verifyDataset } = await import('@interfuse/datasets/folder');
  const bar = showBar(terminal, quiet);
  try {
    const { name, sizes, digest } = await verifyDataset(resolve(workingFolder, path), { signal, progress: bar.update });
    bar.close();
    const samples = sizes.train + sizes.valid + sizes.test;
    terminal.out.write(`${name} is whole: ${samples} samples, every hash and value checked; digest ${digest}\n`);
    return 0;
  } finally {
    bar.close();
  }
}

/** Without reading a value. */
export async function describe(
  path: string,
  { json = false }: { readonly json?: boolean },
  { terminal, workingFolder }: CommandContext,
): Promise<number> {
  const { openWhole } = await import('@interfuse/datasets/tools');
  const dataset = await openWhole(resolve(workingFolder, path));
  try {
    const { description, spec } = dataset;
    if (json) {
      const { files: _, ...rest } = description;
      terminal.out.write(`${JSON.stringify({ ...rest, digest: spec.digest }, null, 2)}\n`);
      return 0;
    }
    const { title, name, task, sizes, streams, labels, licence, sources } = description;
    const facts = [
      `${title} (${name})`,
      '',
      `task      ${task.kind === 'regression' ? `a score from ${task.range.join(' to ')}` : `classes: ${task.classes.join(', ')}`}`,
      `samples   ${sizes.train} to train, ${sizes.valid} to validate, ${sizes.test} to test`,
      `text      ${description.hasText ? 'yes' : 'none'}`,
      `licence   ${licence}`,
      ...sources.map(({ title: source, url }) => `source    ${source}${url === undefined ? '' : ` (${url})`}`),
      `digest    ${spec.digest}`,
    ];
    const streamTable = textTable({
      columns: [
        { title: 'stream', align: 'left' },
        { title: 'features', align: 'right' },
        { title: 'steps at most', align: 'right' },
        { title: 'what', align: 'left' },
      ],
      rows: Object.entries(streams).map(([stream, { width, maximumLength, description: what = '' }]) => [
        stream,
        String(width),
        String(maximumLength),
        what,
      ]),
    });
    const labelTable = textTable({
      columns: [
        { title: 'label', align: 'left' },
        { title: 'what', align: 'left' },
      ],
      rows: Object.entries(labels),
    });
    terminal.out.write(`${facts.join('\n')}\n\n${streamTable}\n\n${labelTable}\n`);
    return 0;
  } finally {
    await dataset.close();
  }
}
