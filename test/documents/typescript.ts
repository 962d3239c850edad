/** Blocks of TypeScript: compiled together as modules against the built packages, and run one after another. */
import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Block, root } from './blocks.js';

/** Not under version control; inside the repository, so that its packages are found. */
const folder = join(root, '.cache', 'documents');

/** What the blocks find in the folder in which they run, by the names that they use. */
const files: { readonly [name: string]: string } = {
  'my-dataset': 'packages/datasets/data/sentences',
  'greeting.wav': 'packages/features/test/recordings/voice.wav',
  'unaligned_50.pkl': 'test/goldens/mmsa/mosi_numpy2_protocol4.pkl',
  'compare.yaml': 'packages/suite/configs/default.yaml',
};

export interface CheckedBlock {
  readonly place: string;
  /** What the compiler says, or what the block threw; empty if nothing. */
  readonly problem: string;
  readonly ran: boolean;
}

/** Types are checked of all blocks. What only declares what it is given, or says that it is not run, is not run. */
export async function checkTypeScript(blocks: readonly Block[]): Promise<CheckedBlock[]> {
  await rm(folder, { recursive: true, force: true });
  const names = new Map(blocks.map((block) => [block.place, block.place.replaceAll(/[^\w-]+/g, '_')]));
  for (const block of blocks) await writeBlock(join(folder, 'src', names.get(block.place) as string), block);
  const compilerOptions = {
    ...{ rootDir: 'src', outDir: 'built', composite: false, incremental: false, declaration: false },
    ...{ declarationMap: false, sourceMap: false, noEmitOnError: false },
  };
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['src'] }),
  );
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { output } = await node([compiler, '-p', folder, '--pretty', 'false'], root);
  const running = blocks.filter(({ given, notRun }) => notRun === undefined && !/^declare /m.test(given));
  const thrown = await run(running.map(({ place }) => names.get(place) as string));
  return blocks.map((block) => {
    const name = names.get(block.place) as string;
    const complaints = output
      .split('\n')
      .filter((line) => line.includes(`/src/${name}/`) || line.startsWith(`src/${name}/`));
    const ran = running.includes(block);
    return { place: block.place, problem: complaints.join('\n') || (ran ? (thrown[name] ?? 'did not run') : ''), ran };
  });
}

async function writeBlock(path: string, { given, code, beside }: Block): Promise<void> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'index.ts'), `${given}\n${code}\nexport {};\n`);
  if (beside !== undefined) await writeFile(join(path, beside.name), beside.code);
}

/** @returns by name what was thrown; empty for what ran to its end */
async function run(names: readonly string[]): Promise<{ readonly [name: string]: string }> {
  const place = join(folder, 'run');
  await mkdir(place);
  for (const [name, source] of Object.entries(files))
    await cp(join(root, source), join(place, name), { recursive: true });
  const program = `
    const results = {};
    for (const name of ${JSON.stringify(names)}) {
      try {
        await import(new URL('../built/' + name + '/index.js', import.meta.url).href);
        results[name] = '';
      } catch (error) {
        results[name] = String(error?.stack ?? error);
      }
    }
    process.stdout.write('\\n' + JSON.stringify(results));
    process.exit();`;
  await writeFile(join(place, 'run.mjs'), program);
  const { output } = await node([join(place, 'run.mjs')], place);
  const [last = '{}'] = output.split('\n').slice(-1);
  return last.startsWith('{') ? JSON.parse(last) : {};
}

function node(args: readonly string[], cwd: string): Promise<{ output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }, (_, stdout, stderr) => {
      resolve({ output: `${stderr}${stdout}` });
    });
  });
}
