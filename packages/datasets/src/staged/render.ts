/** Renders utterances: the voice and what is measured of it, the face, and the times of sentences and words. */
import { InterfuseError } from '@interfuse/core';
import { randomNumbers } from '../sentences/random-numbers.js';
import { audioColumns, audioStream } from './audio-columns.js';
import { showFace } from './face.js';
import type { Performer } from './performers.js';
import type { Synthesiser } from './synthesiser.js';
import type { StagedUtterance } from './utterances.js';
import { speakUtterance, type TimedSentence, voiceDesign } from './voice.js';

export interface Rendered {
  /** [steps, 16], before standardisation. */
  readonly audio: Float32Array;
  /** [steps, 12]. */
  readonly vision: Float32Array;
  readonly sentences: readonly TimedSentence[];
}

/** Never above the number of steps that a model works on. */
export const mostSteps = 48;

/** Spoken by every performer once, to know the pitch that is usual for the voice. */
const neutralSentence = 'the letter was written on a sunday and sent to the office in the morning.';

/** A function that renders utterances of any split. */
export function createRenderer(synthesiser: Synthesiser): (utterance: StagedUtterance) => Rendered {
  const usual = new Map<string, number>();
  const pitchColumn = audioColumns.findIndex(({ name }) => name === 'pitch');

  function usualPitch({ name, voice }: Performer): number {
    const known = usual.get(name);
    if (known !== undefined) return known;
    const { rate, pitch, range } = voiceDesign;
    const prosody = { rate: rate.centre, pitch: pitch.centre, range: range.centre };
    const measured = audioStream(synthesiser.speak(neutralSentence, voice, prosody));
    const pitches = Float32Array.from(
      { length: measured.length / audioColumns.length },
      (_, step) => measured[step * audioColumns.length + pitchColumn] as number,
    ).sort();
    const median = pitches[Math.floor(pitches.length / 2)] as number;
    usual.set(name, median);
    return median;
  }

  return function render({ id, sentences, performer, latents }) {
    // The performance is handed the delivery and the words, never what they are worth.
    const { irony, emphasis, heard, seen, both } = latents;
    const delivery = { irony, emphasis, heard, seen, both };
    const texts = sentences.map(({ text }) => text);
    const spoken = speakUtterance(texts, performer.voice, delivery, synthesiser, randomNumbers(`staged/${id}/voice`));
    const audio = audioStream(spoken.sound);
    const steps = audio.length / audioColumns.length;
    if (steps > mostSteps) {
      throw new InterfuseError('DATASET_INVALID', {
        place: `the utterance ${id}`,
        expected: `at most ${mostSteps} steps`,
        got: `${steps}`,
        remedy: 'Speak faster, or allow fewer tokens.',
      });
    }
    const below = usualPitch(performer);
    for (let step = 0; step < steps; step += 1) {
      const at = step * audioColumns.length + pitchColumn;
      audio[at] = (audio[at] as number) - below;
    }
    const vision = showFace(delivery, performer.rest, spoken.sentences, steps, randomNumbers(`staged/${id}/face`));
    return { audio, vision, sentences: spoken.sentences };
  };
}
