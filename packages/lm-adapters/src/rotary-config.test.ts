import { isInterfuseError } from '@interfuse/core';
import { describe, expect, it } from 'vitest';
import type { Rotary } from './rotary.js';
import { readRotary } from './rotary-config.js';

const contextLength = 4096;

function read(fields: Record<string, unknown>, reading: object = {}): { rotary: Rotary; contextLength: number } {
  return readRotary({ file: 'config.json', fields }, { headWidth: 64, contextLength, ...reading });
}

const plain = read({}).rotary.frequencies;
/** How many times slower each pair turns than without a scaling. */
const slowdown = ({ frequencies }: Rotary): number[] => frequencies.map((f, i) => (plain[i] as number) / f);

describe('the rotary embedding of a config', () => {
  it('turns pair i by base^(-2 i / R) in each position (arXiv 2104.09864, section 3.2.2)', () => {
    const { rotary } = read({ rope_theta: 500_000 });
    expect(rotary.magnitude).toBe(1);
    expect(rotary.frequencies).toHaveLength(32);
    rotary.frequencies.forEach((f, i) => {
      expect(f / 500_000 ** (-i / 32)).toBeCloseTo(1, 6);
    });
  });

  it('has the same base where transformers 4 and 5 write it', () => {
    const base = 1_000_000;
    expect(read({ rope_parameters: { rope_theta: base, rope_type: 'default' } })).toEqual(read({ rope_theta: base }));
    expect(read({ rope_parameters: { rope_theta: base } })).toEqual(read({ rope_theta: base, rope_scaling: null }));
    expect(read({ rotary_emb_base: base }, { baseField: 'rotary_emb_base' })).toEqual(read({ rope_theta: base }));
  });

  it('turns a part of the head where the config says so, an odd one with a partner', () => {
    const share = { field: 'rotary_pct', fallback: 0.25 };
    expect(read({}, { share }).rotary.frequencies).toHaveLength(8);
    expect(read({ rotary_pct: 0.5 }, { share }).rotary.frequencies).toHaveLength(16);
    expect(read({ rope_parameters: { partial_rotary_factor: 1 } }, { share }).rotary.frequencies).toHaveLength(32);
    const odd = read({}, { share, headWidth: 12 }).rotary.frequencies;
    expect(odd).toHaveLength(2);
    expect(odd[1]).toBeCloseTo(10_000 ** (-2 / 3), 8);
  });

  it('pulls all positions together under a linear scaling (arXiv 2306.15595)', () => {
    const { rotary } = read({ rope_scaling: { type: 'linear', factor: 4 } });
    for (const times of slowdown(rotary)) expect(times).toBeCloseTo(4, 6);
  });

  it('is the plain one under a dynamic scaling, up to the context length', () => {
    expect(read({ rope_scaling: { type: 'dynamic', factor: 2 } })).toEqual(read({}));
  });

  it('slows what turns less than once in the old length, and leaves fast turns alone, for Llama 3', () => {
    const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 1024 };
    const { rotary } = read({ rope_scaling: { rope_type: 'llama3', ...scaling } });
    slowdown(rotary).forEach((times, i) => {
      const turns = (1024 * (plain[i] as number)) / (2 * Math.PI);
      if (turns > 4) expect(times).toBeCloseTo(1, 6);
      else if (turns < 1) expect(times).toBeCloseTo(8, 5);
      else expect(times).toSatisfy((value: number) => value > 1 && value < 8);
    });
  });

  it('does so by a ramp over pairs under YaRN, and lets scores grow by 0.1 ln(factor) + 1 (arXiv 2309.00071)', () => {
    const scaling = { factor: 4, original_max_position_embeddings: 1024 };
    const { rotary } = read({ rope_scaling: { rope_type: 'yarn', ...scaling } });
    const times = slowdown(rotary);
    // Pairs that turn 32 times in the old length, and once: 32 ln(1024 / (2 pi n)) / ln(10,000), rounded outwards.
    const [first, last] = [5, 18];
    expect(times.slice(0, first + 1).every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
    expect(times.slice(last).every((value) => Math.abs(value - 4) < 1e-5)).toBe(true);
    expect(times.slice(first, last + 1)).toEqual([...times.slice(first, last + 1)].sort((a, b) => a - b));
    expect(rotary.magnitude).toBeCloseTo(0.1 * Math.log(4) + 1, 12);
  });

  it('has a factor for each pair under LongRoPE, and no text beyond the length that the model was first trained on', () => {
    const short = Array.from({ length: 32 }, (_, i) => 1 + i / 10);
    const fields = {
      original_max_position_embeddings: 1024,
      rope_scaling: { type: 'longrope', short_factor: short, long_factor: short.map((f) => 2 * f) },
    };
    const { rotary, contextLength: length } = read(fields);
    slowdown(rotary).forEach((times, i) => {
      expect(times).toBeCloseTo(short[i] as number, 5);
    });
    expect(length).toBe(1024);
    // sqrt(1 + ln(4096 / 1024) / ln(1024)) (arXiv 2402.13753, as in Phi-3's own code).
    expect(rotary.magnitude).toBeCloseTo(Math.sqrt(1.2), 12);
  });

  it.each([
    [{ rope_scaling: { type: 'ntk', factor: 2 } }, 'rope_scaling: type'],
    [{ rope_scaling: { type: 'yarn', factor: 0 } }, 'rope_scaling: factor'],
    [
      { rope_parameters: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 } },
      'high_freq_factor',
    ],
    [{ rope_scaling: { type: 'longrope', short_factor: [1, 2] } }, 'short_factor'],
    [{ rope_parameters: { sliding_attention: { rope_theta: 10_000 } } }, 'rope_parameters'],
    [{ rope_theta: 0 }, 'rope_theta'],
    [{ partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
  ])('refuses %j by name', (fields, field) => {
    let error: unknown;
    try {
      read(fields);
    } catch (caught) {
      error = caught;
    }
    expect(isInterfuseError(error) && error.code).toBe('LANGUAGE_MODEL_INVALID');
    expect(isInterfuseError(error) && error.place).toContain(field);
  });
});
