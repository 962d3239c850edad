/** Command line of the llama2.c converter: `node dist/convert/main.js stories260K.bin tok512.bin models/stories260k`. */
import { InterfuseError } from '@interfuse/core';
import { convertLlama2c } from './llama2c.js';

const [model, tokenizer, folder] = process.argv.slice(2);
if (model === undefined || tokenizer === undefined || folder === undefined) {
  process.stderr.write('usage: node dist/convert/main.js <model.bin> <tokenizer.bin> <output folder>\n');
  process.exitCode = 2;
} else {
  try {
    await convertLlama2c(model, tokenizer, folder);
  } catch (error) {
    if (!(error instanceof InterfuseError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
