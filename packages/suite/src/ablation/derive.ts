/** Makes of a config the experiment that answers a question: its DeepMLF in every form that the question asks about. */
import { type ConfigInput, InterfuseError, type Logger, type Slot } from '@interfuse/core';
import {
  type Experiment,
  type ExperimentRequest,
  openExperiment,
  readExperiment,
} from '../experiment/open-experiment.js';
import { type Base, encoderStage, type Point, pointsOf } from './points.js';
import type { Question, QuestionId } from './questions.js';

export interface Ablation {
  readonly question: Question;
  readonly points: readonly Point[];
  /** Asks for the experiment that holds all points. */
  readonly request: ExperimentRequest;
  readonly experiment: Experiment;
}

/** The strategy that the questions are about. */
const strategy = 'deepmlf';

/**
 * @param chosen the numbers that are asked about, for a question about numbers
 * @throws COMMAND_USAGE if the config has no DeepMLF or several, or several language models where the question is another;
 * what opening an experiment throws
 */
export async function deriveAblation(
  request: ExperimentRequest,
  question: Question & { readonly id: QuestionId },
  chosen: readonly number[] | undefined,
  logger: Logger,
): Promise<Ablation> {
  const place = `interfuse ablate ${question.id}`;
  if (chosen !== undefined && question.axis.scale !== 'number') {
    throw new InterfuseError('COMMAND_USAGE', {
      place: `${place} --points`,
      expected: 'no points, for the question is not about numbers',
      got: chosen.join(','),
    });
  }
  const { written } = await readExperiment(request);
  const own = { ...request, sections: { fusion: [onlyStrategy(written, place)] } };
  const opened = await openExperiment(own, logger);
  const base = await describeBase(opened);
  if (question.id !== 'backbone') requireOneLanguageModel(base.languageModels, place);

  const points = pointsOf(question.id, base, chosen);
  const languageModels = points.flatMap(({ languageModel }) => languageModel ?? []);
  const sections: ConfigInput = {
    fusion: languageModels.length > 0 ? [base.slot] : points.map(({ fusion }) => fusion),
    ...(languageModels.length > 0 ? { languageModel: languageModels } : {}),
    ...(question.id === 'curriculum' && base.slot.warmStart === undefined ? { stages: stagesWith(opened, base) } : {}),
  };
  const derived = { ...request, sections };
  return { question, points, request: derived, experiment: await openExperiment(derived, logger) };
}

/** The stages of the config, and one that trains its encoders. */
function stagesWith({ config }: Experiment, { slot }: Base): ConfigInput {
  return { ...config.stages, [encoderStage.name]: { ...encoderStage.of(slot), training: config.training } };
}

function onlyStrategy(written: ConfigInput, place: string): unknown {
  const entries = [written.fusion ?? []].flat() as readonly unknown[];
  const idOf = (entry: unknown) => (typeof entry === 'string' ? entry : (entry as Partial<Slot> | null)?.use);
  const own = entries.filter((entry) => idOf(entry) === strategy);
  if (own.length === 1) return own[0];
  throw new InterfuseError('COMMAND_USAGE', {
    place,
    expected: `a config with one ${strategy} among its strategies`,
    got: own.length === 0 ? `none among ${entries.map(idOf).join(', ') || 'no strategies'}` : `${own.length} of them`,
    remedy:
      own.length === 0 ? `Add it, or give the override fusion.use=${strategy}.` : 'Leave one of them in the config.',
  });
}

function requireOneLanguageModel(slots: readonly Slot[], place: string): void {
  if (slots.length <= 1) return;
  throw new InterfuseError('COMMAND_USAGE', {
    place,
    expected: 'a config with one language model',
    got: `${slots.length}: ${slots.map(({ use }) => use).join(', ')}`,
    remedy: 'Choose one with languageModel.use=<id>, or ask `interfuse ablate backbone`.',
  });
}

async function describeBase({ config, host }: Experiment): Promise<Base> {
  const [slot] = config.fusion;
  const scope = host.openRun(config, { fusion: 0 });
  try {
    const { layers = 0, contextLength = 0 } = (await scope.languageModel())?.model.config ?? {};
    return {
      slot: slot as Base['slot'],
      languageModels: config.languageModel,
      layers,
      mostTokens: contextLength - config.data.textLength,
    };
  } finally {
    await scope.dispose();
  }
}
