/** Overrides from the command line: what they reach, what they keep, and what cannot be applied. */
import { describe, expect, it } from 'vitest';
import { thrown } from '../../test/thrown.js';
import { applyOverrides } from './overrides.js';

const written = {
  data: { use: 'sentences', textLength: 32 },
  encoders: { '*': 'mean' },
  fusion: ['early', { use: 'deepmlf', options: { depth: 2 } }, { use: 'deepmlf', options: { depth: 4 } }],
  engine: { use: 'wasm', options: { threads: 2 } },
};

const fusionAfter = (...overrides: string[]) => applyOverrides(written, overrides).fusion;

describe('an override', () => {
  it('sets a value where there was none, without changing what was written', () => {
    expect(applyOverrides(written, ['training.epochs=3'])).toEqual({ ...written, training: { epochs: 3 } });
    expect(written).not.toHaveProperty('training');
  });

  it('reads YAML scalars, lists with and without brackets, and mappings', () => {
    const value = (text: string) => applyOverrides({}, [`x=${text}`]).x;
    expect(value('1e-3')).toBe(0.001);
    expect(value('true')).toBe(true);
    expect(value('null')).toBeNull();
    expect(value('1,2')).toEqual([1, 2]);
    expect(value('[1, 2]')).toEqual([1, 2]);
    expect(value('early, late')).toEqual(['early', 'late']);
    expect(value('{width: 8}')).toEqual({ width: 8 });
    expect(value('"1,2"')).toBe('1,2');
    expect(value('@scope/name, early')).toEqual(['@scope/name', 'early']);
    expect(value('./models/a=b')).toBe('./models/a=b');
    expect(value('C: somewhere')).toBe('C: somewhere');
  });

  it('of fusion.use keeps the entries that it names, with their options', () => {
    expect(fusionAfter('fusion.use=deepmlf')).toEqual(written.fusion.slice(1));
    expect(fusionAfter('fusion.use=early')).toEqual(['early']);
    expect(fusionAfter('fusion.use=late,early')).toEqual([{ use: 'late' }, 'early']);
  });

  it('below fusion reaches every entry, or the one at a position', () => {
    expect(fusionAfter('fusion.options.depth=6')).toEqual([
      { use: 'early', options: { depth: 6 } },
      { use: 'deepmlf', options: { depth: 6 } },
      { use: 'deepmlf', options: { depth: 6 } },
    ]);
    expect(fusionAfter('fusion[2].options.depth=6')).toEqual([
      ...written.fusion.slice(0, 2),
      { use: 'deepmlf', options: { depth: 6 } },
    ]);
    expect(applyOverrides({ fusion: 'early' }, ['fusion.0.options.x=1']).fusion).toEqual([
      { use: 'early', options: { x: 1 } },
    ]);
  });

  it('below a list of language models chooses among them and reaches every one, as below fusion', () => {
    const several = { languageModel: ['llama', { use: 'gpt2', options: { checkpoint: 'a' } }] };
    const after = (config: object, override: string) => applyOverrides({ ...config }, [override]).languageModel;
    expect(after(several, 'languageModel.use=gpt2')).toEqual(several.languageModel.slice(1));
    expect(after(several, 'languageModel.options.train=lora')).toEqual([
      { use: 'llama', options: { train: 'lora' } },
      { use: 'gpt2', options: { checkpoint: 'a', train: 'lora' } },
    ]);
    expect(after(several, 'languageModel[0].options.train=lora')).toEqual([
      { use: 'llama', options: { train: 'lora' } },
      several.languageModel[1],
    ]);
    expect(after({ languageModel: 'llama' }, 'languageModel.use=llama,gpt2')).toEqual(['llama', { use: 'gpt2' }]);
    expect(after({ languageModel: 'llama' }, 'languageModel.options.train=lora')).toEqual({
      use: 'llama',
      options: { train: 'lora' },
    });
  });

  it('that chooses plugins is applied first, wherever it stands', () => {
    expect(fusionAfter('fusion.options.depth=6', 'fusion.use=late')).toEqual([{ use: 'late', options: { depth: 6 } }]);
  });

  it('to another plugin drops the options of the former, and keeps what stands beside them', () => {
    expect(applyOverrides(written, ['engine.use=cpu']).engine).toEqual({ use: 'cpu' });
    expect(applyOverrides(written, ['engine.use=wasm']).engine).toEqual(written.engine);
    expect(applyOverrides(written, ['data.use=folder']).data).toEqual({ use: 'folder', textLength: 32 });
  });

  it('reaches into a slot that was written as a bare id', () => {
    expect(applyOverrides(written, ['encoders.*.options.width=8']).encoders).toEqual({
      '*': { use: 'mean', options: { width: 8 } },
    });
    expect(applyOverrides({}, ['languageModel.use=gpt2']).languageModel).toEqual({ use: 'gpt2' });
    expect(applyOverrides({}, ['evaluation.metrics.use=sims']).evaluation).toEqual({ metrics: { use: 'sims' } });
  });
});

describe('an override that cannot be applied', () => {
  const refused = (override: string) => thrown(() => applyOverrides(written, [override]));

  it('is refused with the text that was typed', () => {
    for (const override of ['seeds', '=3', 'training..epochs=3', 'seeds=', 'seeds=[1,', 'fusion[9].use=late']) {
      const error = refused(override);
      expect(error.code).toBe('CONFIG_BAD_OVERRIDE');
      expect(error.place).toContain(`"${override}"`);
    }
  });

  it('is one that goes below a plain value', () => {
    expect(refused('data.textLength.x=1')).toMatchObject({ expected: 'a section at data.textLength', got: '32' });
  });
});
