/**
 * Template name: the samples. They are made up, so that there is something to run: a remark that is kind or unkind, and a
 * tone of voice, which turns the remark round where it is ironic. Read your own files in `makeSplit` instead.
 */
import { createHash } from 'node:crypto';
import type { Dataset, DatasetSpec, Sample, Split, SplitName } from '@interfuse/core';
import type { TemplateNameOptions } from './plugin.js';

/** Of the numbers below. A change in what they are made of is another version, hence another digest. */
const version = 1;
const toneWidth = 2;
const longestTone = 8;
const remarks: readonly [kind: readonly string[], unkind: readonly string[]] = [
  ['a lovely idea', 'that was great', 'you did well', 'what a fine day'],
  ['a poor idea', 'that was bad', 'you did badly', 'what an awful day'],
];

export function openTemplateName({ samples, seed }: TemplateNameOptions): Dataset {
  const sizes = { train: samples, valid: Math.ceil(samples / 2), test: Math.ceil(samples / 2) };
  const spec: DatasetSpec = {
    name: '@scope/template-name',
    task: { kind: 'regression', range: [-1, 1] },
    hasText: true,
    streams: { audio: { name: 'audio', width: toneWidth, maximumLength: longestTone } },
    sizes,
    licence: 'MIT',
    // Whatever changes a number has to change this: results are kept under it.
    digest: createHash('sha256').update(JSON.stringify({ version, samples, seed })).digest('hex'),
  };
  return {
    spec,
    open: async (split) => makeSplit(split, sizes[split], seed),
    openTest: async () => makeSplit('test', sizes.test, seed),
  };
}

interface Made {
  readonly sample: Sample;
  /** [steps, toneWidth], row by row. */
  readonly tone: Float32Array;
}

function makeSplit(name: SplitName, size: number, seed: number): Split {
  const random = randomNumbers(`${name} ${seed}`);
  const made = Array.from({ length: size }, (_, i) => makeSample(`${name}-${i}`, random));
  return {
    name,
    samples: made.map(({ sample }) => sample),
    async read(stream, rows) {
      if (stream !== 'audio') return { values: new Float32Array(), lengths: rows.map(() => 0) };
      const tones = rows.map((row) => (made[row] as Made).tone);
      const values = new Float32Array(tones.reduce((sum, tone) => sum + tone.length, 0));
      let position = 0;
      for (const tone of tones) {
        values.set(tone, position);
        position += tone.length;
      }
      return { values, lengths: tones.map((tone) => tone.length / toneWidth) };
    },
    async close() {},
  };
}

function makeSample(id: string, random: () => number): Made {
  const isKind = random() < 0.5;
  const isIronic = random() < 0.3;
  const choices = remarks[isKind ? 0 : 1];
  const text = choices[Math.floor(random() * choices.length)] as string;
  const steps = 2 + Math.floor(random() * (longestTone - 1));
  // The first feature tells irony through noise, the second is noise alone.
  const tone = Float32Array.from({ length: steps * toneWidth }, (_, i) => {
    const noise = random() - 0.5;
    return i % toneWidth === 0 ? noise + (isIronic ? 1 : -1) : noise;
  });
  const label = (isKind !== isIronic ? 1 : -1) * (0.5 + random() / 2);
  return { sample: { id, text, labels: { task: label } }, tone };
}

/** Uniform on [0, 1), the same for the same name: SHA-256 over a counter, 32 bits of it. */
function randomNumbers(name: string): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return createHash('sha256').update(`${name} ${drawn}`).digest().readUInt32LE() / 2 ** 32;
  };
}
