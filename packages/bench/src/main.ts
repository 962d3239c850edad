/** `npm run bench`: speed as a fraction of this machine's rate of matrix products, or in products of that rate. */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { onnx } from '@interfuse/engine-onnx';
import { runBenchmark } from '@interfuse/engine-tfjs/bench';
import { prepareDeepmlfStep } from './deepmlf-step.js';
import { compileBlocks, operations, size } from './gpt2-blocks.js';
import { type Figure, measure, median, productRate, waves } from './measure.js';
import { measureSharedWeights } from './shared-weights.js';

const { values: flags, positionals: parts } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (flags.help) {
  process.stdout.write(
    'npm run bench -- [data | llm [precision ...] | sharing] [--json] [--quick]\n  data     importing a pickle of 4.5 GB and training on 20,000 samples from disk instead (takes 15 GB of disk)\n  llm      DeepMLF on a frozen language model of 1.7 billion weights instead, held in every precision or in those named (takes 4 GB of disk, up to 11 GB of memory)\n  sharing  how much faster runs are that share what a frozen language model makes of the texts\n  --json   one JSON object\n  --quick  without the large DeepMLF step; llm: with a hundredth of the weights; sharing: a small model\n',
  );
  process.exit(0);
}

interface Row extends Figure {
  /** Median and minimum of the warm repetitions, and the first ones apart. */
  readonly seconds?: { readonly median: number; readonly minimum: number; readonly first: readonly number[] };
}

const rows: Row[] = [];
function report(row: Row): void {
  rows.push(row);
  if (flags.json) return;
  const { what, seconds, figure, unit } = row;
  const first = seconds?.first.map((time) => time.toFixed(1)).join(', ');
  const cold = first ? `; first ${first}` : '';
  const times = seconds ? `${seconds.median.toFixed(4)} s (best ${seconds.minimum.toFixed(4)}${cold})` : '';
  process.stdout.write(`${what.padEnd(44)}${figure.toFixed(2).padStart(10)} ${unit.padEnd(26)}${times}\n`);
}

function finish(): never {
  if (flags.json) process.stdout.write(`${JSON.stringify({ machine: { node: process.version }, rows })}\n`);
  process.exit();
}

if (parts.includes('data')) {
  const { benchmarkImport } = await import('./data-import.js');
  await benchmarkImport(report);
  const { benchmarkTraining } = await import('./data-training.js');
  await benchmarkTraining(report);
  finish();
}

if (parts.includes('llm')) {
  const { benchmarkLlm } = await import('./llm.js');
  await benchmarkLlm(report, { small: flags.quick === true, chosen: parts.filter((part) => part !== 'llm') });
  finish();
}

if (parts.includes('sharing')) {
  const { benchmarkSharing } = await import('./sharing.js');
  const whole = { width: 128, layers: 8, epochs: 1, seeds: [1, 2, 3], repeats: 3 };
  const small = { width: 64, layers: 4, epochs: 1, seeds: [1, 2], repeats: 1 };
  await benchmarkSharing(report, flags.quick === true ? small : whole);
  finish();
}

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const engine = await (await onnx.load())({ threads: 0, provider: 'cpu' }, { logger });
const rateNow = await productRate(engine);
const rate = await rateNow();
report({ what: 'onnx: product of 1024 x 1024 matrices', figure: rate, unit: 'GFLOP/s' });

if (!flags.quick) {
  // First, while nothing that a session has let go of is still held.
  const sharing = await (await onnx.load())({ threads: 0, provider: 'cpu' }, { logger });
  const memory = await measureSharedWeights(sharing);
  await sharing.dispose();
  if (memory) {
    const unit = `GB beside the file's ${memory.file.toFixed(2)}`;
    report({ what: 'onnx: four sessions of DeepMLF, frozen BF16', figure: memory.beside, unit });
  }
}

const blocks = await compileBlocks(engine);
const x = waves([size.batch, size.time, size.width]);
const blockTimes = await measure(() => blocks.run({ x }), 2, 9);
const blockRate = operations / median(blockTimes.warm) / 1e9;
const rateBeside = (rate + (await rateNow())) / 2;
report({
  what: 'onnx: four GPT-2 blocks, forward and backward',
  seconds: { median: median(blockTimes.warm), minimum: Math.min(...blockTimes.warm), first: blockTimes.cold },
  figure: blockRate / rateBeside,
  unit: 'of the product rate',
});

if (!flags.quick) {
  for (const dropout of [0, 0.1]) {
    const large = await (await onnx.load())({ threads: 0, provider: 'cpu' }, { logger });
    const prepared = await prepareDeepmlfStep(large, dropout);
    const { cold } = await measure((step) => prepared.run(step), 3, 0);
    // The rate of a shared machine moves: it is taken anew beside every step.
    const warm: number[] = [];
    const equivalents: number[] = [];
    for (let step = 3; step < 8; step += 1) {
      const before = await rateNow();
      const [seconds = Number.NaN] = (await measure(() => prepared.run(step), 0, 1)).warm;
      warm.push(seconds);
      equivalents.push((seconds * (before + (await rateNow()))) / 2);
    }
    report({
      what: `onnx: DeepMLF on GPT-2 base, batch 32, dropout ${dropout}`,
      seconds: { median: median(warm), minimum: Math.min(...warm), first: cold },
      figure: median(equivalents),
      unit: 'GFLOP equivalents a step',
    });
    report({
      what: '  peak resident memory so far',
      figure: process.resourceUsage().maxRSS / 1e6,
      unit: `GB (${prepared.trained} trained)`,
    });
    await large.dispose();
  }
}
await engine.dispose();

for (const { name, milliseconds, billionsPerSecond, unit } of await runBenchmark()) {
  report({
    what: `wasm: ${name}`,
    seconds: { median: milliseconds / 1000, minimum: milliseconds / 1000, first: [] },
    figure: billionsPerSecond,
    unit,
  });
}
if (flags.json) process.stdout.write(`${JSON.stringify({ machine: { node: process.version }, rows })}\n`);
