import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { type Dataset, type Sample, type Split, wordTimesOf } from '@interfuse/core';
import { spectralShape, spectrogram } from '@interfuse/features';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Description, verifyDataset } from '../folder/index.js';
import { staged } from '../index.js';
import { randomNumbers } from '../sentences/random-numbers.js';
import { atLevel, pinkNoise, powerOf, tilt, withoutSilence } from './acoustics.js';
import { cardOf, measuredSection, wordsSection } from './card.js';
import { drawDelivery, type Latents, labelOf, unimodalLabels } from './construction.js';
import { sampleOf, standardised, tokenCounter } from './generate.js';
import { type Measurement, measure } from './measure.js';
import { castOf, performers } from './performers.js';
import { createReaders, readerFigures, simulate, varianceShares } from './readers.js';
import { createRenderer } from './render.js';
import { chooseStagedSentences } from './sentences.js';
import { stagedFolder } from './staged-folder.js';
import { openSynthesiser, type Synthesiser, versionOfSynthesiser } from './synthesiser.js';
import { drawUtterances, type StagedUtterance } from './utterances.js';
import { spokenText } from './voice.js';
import { checkWords, type Distances } from './word-check.js';
import { heardWords } from './word-times.js';

const description = JSON.parse(readFileSync(join(stagedFolder, 'dataset.json'), 'utf8')) as Description;
const card = readFileSync(join(stagedFolder, 'card.md'), 'utf8');

let dataset: Dataset;
let splits: { train: Split; valid: Split; test: Split };
let utterances: { readonly [K in keyof typeof splits]: readonly StagedUtterance[] };
let countTokens: (text: string) => number;
beforeAll(async () => {
  const logger = { debug() {}, info() {}, warn() {} };
  dataset = await (await staged.load())({}, { resolvePath: (path) => path, logger });
  splits = {
    train: await dataset.open('train'),
    valid: await dataset.open('valid'),
    test: await dataset.openTest({ run: 'the tests of the generator', checkpoint: 'none' }),
  };
  countTokens = await tokenCounter();
  utterances = drawUtterances(chooseStagedSentences(countTokens).sentences, countTokens);
}, 60_000);
afterAll(async () => {
  for (const split of Object.values(splits)) await split.close();
});

function latentsOf({ labels, segments = [] }: Sample): Latents {
  const of = (name: string) => segments.map((segment) => segment.labels?.[name] as number);
  return { ...(labels as unknown as Latents), polarity: of('polarity'), emphasis: of('emphasis') };
}

