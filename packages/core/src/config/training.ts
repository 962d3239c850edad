/** The settings of a training: what they are when nobody says anything, and who wins when several do. */
import type { GroupSettings, TrainingSettings } from '../contracts/training.js';

/** The settings of training where neither a config nor the recipe of a strategy says anything. */
export const trainingDefaults: TrainingSettings = {
  epochs: 10,
  batchSize: 32,
  accumulate: 1,
  accumulation: 'mean',
  accumulationTail: 'keep',
  pieceSize: 0,
  learningRate: 1e-3,
  weightDecay: 0.01,
  decayed: 'weights',
  betas: [0.9, 0.95],
  epsilon: 1e-8,
  schedule: 'cosine',
  scheduleEpochs: null,
  minimumRate: 0,
  warmup: 0.1,
  warmupEpochs: null,
  plateauFactor: 0.1,
  plateauPatience: 10,
  clipNorm: 1,
  clipValue: 0,
  clipAt: 'update',
  patience: 0,
  leastImprovement: 0,
  decimals: null,
  modalityDropout: {},
  groups: {},
};

/** Defaults < the strategy's recipe < the user. Groups are merged by name, and inside a group setting by setting. */
export function resolveTraining(
  recipe: Partial<TrainingSettings> | undefined,
  user: Partial<TrainingSettings>,
): TrainingSettings {
  const groups: Record<string, GroupSettings> = {};
  for (const source of [trainingDefaults.groups, recipe?.groups ?? {}, user.groups ?? {}]) {
    for (const [name, settings] of Object.entries(source)) groups[name] = { ...groups[name], ...settings };
  }
  return { ...trainingDefaults, ...recipe, ...user, groups };
}
