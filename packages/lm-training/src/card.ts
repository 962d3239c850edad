/** The card of a trained model: what it is, on what and how it was trained, and how well it predicts. */
import type { HeldOutFigures } from './held-out.js';
import type { Measurement } from './position.js';
import type { LanguageModelSettings } from './settings.js';

export interface CardFacts {
  readonly settings: LanguageModelSettings;
  readonly parameters: number;
  readonly vocabulary: number;
  readonly texts: TextFacts;
  readonly best: Measurement;
  /** Of the weights as they are written; absent before the end of the training. */
  readonly stored?: HeldOutFigures;
  readonly isFinished: boolean;
}

export interface TextFacts {
  readonly documents: number;
  readonly heldOutDocuments: number;
  readonly nearDuplicates: number;
  readonly trainTokens: number;
  readonly heldOutTokens: number;
  readonly heldOutBytes: number;
  /** Share of the runs of eight words of the held-out text that the training text holds, too. */
  readonly sharedShare: number;
}

/** In Markdown. */
export function writeCard({ settings, parameters, vocabulary, texts, best, stored, isFinished }: CardFacts): string {
  const { name, model, training, card, seed, weights } = settings;
  const figures = stored ?? best.heldOut;
  const number = (value: number): string => value.toLocaleString('en-GB');
  const passes = (best.tokens / texts.trainTokens).toFixed(1);
  return [
    ...(card.licenceId === undefined ? [] : ['---', `license: ${card.licenceId}`, '---', '']),
    `# ${name}`,
    '',
    `A ${model.architecture} decoder of ${number(parameters)} parameters, trained from scratch by \`interfuse lm train\`: width ${model.width}, ${model.layers} layers, ${model.heads} heads, context ${model.contextLength}, byte-level vocabulary of ${number(vocabulary)}, tied head, ${weights}.`,
    '',
    ...(isFinished ? [] : ['**The training has not ended: these are the best weights so far.**', '']),
    ...(card.data === undefined ? [] : ['## Data', '', card.data.trim(), '']),
    ...(card.licence === undefined ? [] : ['## Licence', '', card.licence.trim(), '']),
    '## Figures',
    '',
    '| | |',
    '| --- | --- |',
    `| documents | ${number(texts.documents - texts.heldOutDocuments)} to train on, ${number(texts.heldOutDocuments)} held out; ${number(texts.nearDuplicates)} near-duplicates left out |`,
    `| tokens | ${number(texts.trainTokens)} to train on, ${number(texts.heldOutTokens)} held out |`,
    `| tokens seen | ${number(best.tokens)} (${passes} passes) in ${number(best.updates)} steps |`,
    `| training loss | ${best.trainLoss.toFixed(4)} nats a token, since the measurement before |`,
    `| held-out loss | ${figures.loss.toFixed(4)} nats a token |`,
    `| held-out perplexity | ${figures.perplexity.toFixed(2)} a token |`,
    `| held-out bits per byte | ${figures.bitsPerByte.toFixed(4)} |`,
    `| overlap | ${(100 * texts.sharedShare).toFixed(1)} % of the runs of eight words in the held-out text are in the training text, too |`,
    '',
    `Every held-out token but the first is predicted once, from those before it in its window of ${model.contextLength}.`,
    '',
    '## How it was made',
    '',
    `AdamW (betas ${training.betas.join(', ')}, weight decay ${training.weightDecay}), learning rate ${training.learningRate} (${training.schedule}, warm-up ${training.warmup}), gradients clipped to norm ${training.clipNorm}, ${training.batchSize * training.accumulate} windows a step, dropout ${model.dropout}, seed ${seed}.`,
    ...(card.made === undefined ? [] : ['', card.made.trim()]),
    '',
  ].join('\n');
}
