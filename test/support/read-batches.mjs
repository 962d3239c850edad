/** Reads every batch of a dataset folder as it is built, and prints how, and what came, as JSON. */
import { createHash } from 'node:crypto';
import { transformDataset } from '@interfuse/core/host';
import { openDataset } from '@interfuse/datasets/folder';
import { createBatchSource } from '@interfuse/training/loop';

const [folder, where, end, transforms] = process.argv.slice(2);
const opened = await openDataset(folder);
const dataset = transformDataset(opened, JSON.parse(transforms));
const split = await dataset.open('train');
const { recipe, ...here } = split;
const source = createBatchSource({
  split: where === 'thread' ? split : here,
  streams: dataset.spec.streams,
  padding: 'bucketed',
});

const threads = { started: 0, ended: 0 };
process.on('worker', (worker) => {
  threads.started += 1;
  worker.on('exit', () => {
    threads.ended += 1;
  });
});
const hash = createHash('sha256');
let failure;
try {
  for (let epoch = 0; epoch < 2; epoch += 1) {
    for (let first = 0; first < source.size; first += 16) {
      const rows = Array.from({ length: 16 }, (_, i) => (first + 7 * i) % source.size);
      for (const [path, { shape, data }] of Object.entries(await source.batch(rows)))
        hash.update(`${path} ${shape}`).update(data);
    }
  }
} catch ({ code, place }) {
  failure = { code, place };
}
if (end === 'close') {
  await source.close();
  await split.close();
}
process.stdout.write(JSON.stringify({ threads, digest: hash.digest('hex'), failure }));
