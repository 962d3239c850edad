/** What an exported model says of itself: which run it is, what its inputs mean and how they are prepared. */
import type { Statistics } from '@interfuse/core';
import type { RunPlan } from '../experiment/plan.js';
import type { RunResult } from '../run/result.js';
import { version } from '../version.js';

/** What users of tokenizers compare theirs with. */
const sentence = 'It was good.';

/** Metadata of the file: JSON by key. */
export function describeModel(
  { strategy, name, seed, identity }: RunPlan,
  { selected, valid, weights }: RunResult,
  config: object,
  statistics: Statistics = {},
): Record<string, string> {
  const { plugin, slot, dataset, languageModel } = strategy;
  const { spec } = dataset;
  const { data, languageModel: languageModelSlot, encoders } = identity;
  const entries: Record<string, unknown> = {
    version,
    run: name,
    strategy: {
      id: plugin.id,
      version: plugin.version,
      title: plugin.title,
      options: slot.options,
      adaptation: slot.adaptation,
      control: slot.control,
    },
    task: spec.task,
    dataset: { name: spec.name, digest: spec.digest, licence: spec.licence },
    streams: spec.streams,
    ...(Object.keys(data.transforms).length === 0
      ? {}
      : { transforms: { applied: data.transforms, standardisation: plainStatistics(statistics) } }),
    encoders,
    seed,
    selected: { ...selected, valid: valid[selected.column], weights },
    config,
    ...(languageModel === undefined
      ? {}
      : {
          languageModel: { ...languageModelSlot, ...languageModel.model.config, files: identity.weights },
          tokenizer: {
            padToken: languageModel.tokenizer.padToken,
            padding: 'right',
            length: data.textLength,
            truncation: 'what is longer is cut off at the end',
            example: { text: sentence, tokens: languageModel.tokenizer.encode(sentence) },
          },
        }),
  };
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [`interfuse.${key}`, JSON.stringify(value)]));
}

function plainStatistics(statistics: Statistics): object {
  const entries = Object.entries(statistics).map(([name, { mean, deviation }]) => [
    name,
    { mean: [...mean], deviation: [...deviation] },
  ]);
  return Object.fromEntries(entries);
}

/** One sentence on an input or an output, by its name. */
export function meaningOf(name: string, { strategy, identity }: RunPlan): string | undefined {
  const { languageModel, dataset } = strategy;
  const { task } = dataset.spec;
  const { transforms } = identity.data;
  const [kind, ...rest] = name.split('/');
  const field = rest.at(-1);
  if (name === 'prediction') {
    return task.kind === 'regression'
      ? `The predicted label, on a scale from ${task.range.join(' to ')}.`
      : `Logits of the classes ${task.classes.join(', ')}.`;
  }
  if (name === 'text/tokens') {
    const { textLength } = identity.data;
    return `Token ids, padded on the right with ${languageModel?.tokenizer.padToken}; of longer texts the first ${textLength}.`;
  }
  if (name === 'text/mask') return 'True where the token is real.';
  if (name === 'text/present') return 'False where the sample has no text.';
  if (kind === 'streams' && field === 'values') {
    const isTransformed = rest[0] !== undefined && (rest[0] in transforms || '*' in transforms);
    const transformed = isTransformed ? ' transformed as interfuse.transforms says,' : '';
    return `Features step by step,${transformed} padded on the right with zeros.`;
  }
  if (kind === 'streams' && field === 'mask') return 'True where the step is real.';
  if (kind === 'streams' && field === 'present') return 'False where the sample lacks the stream.';
  if (kind === 'streams' && field === 'spans') {
    return 'From which to which step of the stream, in fractions, the word of each token is spoken; zeros for no word.';
  }
  if (name === 'rows') return 'Position of the sample in its split.';
  return undefined;
}
