/** What a fusion strategy requires against what the run offers, checked before anything is built. */
import type { FusionAdaptation } from './config/effective-config.js';
import type { DatasetSpec } from './contracts/dataset.js';
import type { FusionPlugin, LanguageModelPlugin } from './contracts/plugin.js';
import { InterfuseError, throwProblems } from './errors.js';
import { wordTimesOf } from './word-times.js';

/** @throws PLUGIN_REQUIREMENT: the first thing that is missing, which lists the others. */
export function checkRequirements(
  fusion: FusionPlugin,
  languageModel: LanguageModelPlugin | undefined,
  dataset: DatasetSpec,
  adaptation: FusionAdaptation = 'frozen',
): void {
  throwProblems([
    ...unmetRequirements(fusion, languageModel, dataset),
    ...unmetAdaptation(fusion, languageModel, adaptation),
  ]);
}

/** Everything that the strategy requires and the run does not offer. */
export function unmetRequirements(
  fusion: FusionPlugin,
  languageModel: LanguageModelPlugin | undefined,
  dataset: DatasetSpec,
): InterfuseError[] {
  const { languageModel: members, text, streams, task, wordTimes } = fusion.requires;
  const unmet = (place: string, expected: string, got: string) =>
    new InterfuseError('PLUGIN_REQUIREMENT', { place, expected: `${expected} (required by ${fusion.id})`, got });
  const problems: InterfuseError[] = [];

  if (languageModel === undefined) {
    if (members !== undefined) {
      problems.push(unmet('languageModel', `a language model with ${members.join(', ')}`, 'none'));
    } else if (text !== undefined) {
      problems.push(unmet('languageModel', 'a language model, whose tokenizer reads the text', 'none'));
    }
  } else {
    const lacking = (members ?? []).filter((member) => !languageModel.provides.includes(member));
    if (lacking.length > 0) {
      const offered = `${languageModel.id}, which provides ${languageModel.provides.join(', ') || 'nothing'}`;
      problems.push(unmet('languageModel.use', `a language model with ${lacking.join(', ')}`, offered));
    }
  }

  if (text !== undefined && !dataset.hasText) {
    problems.push(unmet('data.use', 'a dataset with text', `${dataset.name}, which has none`));
  }

  const names = Object.keys(dataset.streams);
  const { min = 0, max = Number.POSITIVE_INFINITY } = streams ?? {};
  if (names.length < min || names.length > max) {
    const wanted = max === Number.POSITIVE_INFINITY ? `at least ${min}` : min === max ? `${min}` : `${min} to ${max}`;
    problems.push(
      unmet('data.use', `${wanted} streams`, `${dataset.name}, which has ${names.length} (${names.join(', ')})`),
    );
  }

  if (task !== undefined && !task.includes(dataset.task.kind)) {
    problems.push(unmet('data.use', `a dataset for ${task.join(' or ')}`, `${dataset.name}, for ${dataset.task.kind}`));
  }
  if (wordTimes === 'measured' && wordTimesOf(dataset) !== 'measured') {
    problems.push(unmet('data.use', 'a dataset that tells when words are spoken', `${dataset.name}, which does not`));
  }
  return problems;
}

/** What stands against adapting the language model of this strategy. */
function unmetAdaptation(
  fusion: FusionPlugin,
  languageModel: LanguageModelPlugin | undefined,
  adaptation: FusionAdaptation,
): InterfuseError[] {
  if (adaptation === 'frozen') return [];
  const place = 'fusion.adaptation';
  if (fusion.adaptation === 'own') {
    const expected = `frozen, for ${fusion.id} adapts the language model by itself`;
    return [new InterfuseError('PLUGIN_REQUIREMENT', { place, expected, got: adaptation })];
  }
  if (languageModel?.provides.includes('feedForward')) return [];
  const expected = 'a language model that describes its feed-forwards (provides feedForward)';
  return [new InterfuseError('PLUGIN_REQUIREMENT', { place, expected, got: languageModel?.id ?? 'none' })];
}
