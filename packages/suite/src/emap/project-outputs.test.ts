/** Logits are projected class by class, before any of them is chosen. */
import { projectAdditively, swapDesign } from '@interfuse/statistics';
import { expect, it } from 'vitest';
import { projectOutputs } from './project-outputs.js';

const samples = 9;
const design = swapDesign({ samples, groups: 2, pairings: samples });
/** Of the text of one sample and the audio of another. */
const logits: readonly ((text: number, audio: number) => number)[] = [
  (text, audio) => text + Math.sin(audio),
  (text, audio) => Math.sin(text) * Math.cos(audio),
  () => 0.5,
];
const pairs = design.pairings.map(([texts, audios]) =>
  Array.from({ length: samples }, (_, row) => [texts?.[row] as number, audios?.[row] as number] as const),
);

it('gives every class what it has by itself, and sums what is left over', () => {
  const { fitted, residual, total } = projectOutputs(
    design,
    pairs.map((rows) => Float32Array.from(rows.flatMap(([text, audio]) => logits.map((logit) => logit(text, audio))))),
  );
  const alone = logits.map((logit) =>
    projectAdditively(
      design,
      pairs.map((rows) => Float32Array.from(rows, ([text, audio]) => logit(text, audio))),
    ),
  );
  alone.forEach((projection, output) => {
    projection.fitted.forEach((value, row) => {
      expect(fitted[row * logits.length + output]).toBeCloseTo(value, 6);
    });
  });
  expect(residual).toBeCloseTo(
    alone.reduce((sum, each) => sum + each.residual, 0),
    9,
  );
  expect(total).toBeCloseTo(
    alone.reduce((sum, each) => sum + each.total, 0),
    9,
  );
  // The first class is additive and comes back as it is; the second is not.
  expect(fitted[3 * logits.length]).toBeCloseTo(3 + Math.sin(3), 5);
  expect(Math.abs((fitted[3 * logits.length + 1] as number) - Math.sin(3) * Math.cos(3))).toBeGreaterThan(0.01);
});
