/** `interfuse lm train`: its arguments and help. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

const examples = `
Examples:
  $ interfuse lm train my-model.yaml
  $ interfuse lm train my-model.yaml training.tokens=2000000 output=./smaller model.layers=2

Arguments with "=" override the config. Ctrl-C stops; the same command resumes.
See docs/guides/train-a-language-model.md.`;

export function defineTrain(lm: Command, context: CommandContext, end: (exitCode: number) => void): void {
  lm.command('train')
    .summary('train a small decoder, tokenizer included, on texts')
    .description(
      'Learns a byte-level vocabulary and trains a GPT-2 or Llama from scratch on the texts of a config, measures it on documents that are held out, and writes a Hugging Face folder that `languageModel.options.checkpoint` can name.',
    )
    .argument('<config>', 'a config file: YAML, JSON or TypeScript')
    .argument('[overrides...]', 'path=value')
    .option('--quiet', 'no progress')
    .addHelpText('after', examples)
    .action(async (config: string, overrides: string[], flags: { quiet?: boolean }) => {
      const { trainLanguageModel } = await import('./train.js');
      end(await trainLanguageModel({ config, overrides }, flags, context));
    });
}
