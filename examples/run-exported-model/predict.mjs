/**
 * Runs a model that `interfuse export` wrote, without Interfuse: all that it needs is onnxruntime-node.
 *
 *     node predict.mjs model.onnx                 what the model is and what it reads
 *     node predict.mjs model.onnx samples.json    one prediction a line
 *
 * A sample is { id, tokens, streams: { <name>: [[features of a step], ...] } }; whatever it lacks counts as missing.
 */
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { readMetadata } from './metadata.mjs';

const [modelFile, samplesFile] = process.argv.slice(2);
if (modelFile === undefined) {
  process.stderr.write('usage: node predict.mjs model.onnx [samples.json]\n');
  process.exit(2);
}
const { task, strategy, dataset, tokenizer } = readMetadata(modelFile);
const session = await InferenceSession.create(modelFile);

if (samplesFile === undefined) {
  print(`${strategy.title} (${strategy.id} ${strategy.version}), trained on ${dataset.name}`);
  print(`predicts ${task.kind === 'regression' ? `from ${task.range.join(' to ')}` : task.classes.join(', ')}`);
  for (const { name, type, shape } of session.inputMetadata) print(`reads ${name}: ${type} [${shape.join(', ')}]`);
  if (tokenizer) print(`tokenises ${tokenizer.example.text} as ${tokenizer.example.tokens.join(' ')}`);
} else {
  const samples = JSON.parse(readFileSync(samplesFile, 'utf8'));
  const { prediction } = await session.run(feeds(samples));
  const outputs = prediction.dims[1];
  samples.forEach(({ id }, i) => {
    print(JSON.stringify({ id, prediction: Array.from(prediction.data.subarray(i * outputs, (i + 1) * outputs)) }));
  });
}

/** Every input of the model for these samples: sequences are padded to the length that the model has. */
function feeds(samples) {
  const batch = samples.length;
  const tensors = session.inputMetadata.map(({ name, type, shape: [, ...extents] }) => {
    const [length = 1, width = 1] = extents;
    const data = type === 'float32' ? new Float32Array(batch * length * width) : integers(type, batch * length, name);
    samples.forEach((sample, i) => {
      const sequence = sequenceOf(sample, name).slice(0, length);
      if (name.endsWith('/values')) data.set(sequence.flat(), i * length * width);
      else if (name === 'text/tokens') data.set(sequence, i * length);
      else if (name.endsWith('/mask')) data.fill(1, i * length, i * length + sequence.length);
      else if (name.endsWith('/present')) data[i] = sequence.length > 0 ? 1 : 0;
      else throw new Error(`This example does not know the input ${name}.`);
    });
    return [name, new Tensor(type, data, [batch, ...extents])];
  });
  return Object.fromEntries(tensors);
}

function integers(type, size, name) {
  if (type === 'bool') return new Uint8Array(size);
  return new Int32Array(size).fill(name === 'text/tokens' ? tokenizer.padToken : 0);
}

/** `text/...` is about the tokens, `streams/<name>/...` about the steps of that stream. */
function sequenceOf({ tokens = [], streams = {} }, name) {
  const [kind, stream] = name.split('/');
  return kind === 'text' ? tokens : (streams[stream] ?? []);
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
