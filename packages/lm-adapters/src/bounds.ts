/** What a language model has: its blocks and its positions, with coded errors for whoever asks for more. */
import { type Frame, InterfuseError, type LanguageModelConfig } from '@interfuse/core';

/** @throws PLUGIN_REQUIREMENT if a strategy asks for a block that the model does not have */
export function blockAt<B>(blocks: readonly B[], index: number): B {
  const block = blocks[index];
  if (block !== undefined) return block;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: 'language model',
    expected: `a block from 0 to ${blocks.length - 1}`,
    got: `block ${index}`,
    remedy: 'Lower the depth at which the strategy acts, or choose a language model with more blocks.',
  });
}

/** @throws TEXT_TOO_LONG if the frame has more slots than the model has positions */
export function assertFits(config: LanguageModelConfig, frame: Frame): void {
  const slots = frame.positions.shape[0] as number;
  if (slots <= config.contextLength) return;
  throw new InterfuseError('TEXT_TOO_LONG', {
    place: `language model (${config.architecture})`,
    expected: `at most ${config.contextLength} slots`,
    got: `${slots} slots`,
  });
}
