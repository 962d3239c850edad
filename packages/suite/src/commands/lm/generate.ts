/** `interfuse lm generate`: lets a model continue a text, as a quick check that it and its tokenizer work. */
import { resolve } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import {
  checkpointFolder,
  createTextStream,
  loadLanguageModel,
  loadTokenizer,
  readEndTokens,
  requireWhole,
} from '@interfuse/lm-adapters';
import { generateTokens } from '@interfuse/lm-adapters/generate';
import { exitCodes } from '../../show-error.js';
import { type CommandContext, terminalLogger } from '../context.js';
import { openRegistry } from '../open-registry.js';

export interface GenerateFlags {
  readonly prompt: string;
  /** Default: 64, or as many as the context has room for. */
  readonly tokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
  readonly engine: string;
}

const defaultTokens = 64;
const place = 'interfuse lm generate';

/** @throws LANGUAGE_MODEL_UNKNOWN, LANGUAGE_MODEL_ABSENT, LANGUAGE_MODEL_INVALID, TEXT_TOO_LONG, COMMAND_USAGE, ENGINE_UNAVAILABLE */
export async function generate(written: string, flags: GenerateFlags, context: CommandContext): Promise<number> {
  const { terminal, workingFolder, signal } = context;
  const choice = readChoice(flags);
  const folder = checkpointFolder(written, (path) => resolve(workingFolder, path), place);
  requireWhole(folder, true, place);
  const plugin = (await openRegistry(undefined, context)).get('engine', flags.engine, '--engine');
  const model = await loadLanguageModel(folder);
  const { vocabulary, contextLength } = model.config;
  const tokenizer = await loadTokenizer(folder, vocabulary);
  const end = await readEndTokens(folder);
  const encoded = tokenizer.encode(flags.prompt);
  // A model without a token that begins a text takes the one that ends the text before.
  const prompt = encoded.length > 0 ? encoded : [end[0] ?? tokenizer.padToken];
  const room = contextLength - prompt.length;
  const { tokens: count = Math.min(defaultTokens, room) } = flags;
  if (count > room || count < 1) {
    throw new InterfuseError('TEXT_TOO_LONG', {
      place,
      expected: `at most ${contextLength} tokens, prompt and continuation together`,
      got: `${prompt.length} of the prompt and ${Math.max(count, 1)} to add`,
      remedy: 'Shorten the prompt, or lower --tokens.',
    });
  }

  const create = await plugin.load();
  const engine = await create({} as never, { logger: terminalLogger(terminal) });
  try {
    const { seed } = flags;
    const stream = createTextStream(tokenizer, prompt);
    terminal.out.write(stream.end());
    for await (const token of generateTokens(model, engine, prompt, { count, end, seed, ...choice })) {
      terminal.out.write(stream.push(token));
      if (signal.aborted) break;
    }
    terminal.out.write(`${stream.end()}\n`);
    return signal.aborted ? exitCodes.interrupted : 0;
  } finally {
    await engine.dispose();
  }
}

/** To ask for a choice among the likeliest is to ask for drawing: at temperature 1, unless one is given. @throws COMMAND_USAGE */
function readChoice({ temperature, topK, topP }: GenerateFlags) {
  const narrows = topK !== undefined || topP !== undefined;
  if (narrows && temperature === 0) {
    throw new InterfuseError('COMMAND_USAGE', {
      place,
      expected: 'a temperature above 0 with --top-k or --top-p',
      got: '--temperature 0, which takes the likeliest token',
      remedy: 'Leave one of them out.',
    });
  }
  return {
    temperature: temperature ?? (narrows ? 1 : 0),
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
  };
}
