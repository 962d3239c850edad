/** The two parts of a forward pass, without which a batch cannot be computed in pieces. */
import { type ForwardParts, type FusionModule, InterfuseError, type TrainingSettings } from '@interfuse/core';

/** @throws PLUGIN_REQUIREMENT if batches are to be computed in pieces and the module cannot */
export function checkPieces(module: FusionModule, { pieceSize }: Pick<TrainingSettings, 'pieceSize'>): void {
  if (pieceSize > 0) partsOf(module);
}

/** @throws PLUGIN_REQUIREMENT if the module has no parts */
export function partsOf({ parts }: FusionModule): ForwardParts {
  if (parts) return parts;
  throw new InterfuseError('PLUGIN_REQUIREMENT', {
    place: 'training.pieceSize',
    expected: 'a strategy that reads every sample by itself before samples meet (`parts` of its module)',
    got: 'one that does not: in pieces it would compute something else, such as other batch statistics',
    remedy:
      'Leave pieceSize at 0 and lower batchSize, with `accumulate` for the rest; or take the batch norm out of the encoders.',
  });
}
