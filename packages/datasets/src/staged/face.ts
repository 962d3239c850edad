/** The face of an utterance: action units that follow the delivery, with noise that is slow, and a face at rest. */
import type { RandomNumbers } from '../sentences/random-numbers.js';
import { framesPerSecond } from './audio-columns.js';
import type { Delivery } from './construction.js';
import { type FaceColumn, faceColumns } from './face-columns.js';
import type { SpokenSentence } from './voice.js';

export const faceDesign = {
  /** Share of ironic utterances in which irony is seen. */
  ironyShown: 0.6,
  /** A smirk: how strong, and how long it lasts, as a share of the utterance. */
  smirk: { strength: 1.2, share: 0.6 },
  /** For each standard deviation of `seen` and of `both`. */
  seen: 0.5,
  both: 0.5,
  /** For an emphasis of 1, while its sentence is spoken. */
  emphasis: 1,
  /** First-order autoregressive noise of every column: standard deviation, and correlation from frame to frame. */
  noise: { deviation: 0.6, persistence: 0.6 },
} as const;

/** What raises and lowers each column; the others (AU7, AU45) show nothing. */
const loadings: { readonly [K in 'seen' | 'both' | 'emphasis' | 'irony']: { readonly [C in FaceColumn]?: number } } = {
  seen: { AU6: 1, 'AU12-left': 1, 'AU12-right': 1, AU4: -1, AU15: -1 },
  both: { AU1: 1, AU5: 1 },
  emphasis: { AU2: 1, AU25: 1 },
  irony: { AU14: 1 },
};

/** [steps, 12]. Neither polarity nor label is known here. */
export function showFace(
  { irony, emphasis, seen, both }: Delivery,
  rest: readonly number[],
  sentences: readonly SpokenSentence[],
  steps: number,
  random: RandomNumbers,
): Float32Array {
  const { smirk, noise } = faceDesign;
  const isShown = irony === -1 && random.uniform() < faceDesign.ironyShown;
  const begins = random.uniform() * (1 - smirk.share);
  const side: FaceColumn = random.uniform() < 0.5 ? 'AU12-left' : 'AU12-right';
  const values = new Float32Array(steps * faceColumns.length);
  faceColumns.forEach((column, i) => {
    const course = autoregressive(steps, noise, random);
    const level =
      (rest[i] as number) +
      faceDesign.seen * seen * (loadings.seen[column] ?? 0) +
      faceDesign.both * both * (loadings.both[column] ?? 0);
    const mocking = (loadings.irony[column] ?? 0) + (column === side ? 1 : 0);
    for (let step = 0; step < steps; step += 1) {
      const seconds = (step + 0.5) / framesPerSecond;
      const spoken = sentences.findIndex(({ start, end }) => seconds >= start && seconds <= end);
      const stress = spoken === -1 ? 0 : faceDesign.emphasis * (emphasis[spoken] as number);
      const time = step / steps - begins;
      const smirks = isShown && time >= 0 && time <= smirk.share ? smirk.strength : 0;
      values[step * faceColumns.length + i] =
        level + stress * (loadings.emphasis[column] ?? 0) + smirks * mocking + (course[step] as number);
    }
  });
  return values;
}

/** A stationary first-order autoregressive sequence. */
function autoregressive(
  steps: number,
  { deviation, persistence }: { readonly deviation: number; readonly persistence: number },
  random: RandomNumbers,
): number[] {
  const innovation = deviation * Math.sqrt(1 - persistence ** 2);
  const values = [deviation * random.normal()];
  for (let step = 1; step < steps; step += 1) {
    values.push(persistence * (values[step - 1] as number) + innovation * random.normal());
  }
  return values;
}
