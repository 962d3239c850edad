/**
 * What the best possible predictor reaches that knows only a part: simulated from the construction alone, so the same
 * for any split. It is given the latent values that the streams show; real models have to find them in noisy streams.
 */
import type { ReferenceFigure } from '@interfuse/core';
import { normalBelow } from '../measures/normal.js';
import { median } from '../measures/scores.js';
import { clip, construction, drawLatents, type Latents, labelOf } from './construction.js';
import { randomNumbers } from './random-numbers.js';

const draws = 100_000;

type Predictor = (latents: Latents) => number;

/** Mean absolute errors, to two decimals, from the least knowing to the most. */
export function referenceFigures(): ReferenceFigure[] {
  const random = randomNumbers('sentences/reference');
  const latents = Array.from({ length: draws }, (_, i) => drawLatents(i % 2 === 0 ? -1 : 1, random));
  const labels = latents.map(labelOf);
  const middle = median(labels);
  const middleOf = {
    '-1': median(labels.filter((_, i) => i % 2 === 0)),
    '1': median(labels.filter((_, i) => i % 2 === 1)),
  };
  // Where everything is symmetric but the sign of irony, the median of irony * emphasis is the best fixed coefficient.
  const coefficient = median(
    latents.map(
      ({ irony, emphasis, sentiment, noise }) => construction.sentimentWeight * irony * emphasis + sentiment * noise,
    ),
  );
  const delivery: Predictor = ({ voice, face }) => construction.deliveryWeight * (voice + face);

  function figure(name: string, meaning: string, predict: Predictor): ReferenceFigure {
    const sum = latents.reduce((total, drawn, i) => total + Math.abs(clip(predict(drawn)) - (labels[i] as number)), 0);
    return { name, metric: 'MAE', value: Math.round((100 * sum) / draws) / 100, meaning };
  }

  return [
    figure('constant', 'the median of the labels', () => middle),
    figure('audio', 'voice, emphasis and the voice’s cue of irony', ({ voice }) => construction.deliveryWeight * voice),
    figure('vision', 'face and the face’s cue of irony', ({ face }) => construction.deliveryWeight * face),
    figure('audio + vision', 'all but the sentence', delivery),
    figure('text', 'the sentiment of the sentence', ({ sentiment }) => middleOf[sentiment === 1 ? '1' : '-1']),
    figure(
      'additive',
      'all, each modality adding its share: no interaction',
      (known) => coefficient * known.sentiment + delivery(known),
    ),
    figure('everything', 'all, and how delivery turns what is said', (known) => medianGivenAll(known)),
  ];
}

/**
 * The median of the label given all that is shown: a mixture of two normals, one for irony and one for its absence,
 * weighted by the probability of irony given both cues (Bayes).
 */
export function medianGivenAll({ sentiment, emphasis, voice, face, ironyInVoice, ironyInFace }: Latents): number {
  const { sentimentWeight, deliveryWeight, noise, ironyRate, cueNoise } = construction;
  const evidence = (2 * (ironyInVoice + ironyInFace)) / cueNoise ** 2 + Math.log((1 - ironyRate) / ironyRate);
  const sincere = 1 / (1 + Math.exp(-evidence));
  const said = sentimentWeight * emphasis * sentiment;
  const below = (x: number) =>
    sincere * normalBelow((x - said) / noise) + (1 - sincere) * normalBelow((x + said) / noise);
  let [low, high] = [-Math.abs(said) - 4 * noise, Math.abs(said) + 4 * noise];
  while (high - low > 1e-4) {
    const between = (low + high) / 2;
    if (below(between) < 0.5) low = between;
    else high = between;
  }
  return (low + high) / 2 + deliveryWeight * (voice + face);
}
