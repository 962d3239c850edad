import { InterfuseError } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import {
  cepstra,
  createFourierTransform,
  deltas,
  describeSound,
  functionals,
  hertzToMel,
  melToHertz,
  pool,
  type Sound,
  spectralShape,
  spectrogram,
  standardFraming,
  trackPitch,
} from './index.js';
import { melFilters } from './mel.js';

const sampleRate = 16000;

/** A sum of sines: [Hz, amplitude]. */
function tones(seconds: number, partials: readonly (readonly [number, number])[], rate = sampleRate): Sound {
  const samples = Float32Array.from({ length: Math.round(seconds * rate) }, (_, i) =>
    partials.reduce((sum, [hertz, amplitude]) => sum + amplitude * Math.sin((2 * Math.PI * hertz * i) / rate), 0),
  );
  return { sampleRate: rate, samples };
}

/** Repeatable, uniform, without any period below 2^31. */
function noise(seconds: number, amplitude = 0.1): Sound {
  let state = 1;
  const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, () => {
    state = Math.imul(state, 48271) & 0x7fffffff || 1;
    return amplitude * (state / 2 ** 30 - 1);
  });
  return { sampleRate, samples };
}

/** A voice of this pitch: harmonics that fall by 6 dB an octave. */
const voice = (hertz: number, seconds = 0.5, rate = sampleRate) =>
  tones(
    seconds,
    Array.from({ length: 10 }, (_, k) => [hertz * (k + 1), 0.2 / (k + 1)] as const),
    rate,
  );

/** The frames that hold nothing but the sound itself. */
const inner = (values: Float64Array) => [...values].slice(4, -4);

describe('the Fourier transform', () => {
  it('is the sum that defines it', () => {
    const signal = [...noise(0.01).samples].slice(0, 50);
    const { size, powerSpectrum } = createFourierTransform(signal.length);
    const power = new Float64Array(size / 2 + 1);
    powerSpectrum(signal, power);
    expect(size).toBe(64);
    for (let k = 0; k <= size / 2; k += 1) {
      let [re, im] = [0, 0];
      signal.forEach((sample, i) => {
        re += sample * Math.cos((2 * Math.PI * k * i) / size);
        im -= sample * Math.sin((2 * Math.PI * k * i) / size);
      });
      expect(power[k]).toBeCloseTo(re * re + im * im, 10);
    }
  });
});

describe('the spectrogram', () => {
  it('shows a sine of amplitude a as a^2 / 4 at its bin', () => {
    // 1000 Hz is bin 32 of 512 at 16 kHz; the window is 400 samples, so the bin next to it also holds power.
    const { values, bins, frames, resolution } = spectrogram(tones(0.2, [[1000, 0.4]]), standardFraming);
    expect([bins, frames, resolution]).toEqual([257, 20, 31.25]);
    expect(values[10 * bins + 32]).toBeCloseTo(0.04, 4);
  });
});

describe('mel bands', () => {
  it('are on the scale on which 1000 Hz is 1000 mel', () => {
    expect(hertzToMel(1000)).toBeCloseTo(1000, 1);
    expect(melToHertz(hertzToMel(440))).toBeCloseTo(440, 9);
  });

  it('overlap so that between the first and the last centre every bin counts once', () => {
    const filters = melFilters({ bins: 257, resolution: 31.25 }, { bands: 10, lowest: 100, highest: 8000 });
    const sums = new Float64Array(257);
    for (const { first, weights } of filters) {
      weights.forEach((weight, i) => {
        sums[first + i] = (sums[first + i] as number) + weight;
      });
    }
    const [from, to] = [1, 10].map((band) =>
      melToHertz(hertzToMel(100) + ((hertzToMel(8000) - hertzToMel(100)) * band) / 11),
    ) as [number, number];
    for (let k = Math.ceil(from / 31.25); k <= Math.floor(to / 31.25); k += 1) expect(sums[k]).toBeCloseTo(1, 9);
  });
});

