/** Writes the bundled dataset anew: `npx tsc -b packages/datasets && node packages/datasets/dist/sentences/generate-main.js`. */
import { generateSentences, sentencesFolder } from './generate.js';

const folder = process.argv[2] ?? sentencesFolder;
await generateSentences(folder);
process.stdout.write(`Wrote ${folder}\n`);