describe('staged', () => {
  it('is whole', async () => {
    expect(await verifyDataset(stagedFolder)).toEqual(dataset.spec);
    expect(dataset.spec.sizes).toEqual({ train: 3000, valid: 400, test: 600 });
    expect(dataset.spec.streams.audio).toMatchObject({ width: 16 });
    expect(dataset.spec.streams.vision).toMatchObject({ width: 12 });
  });

  it('has the labels that follow from its latents', () => {
    for (const { samples } of Object.values(splits)) {
      for (const sample of samples) {
        const latents = latentsOf(sample);
        expect([sample.id, sample.labels]).toMatchObject([
          sample.id,
          { task: labelOf(latents), ...unimodalLabels(latents) },
        ]);
      }
    }
  });

  it('holds the utterances that the generator draws', () => {
    for (const [name, { samples }] of Object.entries(splits)) {
      const drawn = utterances[name as keyof typeof utterances];
      expect(samples.map(({ id }) => id)).toEqual(drawn.map(({ id }) => id));
      expect(samples.map(latentsOf)).toMatchObject(drawn.map(({ latents }) => latents));
      expect(samples.map(({ speaker }) => speaker)).toEqual(drawn.map(({ performer }) => performer.name));
    }
  });

  it('has no sentence and no group in two splits', () => {
    for (const of of [
      ({ segments = [] }: Sample) => segments.map(({ text }) => text),
      ({ group }: Sample) => [group],
    ]) {
      const [train, valid, test] = Object.values(splits).map(({ samples }) => new Set(samples.flatMap(of))) as [
        Set<unknown>,
        Set<unknown>,
        Set<unknown>,
      ];
      expect(new Set([...train, ...valid, ...test]).size).toBe(train.size + valid.size + test.size);
    }
  });

  it('is half of one sentence, half of two, with at most 52 tokens, and balanced in polarity', () => {
    for (const { samples } of Object.values(splits)) {
      const pairs = samples.filter(({ tags }) => tags?.includes('pair'));
      expect(pairs.length).toBe(samples.length / 2);
      expect(samples.filter(({ segments }) => segments?.length === 2)).toEqual(pairs);
      for (const { text = '' } of samples) expect(countTokens(text)).toBeLessThanOrEqual(52);
      const signs = samples.flatMap((sample) => latentsOf(sample).polarity);
      expect(Math.abs(signs.reduce((sum, sign) => sum + sign, 0)) / signs.length).toBeLessThan(0.03);
    }
  });

  it('makes the utterances of a group of three sentences', () => {
    for (const [name, each] of [
      ['valid', 10],
      ['test', 6],
    ] as const) {
      const names = new Set(splits[name].samples.map(({ group }) => group));
      for (const group of names) {
        const samples = splits[name].samples.filter((sample) => sample.group === group);
        const sentences = new Set(samples.flatMap(({ segments = [] }) => segments.map(({ text }) => text)));
        expect([sentences.size, samples.length]).toEqual([3, each]);
      }
    }
  });

  it('keeps two performers for test', () => {
    const seen = (split: Split) => new Set(split.samples.map(({ speaker }) => speaker));
    expect([seen(splits.train).size, seen(splits.valid).size, seen(splits.test).size]).toEqual([8, 8, 10]);
    expect(castOf('train').length).toBe(performers.length - 2);
  });

  it('has audio and vision in step, and sentences within them', async () => {
    const rows = splits.valid.samples.map((_, row) => row);
    const [audio, vision] = [await splits.valid.read('audio', rows), await splits.valid.read('vision', rows)];
    expect(audio.lengths).toEqual(vision.lengths);
    expect(Math.max(...audio.lengths)).toBeLessThanOrEqual(48);
    splits.valid.samples.forEach(({ segments = [] }, row) => {
      expect(segments.at(-1)?.end).toBeLessThan(((audio.lengths[row] as number) + 1) / 8);
    });
  });

  it('knows when each word is spoken: in order, from the start of its sentence to its end', () => {
    for (const { samples } of Object.values(splits)) {
      for (const { id, text = '', segments = [], words = [] } of samples) {
        expect([id, words.map((word) => word.text)]).toEqual([id, heardWords(text)]);
        let first = 0;
        for (const segment of segments) {
          const within = words.slice(first, first + heardWords(segment.text ?? '').length);
          first += within.length;
          expect([id, within[0]?.start, within.at(-1)?.end]).toEqual([id, segment.start, segment.end]);
          const times = within.flatMap(({ start, end }) => [start, end]);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
        expect(words.length).toBe(first);
      }
    }
  });

  it('tells times of words that are measured', () => {
    expect(dataset.spec.wordTimes).toBe('measured');
    expect(wordTimesOf(dataset.spec)).toBe('measured');
  });
});

describe('the card', () => {
  let measured: Measurement;
  beforeAll(async () => {
    measured = await measure(stagedFolder);
  }, 60_000);

  it('says what is measured, and that it is staged', () => {
    expect(card).toContain(measuredSection(measured));
    const { sources, labels, streams } = description;
    // Only who has the synthesiser can measure that anew: `npm run measure -- staged`.
    const words = card.slice(card.indexOf('### When words are spoken'), card.indexOf('\n\n## Made by'));
    expect(card).toBe(cardOf(measured, { sources, labels, audio: streams.audio?.description ?? '', words }));
    const [count, ...distances] = [
      /For (\d+) words/,
      /as stored \| (\d+) ms \| (\d+) ms/,
      /would have them \| (\d+) ms \| (\d+) ms/,
    ]
      .flatMap((figures) => figures.exec(words)?.slice(1) ?? [])
      .map(Number) as [number, number, number, number, number];
    const [stored, byLetters] = [distances.slice(0, 2), distances.slice(2)].map(([middle, percentile95]) => ({
      median: middle as number,
      percentile95: percentile95 as number,
    })) as [Distances, Distances];
    expect(words).toBe(wordsSection({ words: count, stored, byLetters }));
    expect(stored.median).toBeLessThan(30);
    expect(card).toContain('It is staged.');
  });

  const probe = (probes: Measurement['shown'], stream: string, of: string) =>
    probes.find((entry) => entry.stream === stream && entry.of === of)?.value as number;

  it('finds irony in the voice at about 0.85 and in the face at about 0.75', () => {
    expect(Math.abs(probe(measured.crossValidated, 'audio', 'irony') - 0.85)).toBeLessThan(0.05);
    expect(Math.abs(probe(measured.crossValidated, 'vision', 'irony') - 0.75)).toBeLessThan(0.05);
  });

  it('finds no polarity in what is heard and seen', () => {
    for (const stream of ['audio', 'vision']) {
      expect(probe(measured.crossValidated, stream, 'polarity')).toBeLessThan(0.55);
      expect(probe(measured.hidden, stream, 'polarity')).toBeLessThan(0.55);
    }
  });

  it('finds no noise, and nothing of the other’s own latent', () => {
    for (const stream of ['audio', 'vision']) expect(probe(measured.hidden, stream, 'noise')).toBeLessThan(0.05);
    expect(probe(measured.hidden, 'audio', 'seen')).toBeLessThan(0.05);
    expect(probe(measured.hidden, 'vision', 'heard')).toBeLessThan(0.05);
  });

  it('finds what is heard only, seen only and both', () => {
    expect(probe(measured.shown, 'audio', 'heard')).toBeGreaterThan(0.5);
    expect(probe(measured.shown, 'audio', 'both')).toBeGreaterThan(0.5);
    expect(probe(measured.shown, 'vision', 'seen')).toBeGreaterThan(0.5);
    expect(probe(measured.shown, 'vision', 'both')).toBeGreaterThan(0.5);
  });
});

describe('ideal readers', () => {
  it('are on the card in order, from the least knowing to the most', () => {
    const figures = readerFigures();
    expect(description.referenceFigures).toEqual(figures);
    const values = figures.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  it('who know all but the noise miss by the noise: E|N(0, 0.3)| is 0.24 without clipping', () => {
    const drawn = simulate(20_000).filter((latents) => Math.abs(labelOf({ ...latents, noise: 0 })) < 2);
    const everything = createReaders(drawn).at(-1);
    const errors = drawn.map((latents) => Math.abs((everything?.predict(latents) ?? 0) - labelOf(latents)));
    // 0.3 sqrt(2 / pi) = 0.2394; rounding to 0.2 adds a uniform error of 0.2 / sqrt(12) in squares: 0.246.
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeCloseTo(0.246, 2);
  });

  it('have shares of variance as the construction gives them', () => {
    const { text, delivery, interaction, noise } = varianceShares();
    // Var y = 1.69 E[(sum g s)^2] + 3 * 0.36 + 0.09. E over solo: 1 + 0.64 / 12; over pairs: 1.3225 + 0.25 / 12 + 0.01 + 0.04 / 12.
    const said = (1.69 * (1 + 0.64 / 12 + 1.3225 + 0.25 / 12 + 0.01 + 0.04 / 12)) / 2;
    const total = said + 1.08 + 0.09;
    expect(delivery).toBeCloseTo(1.08 / total, 2);
    expect(noise).toBeCloseTo(0.09 / total, 2);
    // The mean given the words: 1.3 * 0.7 s for one sentence, 1.3 * 0.7 * 0.625 (s1 + s2) for two.
    expect(text).toBeCloseTo((0.91 ** 2 * (1 + 2 * 0.625 ** 2)) / 2 / total, 2);
    expect(text + delivery + interaction + noise).toBeCloseTo(1, 10);
  });
});

describe('on the way to the microphone', () => {
  const sampleRate = 16000;
  const slope = (samples: Float32Array) => {
    const [decibels] = spectralShape(spectrogram({ sampleRate, samples }, { hop: 2, window: 1.9 })).slope;
    return decibels as number;
  };
  const noise = pinkNoise(2 * sampleRate, sampleRate, randomNumbers('test'));

  it('pink noise falls by 3 dB an octave', () => {
    expect(slope(noise)).toBeCloseTo(-3.01, 0);
    expect(powerOf(noise)).toBeCloseTo(1, 5);
  });

  it('a tilt lifts what is high, and its opposite lowers it', () => {
    expect(slope(tilt(noise, sampleRate, 3))).toBeGreaterThan(slope(noise) + 0.8);
    expect(slope(tilt(noise, sampleRate, -3))).toBeLessThan(slope(noise) - 0.8);
    expect(tilt(noise, sampleRate, 0)).toEqual(noise);
  });

  it('silence is cut off, and a level is kept', () => {
    const spoken = withoutSilence(Float32Array.of(0, 0, 0.5, 0, -0.25, 0.001, 0));
    expect([...spoken]).toEqual([0.5, 0, -0.25]);
    expect(powerOf(atLevel(spoken, 0.1))).toBeCloseTo(0.01, 8);
  });

  it('words are spoken without what tells their worth', () => {
    expect(spokenText('What a WASTE!!')).toBe('what a waste.');
    expect(spokenText('Great phone?! I love it')).toBe('great phone. i love it.');
  });
});

describe('delivery', () => {
  it('is drawn from the distributions of the construction', () => {
    const random = randomNumbers('test/delivery');
    const drawn = Array.from({ length: 20_000 }, () => drawDelivery(2, random));
    const share = (is: (of: (typeof drawn)[number]) => boolean) => drawn.filter(is).length / drawn.length;
    // Four standard errors of a share of 0.15 and of 0.5 in 20,000.
    expect(Math.abs(share(({ irony }) => irony === -1) - 0.15)).toBeLessThan(0.0101);
    expect(Math.abs(share(({ emphasis: [first] }) => (first as number) > 0.5) - 0.5)).toBeLessThan(0.0142);
    for (const { emphasis } of drawn) {
      const [less, more] = [...emphasis].sort((a, b) => a - b) as [number, number];
      expect(less >= 0 && less <= 0.2 && more >= 0.9 && more <= 1.4).toBe(true);
    }
  });
});

describe('without the synthesiser', () => {
  it('generating says what to install', () => {
    const path = process.env.PATH;
    process.env.PATH = '';
    try {
      expect(() => openSynthesiser()).toThrow(/TOOL_NOT_FOUND[\s\S]*apt-get install espeak-ng/);
    } finally {
      process.env.PATH = path;
    }
  });
});

const made = /espeak-ng ([\d.]+)/.exec(description.streams.audio?.description ?? '')?.[1]?.replace(/\.$/, '');
const installed = versionOfSynthesiser();
const reason =
  installed === undefined ? 'espeak-ng is not installed' : installed === made ? '' : `espeak-ng is ${installed}`;

describe.skipIf(reason !== '')(`with the synthesiser${reason === '' ? '' : ` (skipped: ${reason})`}`, () => {
  let synthesiser: Synthesiser;
  beforeAll(() => {
    synthesiser = openSynthesiser();
  });
  afterAll(() => synthesiser.close());

  it('utterances are rendered to the very numbers that are stored', async () => {
    const render = createRenderer(synthesiser);
    const scale = description.streams.audio?.scale as { mean: number[]; deviation: number[] };
    for (const [name, row] of [
      ['train', 0],
      ['train', 1234],
      ['test', 7],
    ] as const) {
      const rendered = render(utterances[name][row] as StagedUtterance);
      const half = (values: Float32Array) => [...values].map(toHalf);
      expect([...(await splits[name].read('audio', [row])).values]).toEqual(half(standardised(rendered.audio, scale)));
      expect([...(await splits[name].read('vision', [row])).values]).toEqual(half(rendered.vision));
      expect(sampleOf(utterances[name][row] as StagedUtterance, rendered)).toEqual(splits[name].samples[row]);
    }
  });

  it('words begin where a weak break before them changes the sound', () => {
    const { words, stored, byLetters } = checkWords(splits.train.samples, utterances.train, synthesiser, 20);
    expect(words).toBe(20);
    // The card tells of 150 words; a step of the streams is 125 ms.
    expect(stored.median).toBeLessThan(30);
    expect(stored.percentile95).toBeLessThan(125);
    expect(stored.median).toBeLessThan(byLetters.median);
  });

  it('the performance is the same whatever the words are worth', () => {
    const render = createRenderer(synthesiser);
    const utterance = utterances.valid[0] as StagedUtterance;
    const { latents } = utterance;
    const turned = { ...utterance, latents: { ...latents, polarity: latents.polarity.map((sign) => -sign), noise: 9 } };
    expect(render(turned)).toEqual(render(utterance));
  });
});

/** The nearest number of half precision (IEEE 754 binary16), for normal numbers and those below. */
function toHalf(value: number): number {
  const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
  const scaled = value / step;
  const below = Math.floor(scaled);
  const isTie = scaled - below === 0.5;
  // Adding 0 turns -0 into 0.
  return (isTie ? (below % 2 === 0 ? below : below + 1) : Math.round(scaled)) * step + 0;
}
