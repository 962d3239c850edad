/** Names, arguments and help of the commands on finished runs. Whatever one needs is imported when it runs. */
import type { Command } from 'commander';
import { wholeNumber } from './arguments.js';
import type { CommandContext } from './context.js';

export function addRunCommands(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  program
    .command('report')
    .summary('report finished runs, of one suite or several, as one comparison')
    .description(
      'Compares finished runs without training anything, and writes the report: page, Markdown, LaTeX, CSV and JSON. The runs must have been tested on the same samples by the same metrics.',
    )
    .argument('<runs...>', 'run folders, and folders of run folders')
    .option('--name <name>', 'of the comparison (default: merged, and the files carry a hash of the runs)')
    .option('--output <folder>', 'where the files go (default: here)')
    .action(async (paths: string[], flags: { name?: string; output?: string }) => {
      const { report } = await import('./report.js');
      end(await report(paths, flags, context));
    });

  program
    .command('evaluate')
    .description('compute the figures of a finished run again from its checkpoint')
    .argument('<run>', 'a run folder')
    .option('--missing', 'also with modalities missing: every subset of them, at several drop rates')
    .option('--emap', 'also whether its gain is cross-modal: how much worse the best sum over the modalities does')
    .option(
      '--emap-pairs <number>',
      'evaluations of every test sample with modalities of others for --emap, which it implies (default: 32)',
      wholeNumber(1),
    )
    .action(async (folder: string, flags: { missing?: boolean; emap?: boolean; emapPairs?: number }) => {
      const { evaluate } = await import('./evaluate.js');
      const { missing = false, emap = flags.emapPairs !== undefined, emapPairs } = flags;
      end(await evaluate(folder, { missing, emap, ...(emapPairs === undefined ? {} : { emapPairs }) }, context));
    });

  program
    .command('rerun')
    .summary('train a finished run again, beside it, and compare the results byte for byte')
    .description(
      'Trains a finished run again from its stored config, in a folder beside it that is removed afterwards, and compares the results byte for byte. Says what differs, and whether code, data or weights have changed since.',
    )
    .argument('<run>', 'a run folder')
    .option('--quiet', 'no progress')
    .action(async (folder: string, { quiet = false }: { quiet?: boolean }) => {
      const { rerun } = await import('./rerun.js');
      end(await rerun(folder, { quiet }, context));
    });

  program
    .command('predict')
    .summary('predict samples of your own with a finished run')
    .description(
      'Predicts samples with the selected weights of a finished run, after the transforms of the run. Changes nothing of it.',
    )
    .argument('<run>', 'a run folder')
    .requiredOption(
      '--input <path>',
      'samples.jsonl, or a folder with it and a file <stream>.safetensors for each stream, as in a dataset folder; labels are not needed',
    )
    .requiredOption('--output <file>', 'the table to be written (CSV)')
    .option('--force', 'replace a file that is there')
    .action(async (folder: string, flags: { input: string; output: string; force?: boolean }) => {
      const { predictSamples } = await import('./predict.js');
      end(await predictSamples(folder, { force: false, ...flags }, context));
    });

  program
    .command('inspect')
    .summary('look inside a finished run: gates, attention, contribution by modality')
    .description(
      'Looks at the selected weights of a finished run on its validation split: gates by epoch, attention, and what each modality contributes. Writes introspection.json and introspection.html into the run folder.',
    )
    .argument('<run>', 'a run folder')
    .option('--sample <ids...>', 'validation samples to show singly (default: three of them)')
    .action(async (folder: string, flags: { sample?: string[] }) => {
      const { inspectRun } = await import('./inspect.js');
      end(await inspectRun(folder, flags, context));
    });

  program
    .command('export')
    .summary('write a finished run as an ONNX file that runs without Interfuse')
    .description(
      'Writes the selected weights of a finished run and its language model as one ONNX file for inference, runs it with plain ONNX Runtime and compares: no file is left if it does not predict what the run predicts.',
    )
    .argument('<run>', 'a run folder')
    .argument('<file>', 'the model to be written, such as model.onnx')
    .option('--force', 'replace a file that is there')
    .option('--batch <number>', 'only for batches of this size (default: batches of any size)', wholeNumber(1))
    .addHelpText(
      'after',
      '\nExample:\n  $ interfuse export runs/late-s1-0f3c9a52 model.onnx\n\nSee docs/guides/export-a-model.md.',
    )
    .action(async (folder: string, file: string, { force = false, ...flags }: { force?: boolean; batch?: number }) => {
      const { exportModel } = await import('./export.js');
      end(await exportModel(folder, file, { force, ...flags }, context));
    });
}
