/** The check that a strategy can learn at all: eight samples by heart. */
import { type Task, taskOutputs } from '@interfuse/core';
import { nonconformity } from '../claim.js';
import { tinyBatch } from '../mocks/tiny-batch.js';
import type { FusionClaim } from '../subject.js';
import { withTrial } from '../trial.js';

const learningRate = 0.01;
const mostSteps = 240;
const between = 20;
/** What is left of the loss of a guesser that has seen only the labels. */
const share = 0.5;

export const learningClaims: readonly FusionClaim[] = [
  {
    name: 'it learns eight samples by heart',
    run: (subject) =>
      withTrial(
        subject,
        async ({ host, train, predict }) => {
          const batch = tinyBatch(host, { size: 8 });
          const labels = batch['labels/task/values']?.data as Float32Array;
          const guesses = Float32Array.from([...labels].flatMap(() => guess(host.task, labels)));
          const bound = share * lossOf(host.task, guesses, labels);
          const losses: number[] = [];
          for (let step = 0; step < mostSteps; step += 1) {
            if (step % between === 0)
              losses.push(lossOf(host.task, (await predict(batch)).data as Float32Array, labels));
            if ((losses.at(-1) as number) < bound) return;
            await train(batch, step);
          }
          throw nonconformity(subject, {
            expected: `a loss below ${bound.toFixed(3)} on eight samples that it is trained on, ${share} of that of a guesser that knows only the labels`,
            got: `${losses.map((loss) => loss.toFixed(3)).join(', ')} every ${between} of ${mostSteps} steps at a learning rate of ${learningRate}`,
            usualCause:
              'a prediction that does not depend on the inputs, or a range that it cannot reach (a tanh at the end).',
          });
        },
        { learningRate },
      ),
  },
];

/** The best that is possible without the inputs: the median in regression, the frequencies in classification. */
function guess(task: Task, labels: Float32Array): number[] {
  if (task.kind === 'regression') return [[...labels].sort((a, b) => a - b)[labels.length >> 1] as number];
  return task.classes.map((_, index) => Math.log(labels.filter((label) => label === index).length / labels.length));
}

/** Mean absolute error, or mean cross-entropy of logits [N, classes]. */
function lossOf(task: Task, predictions: Float32Array, labels: Float32Array): number {
  const outputs = taskOutputs(task);
  const losses = [...labels].map((label, sample) => {
    const own = predictions.subarray(sample * outputs, (sample + 1) * outputs);
    if (task.kind === 'regression') return Math.abs((own[0] as number) - label);
    const top = Math.max(...own);
    return top + Math.log(own.reduce((sum, logit) => sum + Math.exp(logit - top), 0)) - (own[label] as number);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
