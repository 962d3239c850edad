import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfigFile } from '@interfuse/core/config';
import { checkpointFolder } from '@interfuse/lm-adapters';
import { readSettings } from '@interfuse/lm-training/settings';
import { expect, it } from 'vitest';

interface Prose {
  paragraphsOf(text: string): string[];
  chaptersOf(paragraphs: readonly string[]): string[];
}

const here = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const prose = (await import(here('prose.mjs'))) as Prose;

it('the recipe is that of the bundled model', async () => {
  const { config } = await readConfigFile(here('prose1m.yaml'));
  const { model, vocabulary, training, card: written } = readSettings(config);
  const folder = checkpointFolder('prose1m', (path) => path);
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({
    model_type: model.architecture,
    n_embd: model.width,
    n_layer: model.layers,
    n_head: model.heads,
    n_positions: model.contextLength,
    vocab_size: vocabulary,
  });
  const card = readFileSync(join(folder, 'README.md'), 'utf8');
  for (const part of [written.data, written.licence, written.made]) expect(card).toContain(part?.trim());
  const seen = Number(/tokens seen \| ([\d,]+)/.exec(card)?.[1]?.replaceAll(',', ''));
  expect(Math.abs(seen / training.tokens - 1)).toBeLessThan(0.05);
});

it('lines of the printed page become paragraphs, without the marks of italics', () => {
  expect(prose.paragraphsOf('He heard a\r\nlittle _tap,\r\ntap_.\r\n\r\n  "Who is   there?"\n')).toEqual([
    'He heard a little tap, tap.',
    '"Who is there?"',
  ]);
});

it('books are cut at headings, which go, and short chapters stay with the next', () => {
  const long = 'word '.repeat(700).trim();
  const chapters = prose.chaptersOf([
    '[A Book by Nobody 1900]',
    'CHAPTER I',
    long,
    'II',
    'Short.',
    'A NEW TITLE',
    long,
  ]);
  expect(chapters).toEqual([long, `Short.\n${long}`]);
});
