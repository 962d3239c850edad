/** `interfuse lm`: names, arguments and help of the commands on language models. Whatever one needs is imported when it runs. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { group, share, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../context.js';
import { defineTrain } from './define-train.js';
import type { GenerateFlags } from './generate.js';
import type { InspectFlags } from './inspect.js';

const checkpoint = 'a bundled name, a folder, or org/name of the Hub in the local cache';

export function addLanguageModelCommands(
  program: Command,
  context: CommandContext,
  end: (exitCode: number) => void,
): void {
  const lm = group(program.command('lm')).description(
    'language models: fetch, list, inspect, try and train them, and save what a run has trained',
  );

  lm.command('pull')
    .summary('fetch a model from the Hugging Face Hub into the local cache')
    .description(
      'Fetches config, tokenizer, card and safetensors of a model into the cache that Python uses, too. What is there is not fetched again; what was cut off goes on; every file is verified.',
    )
    .argument('<name>', 'such as HuggingFaceTB/SmolLM2-135M, perhaps with @revision (a branch, a tag or a commit)')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      '\nReads HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE: see docs/reference/environment.md.',
    )
    .action(async (name: string, flags: { quiet?: boolean }) => {
      const { pullModel } = await import('./pull.js');
      end(await pullModel(name, flags, context));
    });

  lm.command('list')
    .description('list the bundled models and those in the local cache of the Hub, and say which can be used')
    .option('--json', 'as JSON')
    .action(async (flags: { json?: boolean }) => {
      const { list } = await import('./list.js');
      end(await list(flags, context));
    });

  lm.command('inspect')
    .summary('what a checkpoint is: architecture, sizes, memory, tokenizer, licence')
    .description(
      'Reads configs, the tokenizer and the headers of the weights; no weight is read, unless --precision asks what holding them in fewer bits costs.',
    )
    .argument('<checkpoint>', checkpoint)
    .option('--json', 'as JSON')
    .addOption(
      new Option('--precision <name>', 'compute a text with the weights held so, and tell the loss').choices([
        'float32',
        'float16',
        'int8',
        'int4',
      ]),
    )
    .action(async (written: string, flags: InspectFlags) => {
      const { inspect } = await import('./inspect.js');
      end(await inspect(written, flags, context));
    });

  lm.command('generate')
    .summary('let a model continue a text: a quick check that it works')
    .description(
      'Continues a text, token after token, on the default engine. Takes the likeliest token unless a temperature is given; the same seed gives the same text.',
    )
    .argument('<checkpoint>', checkpoint)
    .option('--prompt <text>', 'what the text begins with', '')
    .option('--tokens <number>', 'tokens to add, at most', wholeNumber(1))
    .option(
      '--temperature <number>',
      'draw tokens: below 1 from fewer, above 1 from more; 0 takes the likeliest',
      notNegative,
    )
    .option('--top-k <number>', 'draw from the likeliest tokens only, so many', wholeNumber(1))
    .option('--top-p <share>', 'draw from the likeliest tokens only, which together reach this probability', share)
    .option('--seed <number>', 'of what is drawn', wholeNumber(0), 0)
    .option('--engine <id>', 'what computes', 'onnx')
    .action(async (written: string, flags: GenerateFlags) => {
      const { generate } = await import('./generate.js');
      end(await generate(written, flags, context));
    });

  defineTrain(lm, context, end);

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

function notNegative(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a number, at least 0.');
}
