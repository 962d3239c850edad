/** `interfuse stats`: names, arguments and help of the commands on predictions. Whatever one needs is imported when it runs. */
import type { Command } from 'commander';
import { positiveNumber } from './arguments.js';
import type { CommandContext } from './context.js';
import type { ImportOptions } from './statistics.js';

export function addStatisticsCommands(
  program: Command,
  context: CommandContext,
  end: (exitCode: number) => void,
): void {
  const statistics = program.command('stats').description('statistics of predictions');
  statistics
    .command('import')
    .summary('weigh predictions that were made elsewhere')
    .description(
      'The statistics of the comparison for predictions of any program: tables (CSV) with the columns id, label and prediction (or "logit <class>" for each class), and strategy, seed, group and split where they have them. Without them, strategy and seed come from the name of the file, as in mult-s3.csv.',
    )
    .argument('<files...>', 'tables of predictions')
    .option('--metrics <id>', 'metric plugin (default: regression, or classification where there are logits)')
    .option('--primary <name>', 'the metric that decides (default: MAE, or the first)')
    .option('--margin <number>', 'differences smaller than this do not matter', positiveNumber)
    .option('--output <file>', 'write the report as Markdown, too')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async (files: string[], flags: ImportOptions) => {
      const { importPredictions } = await import('./statistics.js');
      end(await importPredictions(files, flags, context));
    });
}
