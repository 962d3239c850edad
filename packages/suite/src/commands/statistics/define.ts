/** `interfuse stats`: names, arguments and help of the commands on predictions. Whatever one needs is imported when it runs. */
import type { Command } from 'commander';
import { group, positiveNumber, wholeNumber, wholeNumbers } from '../arguments.js';
import type { CommandContext } from '../context.js';
import type { ImportOptions } from './import.js';
import type { SameStrategyOptions } from './same-strategy.js';

export function addStatisticsCommands(
  program: Command,
  context: CommandContext,
  end: (exitCode: number) => void,
): void {
  const statistics = group(program.command('stats')).description('statistics of predictions');
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
      const { importPredictions } = await import('./import.js');
      end(await importPredictions(files, flags, context));
    });
  statistics
    .command('aa')
    .summary('how often a difference is declared where there is none')
    .description(
      'An A/A test: deals the seeds of one strategy into fake strategies, compares those as `compare` does, and counts how often it declares a difference. Takes predictions of many seeds, such as <runs>/late-s*/predictions.csv.',
    )
    .argument('<files...>', 'tables of predictions of one strategy')
    .option(
      '--seeds <numbers>',
      'seeds of each fake strategy, a row of the table for each',
      wholeNumbers(2),
      [3, 5, 10],
    )
    .option('--deals <number>', 'random deals for each row', wholeNumber(1), 1000)
    .option('--metrics <id>', 'metric plugin (default: regression, or classification where there are logits)')
    .option('--primary <name>', 'the metric that decides (default: MAE, or the first)')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async (files: string[], flags: SameStrategyOptions) => {
      const { sameStrategy } = await import('./same-strategy.js');
      end(await sameStrategy(files, flags, context));
    });
}
