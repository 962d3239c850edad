/** `interfuse lm`: names, arguments and help of the commands on language models. Whatever one needs is imported when it runs. */
import type { Command } from 'commander';
import type { CommandContext } from '../context.js';

export function addLanguageModelCommands(
  program: Command,
  context: CommandContext,
  end: (exitCode: number) => void,
): void {
  const lm = program.command('lm').description('language models: save what a run has trained');

  lm.command('save')
    .summary('save the trained language model of a run for other programs')
    .description(
      'Writes the low-rank additions of a finished run as a PEFT adapter, or its whole language model as a Hugging Face folder, with additions merged in.',
    )
    .argument('<run>', 'a run folder')
    .argument('<folder>', 'the folder to be made')
    .option('--merged', 'the whole model instead of an adapter')
    .action(async (run: string, folder: string, { merged = false }: { merged?: boolean }) => {
      const { save } = await import('./save.js');
      end(await save(run, folder, { merged }, context));
    });
}