describe('cepstral coefficients', () => {
  it('keep lengths, as an orthonormal transform does', () => {
    const row = Float64Array.from([1, -2, 0.5, 3, 0, 1.5]);
    const all = cepstra(row, 6, 6);
    const square = (values: Float64Array) => values.reduce((sum, value) => sum + value * value, 0);
    expect(square(all)).toBeCloseTo(square(row), 10);
    // The 0th is the sum over the root of the count.
    expect(all[0]).toBeCloseTo(4 / Math.sqrt(6), 10);
  });

  it('have deltas that are the slope of a straight line', () => {
    const line = Float64Array.from({ length: 10 }, (_, t) => 3 * t + 1);
    expect([...deltas(line, 1)].slice(2, -2)).toEqual([3, 3, 3, 3, 3, 3]);
  });
});

describe('pitch', () => {
  it.each([80, 123.4, 220, 400])('of a voice at %d Hz is found within half a percent', (hertz) => {
    for (const rate of [16000, 22050, 44100]) {
      const { frequency } = trackPitch(voice(hertz, 0.5, rate), standardFraming);
      for (const found of inner(frequency)) expect(Math.abs(found / hertz - 1)).toBeLessThan(0.005);
    }
  });

  it('is absent from noise and from silence', () => {
    const voiced = (sound: Sound) => inner(trackPitch(sound, standardFraming).frequency).filter((hertz) => hertz > 0);
    expect(voiced(noise(0.5))).toEqual([]);
    expect(voiced({ sampleRate, samples: new Float32Array(8000) })).toEqual([]);
  });

  it('is periodic where a sound is, and hardly where it is noise', () => {
    const least = Math.min(...inner(trackPitch(voice(150), standardFraming).strength));
    const most = Math.max(...inner(trackPitch(noise(0.5), standardFraming).strength));
    expect(least).toBeGreaterThan(0.95);
    expect(most).toBeLessThan(0.6);
  });
});

describe('the shape of a spectrum', () => {
  it('has its centroid between two equal tones and its roll-off at the upper', () => {
    const shape = spectralShape(
      spectrogram(
        tones(0.3, [
          [1000, 0.1],
          [3000, 0.1],
        ]),
        standardFraming,
      ),
    );
    for (const hertz of inner(shape.centroid)) expect(hertz).toBeCloseTo(2000, -1);
    for (const hertz of inner(shape.rollOff)) expect(Math.abs(hertz - 3000)).toBeLessThan(40);
  });

  it('falls by 6 dB an octave where amplitude halves with every doubling of frequency', () => {
    // A comb of equal distance has the slope of its amplitudes.
    const comb = Array.from({ length: 200 }, (_, k) => [25 * (k + 3), 0.5 / (k + 3)] as const);
    const [slope] = spectralShape(spectrogram(tones(1, comb), { hop: 1, window: 0.9 })).slope;
    expect(slope).toBeCloseTo(-6.02, 0);
  });

  it('does not move in a steady tone, and does where one follows another', () => {
    const steady = tones(0.4, [[500, 0.1]]);
    const changing = {
      sampleRate,
      samples: Float32Array.from([...steady.samples, ...tones(0.4, [[2000, 0.1]]).samples]),
    };
    const flux = (sound: Sound) => Math.max(...inner(spectralShape(spectrogram(sound, standardFraming)).flux));
    expect(flux(steady)).toBeLessThan(0.02);
    expect(flux(changing)).toBeGreaterThan(0.4);
  });
});

