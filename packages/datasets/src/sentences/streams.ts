/**
 * The generated streams: each latent is a trajectory over the utterance, fixed random loadings spread the trajectories
 * over all features, and a speaker and noise are added.
 */
import type { Latents } from './construction.js';
import { type RandomNumbers, randomNumbers } from './random-numbers.js';

/** What is shown in one stream. */
interface Factor {
  readonly name: string;
  /** Standard deviation of the factor's loadings. */
  readonly strength: number;
  /** The factor's value at each step. */
  trajectory(latents: Latents, steps: number, random: RandomNumbers): number[];
}

interface StreamDesign {
  readonly width: number;
  readonly description: string;
  /** Steps of an utterance: so many, and so many more for each word, give or take; within these bounds. */
  readonly steps: { readonly base: number; readonly perWord: number; readonly least: number; readonly most: number };
  readonly factors: readonly Factor[];
}

/** A level wanders about what it stands for. */
const wander = { deviation: 0.4, persistence: 0.8 } as const;
/** Noise of each feature by itself. */
const featureNoise = { deviation: 0.6, persistence: 0.5 } as const;
/** Constant over an utterance, different for each speaker, without any relation to the label. */
const speakerDeviation = 0.35;
const speakers = 40;

const nuisance = (name: string): Factor => ({
  name,
  strength: 0.25,
  trajectory: (_, steps, random) => autoregressive(steps, 1, 0.9, random),
});

export const streamDesigns: { readonly [name: string]: StreamDesign } = {
  audio: {
    width: 74,
    description: 'Generated; as wide as COVAREP features.',
    steps: { base: 4, perWord: 0.5, least: 5, most: 16 },
    factors: [
      { name: 'voice', strength: 0.4, trajectory: ({ voice }, steps, random) => level(voice, steps, random) },
      { name: 'emphasis', strength: 0.4, trajectory: ({ emphasis }, steps, random) => stress(emphasis, steps, random) },
      { name: 'irony', strength: 0.4, trajectory: ({ ironyInVoice }, steps) => rise(ironyInVoice, steps) },
      nuisance('rhythm'),
      nuisance('pitch'),
    ],
  },
  vision: {
    width: 35,
    description: 'Generated; as wide as facial action units.',
    steps: { base: 3, perWord: 0.4, least: 4, most: 12 },
    factors: [
      { name: 'face', strength: 0.4, trajectory: ({ face }, steps, random) => level(face, steps, random) },
      { name: 'irony', strength: 0.5, trajectory: ({ ironyInFace }, steps) => smirk(ironyInFace, steps) },
      nuisance('gaze'),
      nuisance('pose'),
    ],
  },
};

/** A constant level with slow wandering. */
function level(value: number, steps: number, random: RandomNumbers): number[] {
  return autoregressive(steps, wander.deviation, wander.persistence, random).map((drift) => value + drift);
}

/** Emphasis, standardised, as a bump on one stressed place between a quarter and three quarters of the way. */
function stress(emphasis: number, steps: number, random: RandomNumbers): number[] {
  const place = 0.25 + 0.5 * random.uniform();
  const standardised = (emphasis - 1) / 0.23;
  return along(steps, (time) => standardised * 1.6 * Math.exp(-(((time - place) / 0.25) ** 2)));
}

/** Irony in the voice: a contour that rises, or falls, towards the end. */
function rise(cue: number, steps: number): number[] {
  return along(steps, (time) => cue * 2 * time * time);
}

/** Irony in the face: a smirk that comes late and goes. */
function smirk(cue: number, steps: number): number[] {
  return along(steps, (time) => cue * 1.6 * Math.exp(-(((time - 0.7) / 0.2) ** 2)));
}

/** A function of time, from 0 at the first step to 1 at the last. */
function along(steps: number, value: (time: number) => number): number[] {
  return Array.from({ length: steps }, (_, step) => value(steps === 1 ? 0.5 : step / (steps - 1)));
}

/** A stationary first-order autoregressive sequence of this standard deviation. */
function autoregressive(steps: number, deviation: number, persistence: number, random: RandomNumbers): number[] {
  const innovation = deviation * Math.sqrt(1 - persistence ** 2);
  const values = [deviation * random.normal()];
  for (let step = 1; step < steps; step += 1) {
    values.push(persistence * (values[step - 1] as number) + innovation * random.normal());
  }
  return values;
}

/** Draws the number of steps of an utterance of so many words. */
export function drawSteps({ steps }: StreamDesign, words: number, random: RandomNumbers): number {
  const drawn = Math.round(steps.base + steps.perWord * words + 1.5 * random.normal());
  return Math.min(steps.most, Math.max(steps.least, drawn));
}

/** A function that renders utterances in one stream: [steps, width], row by row. */
export function createRenderer(
  stream: string,
): (latents: Latents, words: number, random: RandomNumbers) => Float32Array {
  const design = streamDesigns[stream] as StreamDesign;
  const { width, factors } = design;
  const vector = (name: string, deviation: number) => {
    const random = randomNumbers(`sentences/${stream}/${name}`);
    return Array.from({ length: width }, () => deviation * random.normal());
  };
  const loadings = factors.map(({ name, strength }) => vector(`loadings/${name}`, strength));
  const offsets = Array.from({ length: speakers }, (_, speaker) => vector(`speaker/${speaker}`, speakerDeviation));

  return function render(latents, words, random) {
    const steps = drawSteps(design, words, random);
    const speaker = offsets[Math.floor(random.uniform() * speakers)] as number[];
    const trajectories = factors.map((factor) => factor.trajectory(latents, steps, random));
    const values = new Float32Array(steps * width);
    for (let feature = 0; feature < width; feature += 1) {
      const noise = autoregressive(steps, featureNoise.deviation, featureNoise.persistence, random);
      for (let step = 0; step < steps; step += 1) {
        let value = (speaker[feature] as number) + (noise[step] as number);
        trajectories.forEach((trajectory, factor) => {
          value += (loadings[factor]?.[feature] as number) * (trajectory[step] as number);
        });
        values[step * width + feature] = value;
      }
    }
    return values;
  };
}
