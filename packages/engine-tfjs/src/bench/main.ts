/** Prints the benchmark as a table, or with --json as one JSON object. */
import process from 'node:process';
import { createEngine } from '../engine.js';
import { type BenchmarkRow, runBenchmark } from './benchmark.js';

function formatRow({ name, milliseconds, billionsPerSecond, unit, ofProduct }: BenchmarkRow): string {
  const share = ofProduct === undefined ? '' : `  ${(100 * ofProduct).toFixed(0)} % of the 512 x 512 x 512 product`;
  return `${name.padEnd(48)}${milliseconds.toFixed(2).padStart(9)} ms${billionsPerSecond.toFixed(2).padStart(8)} ${unit}${share}`;
}

const rows = await runBenchmark();
if (process.argv.includes('--json')) {
  const engine = await (await createEngine('wasm')).describe();
  process.stdout.write(`${JSON.stringify({ engine, rows })}\n`);
} else {
  process.stdout.write(`${rows.map(formatRow).join('\n')}\n`);
}
