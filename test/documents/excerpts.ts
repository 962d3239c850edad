/** Whether a block of code stands somewhere in the examples, where it is compiled and tested. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './blocks.js';

const sources = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
  .map((path) => readFileSync(join(root, 'examples', path), 'utf8'));

/** A comment in the first line may name the file, and a line `// ...` stands for what is left out. */
export function isExcerpt(code: string): boolean {
  const parts = code
    .replace(/^\/\/ \S+\n/, '')
    .split(/^\s*\/\/ \.\.\.\n/m)
    .filter((part) => part.trim() !== '');
  return sources.some((source) => parts.every((part) => source.includes(part)));
}
