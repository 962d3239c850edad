/** What of a language model trains, as the config says it. */
import { InterfuseError } from '@interfuse/core';

/** The parameter group of everything that trains in a language model. */
export const languageModelGroup = 'language-model';

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  /** Rate of dropout on the input of the additions. */
  readonly dropout: number;
  /** Ends of module names, or `all-linear`. */
  readonly targets: string | readonly string[];
  /** Folder of a PEFT adapter to start from. */
  readonly from?: string | null;
}

/** `train` and `lora` of the options. */
export interface TrainOptions {
  /** `frozen`, `lora`, `last:<n>` or `all`. Default: `frozen`. */
  readonly train?: string;
  readonly lora?: LoraOptions;
}

export type TrainChoice =
  | { readonly kind: 'frozen' }
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly blocks: number }
  | { readonly kind: 'lora'; readonly lora: LoraOptions };

const defaultLora: LoraOptions = { rank: 8, alpha: 16, dropout: 0, targets: 'all-linear', from: null };

/** @throws CONFIG_WRONG_VALUE */
export function trainChoice({ train = 'frozen', lora = defaultLora }: TrainOptions): TrainChoice {
  if (train === 'frozen' || train === 'all') return { kind: train };
  if (train === 'lora') return { kind: 'lora', lora };
  const [, blocks] = /^last:([1-9][0-9]*)$/.exec(train) ?? [];
  if (blocks !== undefined) return { kind: 'last', blocks: Number(blocks) };
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'languageModel.options.train',
    expected: 'frozen, lora, last:<number of blocks> or all',
    got: JSON.stringify(train),
  });
}