describe('descriptors', () => {
  it('rise by 6.02 dB in energy, and by nothing else but level, where a sound is twice as loud', () => {
    // With noise: bands without any power have a floor instead of a level.
    const hiss = noise(0.5, 0.01).samples;
    const quiet = { sampleRate, samples: voice(200).samples.map((sample, i) => sample + (hiss[i] as number)) };
    const loud = { sampleRate, samples: quiet.samples.map((sample) => 2 * sample) };
    const [before, after] = [quiet, loud].map((sound) => describeSound(sound).columns);
    expect((after?.energy?.[20] as number) - (before?.energy?.[20] as number)).toBeCloseTo(6.02, 2);
    for (const same of ['pitch', 'centroid', 'slope', 'flux', 'mfcc-1', 'mfcc-7']) {
      expect(after?.[same]?.[20]).toBeCloseTo(before?.[same]?.[20] as number, 4);
    }
  });

  it('count pitch in semitones: an octave is twelve', () => {
    const [low, high] = [110, 220].map((hertz) => describeSound(voice(hertz)).columns.pitch?.[20] as number);
    expect((high as number) - (low as number)).toBeCloseTo(12, 1);
    // 110 Hz is two octaves above 27.5 Hz.
    expect(low).toBeCloseTo(24, 1);
  });

  it('bridge the pitch of an unvoiced gap by a straight line', () => {
    const [one, gap, other] = [voice(100, 0.3), noise(0.2, 0.02), voice(200, 0.3)];
    const samples = Float32Array.from([...one.samples, ...gap.samples, ...other.samples]);
    const { pitch, voicing } = describeSound({ sampleRate, samples }).columns;
    expect(voicing?.[40]).toBe(0);
    expect(pitch?.[40]).toBeGreaterThan(26);
    expect(pitch?.[40]).toBeLessThan(31);
  });

  it('refuse a sound that is empty or not finite, with its name', () => {
    const failure = (samples: Float32Array) => {
      try {
        describeSound({ sampleRate, samples }, {}, 'a.wav');
      } catch (error) {
        return error;
      }
      return undefined;
    };
    for (const samples of [new Float32Array(0), Float32Array.of(0, Number.NaN)]) {
      const error = failure(samples);
      expect(error).toBeInstanceOf(InterfuseError);
      expect(error).toMatchObject({ code: 'FEATURES_INPUT', place: 'a.wav' });
    }
  });
});

describe('pooling', () => {
  const columns = {
    voicing: Float64Array.from([1, 1, 0, 0, 1]),
    pitch: Float64Array.from([10, 14, 0, 0, 20]),
  };

  it('averages spans of time, over voiced rows if asked', () => {
    // Rows last 0.1 s, steps half a second and the rest.
    const wanted = [
      { name: 'a', of: 'pitch', by: 'mean' },
      { name: 'b', of: 'pitch', by: 'voiced-mean' },
      { name: 'c', of: 'pitch', by: 'spread' },
      { name: 'd', of: 'pitch', by: 'change' },
    ] as const;
    expect([...pool({ hop: 0.1, rows: 5, columns }, wanted, 2.5)]).toEqual([6, 12, 2, 6, 20, 20, 0, 20]);
  });
});

describe('functionals', () => {
  it('are finite for speech-like sound, for noise and for silence', () => {
    for (const sound of [voice(120), noise(0.5), { sampleRate, samples: new Float32Array(4000) }]) {
      const values = Object.values(functionals(describeSound(sound)));
      expect(values.length).toBeGreaterThan(35);
      expect(values.every(Number.isFinite)).toBe(true);
    }
  });

  it('know the mean pitch of a voice, its spread and how much of it is voiced', () => {
    const samples = Float32Array.from([...voice(100).samples, ...new Float32Array(8000), ...voice(200).samples]);
    const values = functionals(describeSound({ sampleRate, samples }));
    // Half at 22.35 and half at 34.35 semitones above 27.5 Hz.
    expect(values['pitch.mean']).toBeCloseTo(28.35, 0);
    expect(values['pitch.range']).toBeCloseTo(12, 0);
    expect(values['voiced-segments-per-second']).toBeCloseTo(2 / 1.5, 1);
    expect(values['voiced-seconds.mean']).toBeCloseTo(0.5, 1);
  });
});
