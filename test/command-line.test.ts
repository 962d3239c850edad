/** The `interfuse` command from end to end, as it is built: comparisons, resuming, crashes, what only tells. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { beside, withoutBinding } from '../packages/engine-tfjs/src/backends/stand-in.test-support.js';
import type { Finding } from '../packages/suite/src/doctor/finding.js';
import { writeSmallExperiment } from '../packages/suite/test/small-experiment.js';
import { interfuse, startInterfuse } from './support/interfuse.js';

let template: string;
let folder: string;
beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'interfuse-'));
  await writeSmallExperiment(template);
});
afterAll(() => rm(template, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interfuse-'));
  await cp(template, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);
const runFolders = async (output = 'runs') =>
  (await readdir(at(output), { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);

describe('compare', () => {
  it('prints the ranked table, and prints it again in no time when everything is done', async () => {
    const first = await interfuse(['compare', 'config.json'], folder);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toMatch(/^1 +(late|unimodal) +/m);
    expect(first.out).toMatch(/^ +training median +/m);
    expect(first.out).toContain('At best, as the makers of the dataset computed (MAE): everything 0.');
    expect(first.error.trim().split('\n').sort()).toEqual(
      [/^late, seed 1: finished/, /^late, seed 2/, /^unimodal, seed 1/, /^unimodal, seed 2/].map((line) =>
        expect.stringMatching(line),
      ),
    );
    const names = await runFolders();
    expect(names.map((name) => name.slice(0, -9)).sort()).toEqual(['late-s1', 'late-s2', 'unimodal-s1', 'unimodal-s2']);
    expect((await readdir(at('runs'))).filter((name) => !names.includes(name))).toEqual([
      'small-comparison.csv',
      'small-comparison.html',
      'small-comparison.json',
      'small-comparison.md',
      'small-comparison.tex',
      'small-plan.json',
    ]);

    // Runs of the first seed are asked about modalities that are missing or swapped, where they read more than one.
    for (const file of ['missing.json', 'emap.json']) {
      const asked = names.filter((name) => existsSync(at('runs', name, file)));
      expect(asked).toEqual([expect.stringMatching(/^late-s1-/)]);
    }
    const report = await readFile(at('runs', 'small-comparison.md'), 'utf8');
    expect(report).toMatch(/^\| late \| 1 \| (\d\.\d{4} \| ){6}\d\.\d{4} \|$/m);
    expect(report).toMatch(/^\| late \| 1 \| \d\.\d{4} \| \d\.\d{4} \| [+-]\d\.\d{4} \| .* % \|$/m);

    const times = () => Promise.all(names.map(async (name) => (await stat(at('runs', name, 'result.json'))).mtimeMs));
    const before = await times();
    const second = await interfuse(['compare', 'config.json'], folder);
    expect(second).toEqual({ code: 0, out: first.out, error: '4 of 4 runs were finished before.\n' });
    expect(await times()).toEqual(before);

    // As after a kill between the result and what is asked about it.
    const late = names.find((name) => name.startsWith('late-s1-')) as string;
    for (const file of ['asked.json', 'missing.json', 'emap.json']) await rm(at('runs', late, file));
    const third = await interfuse(['compare', 'config.json'], folder);
    expect(third).toMatchObject({ code: 0, out: first.out });
    expect(third.error).toMatch(/^4 of 4 runs were finished before\. 1 of them ha[^\n]*\nlate, seed 1: finished/);
    expect(await readFile(at('runs', 'small-comparison.md'), 'utf8')).toBe(report);
    expect(await times()).toEqual(before);
  });

  it('gives the same bytes in another folder, one run at a time, on the default engine', async () => {
    const args = ['compare', 'config.json', 'engine.use=onnx', 'seeds=1', '--quiet'];
    const [one, other] = [
      await interfuse([...args, '--jobs', '2'], folder),
      await interfuse([...args, 'output=elsewhere', '--jobs', '1'], folder),
    ];
    expect([one.code, one.error, other.code]).toEqual([0, '', 0]);
    const names = await runFolders();
    expect(await runFolders('elsewhere')).toEqual(names);
    // The comparison without overrides keeps its name for itself.
    const reports = (await readdir(at('runs'))).filter((name) => name.endsWith('.json'));
    expect(reports).toEqual([expect.stringMatching(/^small-[0-9a-f]{8}-comparison\.json$/), 'small-plan.json']);
    for (const path of [...names.map((name) => join(name, 'result.json')), ...reports]) {
      expect(await readFile(at('elsewhere', path))).toEqual(await readFile(at('runs', path)));
    }
  });

  it('lets the others finish when a worker crashes, and names the run', async () => {
    await writeFile(at('crash.mjs'), crashingPlugin);
    const changes = ['plugins=./crash.mjs', 'fusion=[crash, late]', 'seeds=1'];
    const { code, out, error } = await interfuse(['compare', 'config.json', ...changes], folder);
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/crash, seed 1 failed: runs\/crash-s1-[0-9a-f]{8}\n[\s\S]*was ended by SIGKILL/);
    expect(error).toContain('1 of 2 runs are finished.');
    const finished = (await runFolders()).filter((name) => existsSync(at('runs', name, 'result.json')));
    expect(finished).toEqual([expect.stringMatching(/^late-s1-/)]);
  });
});

describe('ablate', () => {
  it('answers a question with a report in four forms, and again in no time when everything is done', async () => {
    const changes = [
      'fusion=deepmlf',
      'fusion.options.depth=1',
      'engine=onnx',
      'encoders={"*": {use: transformer, options: {steps: 4}}}',
    ];
    const args = ['ablate', 'tokens', 'config.json', ...changes, '--points', '2', '--seeds', '1'];
    const first = await interfuse(args, folder);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toContain('How many fusion tokens does it take?');
    expect(first.out).toMatch(/^ +2(?: ↑1)? .* 8 +[+-]0\./m);
    expect(first.error).toMatch(/^2, seed 1: finished/m);
    expect((await runFolders()).map((name) => name.slice(0, -9))).toEqual(['deepmlf-s1', 'deepmlf-s1']);
    const reports = (await readdir(at('runs'))).filter((name) => name.startsWith('small-ablation-tokens-'));
    expect(reports.map((name) => name.replace(/^.*\./, '')).sort()).toEqual(['html', 'json', 'md', 'svg']);
    // A run that shows something of itself is looked into.
    for (const run of await runFolders()) expect(existsSync(at('runs', run, 'introspection.html'))).toBe(true);
    const second = await interfuse(args, folder);
    expect(second).toEqual({ code: 0, out: first.out, error: '2 of 2 runs were finished before.\n' });
  });

  it('says what can be asked', async () => {
    const { code, error } = await interfuse(['ablate', 'dept'], folder);
    expect([code, error]).toEqual([2, expect.stringContaining('Did you mean "depth"?')]);
    const help = await interfuse(['ablate', '--help'], folder);
    expect(help.out).toContain('Is it fusion, or a better adapted language model?');
  });
});

describe('Ctrl-C', () => {
  it('stops within two seconds, and the same command resumes to the same result', async () => {
    const args = ['train', 'config.json', 'fusion.use=unimodal', 'seeds=1'];
    const long = [...args, 'training.epochs=100'];
    const started = startInterfuse(long, folder);
    const [run] = await until(async () => ((await epochsDone('runs')) > 2 ? runFolders() : []));
    const pressed = performance.now();
    started.process.kill('SIGINT');
    const { code, error } = await started.end;
    expect(performance.now() - pressed).toBeLessThan(2000);
    expect(code).toBe(130);
    expect(error).toContain('0 of 1 runs are finished.');
    expect(error).toContain('run the same command again');
    expect(existsSync(at('runs', run as string, 'lock'))).toBe(false);

    const before = await readFile(at('runs', run as string, 'metrics.jsonl'), 'utf8');
    expect(before.trim().split('\n').length).toBeLessThan(100);
    expect(await interfuse(long, folder)).toMatchObject({ code: 0 });
    const after = await readFile(at('runs', run as string, 'metrics.jsonl'), 'utf8');
    expect(after.startsWith(before)).toBe(true);
    expect(await interfuse([...long, 'output=whole'], folder)).toMatchObject({ code: 0 });
    const result = join(run as string, 'result.json');
    expect(await readFile(at('runs', result))).toEqual(await readFile(at('whole', result)));
  });

  async function epochsDone(output: string): Promise<number> {
    const [run] = existsSync(at(output)) ? await runFolders(output) : [];
    const file = at(output, run ?? '', 'metrics.jsonl');
    return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n').length : 0;
  }
});

describe('evaluate', () => {
  it('computes the same figures again, and notices when they are not the same', async () => {
    const train = ['train', 'config.json', 'fusion.use=late', '--seed', '1', '--quiet'];
    expect(await interfuse(train, folder)).toMatchObject({ code: 0, error: '' });
    const [run] = (await runFolders()) as [string];
    const again = await interfuse(['evaluate', `runs/${run}`], folder);
    expect(again).toMatchObject({ code: 0, error: '' });
    expect(again.out).toContain(`Equal to runs/${run}/result.json.`);

    const file = at('runs', run, 'result.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(/"MAE": \d/g, '"MAE": 9'));
    const changed = await interfuse(['evaluate', `runs/${run}`], folder);
    expect(changed.code).toBe(2);
    expect(changed.error).toMatch(/^RUN_INVALID[\s\S]*valid\.MAE/);

    await writeFile(file, text.slice(0, 100));
    expect((await interfuse(train, folder)).error).toMatch(/^RUN_INVALID/);
    await rm(file);
    const unfinished = await interfuse(['evaluate', `runs/${run}`], folder);
    expect(unfinished.code).toBe(2);
    expect(unfinished.error).toMatch(/^RUN_INVALID[\s\S]*a run that is not finished/);
  });

  it('refuses a folder that is no run', async () => {
    const { code, error } = await interfuse(['evaluate', 'data'], folder);
    expect([code, error]).toEqual([2, expect.stringMatching(/^RUN_INVALID/)]);
    expect((await interfuse(['evaluate', 'nowhere'], folder)).error).toMatch(/^FILE_NOT_FOUND/);
  });
});

describe('a run on which another process works', () => {
  it('is waited for, and finished when that process lets go of it', async () => {
    const args = ['train', 'config.json', 'fusion.use=unimodal', 'seeds=1'];
    await interfuse(args, folder);
    const [run] = (await runFolders()) as [string];
    await rm(at('runs', run, 'result.json'));
    const lock = at('runs', run, 'lock');
    await writeFile(lock, JSON.stringify({ process: process.pid, host: hostname() }));
    const { process: waiting, end } = startInterfuse(args, folder);
    await new Promise<void>((resolve) => {
      waiting.stderr?.on('data', (said: string) => said.includes('Another process') && resolve());
    });
    await expect(Promise.race([end, pause(1000, 'waits')])).resolves.toBe('waits');
    expect(existsSync(at('runs', run, 'result.json'))).toBe(false);
    await rm(lock);
    expect((await end).code).toBe(0);
    expect(existsSync(at('runs', run, 'result.json'))).toBe(true);
  });
});

describe('a plugin that cannot be compiled', () => {
  it.each([
    ['bias.reshape([1, 1, 1, 1]).localResponseNormalization()', /^KERNEL_UNSUPPORTED/m, 'fusion odd, operation LRN'],
    ['bias.dataSync()', /^STEP_READS_VALUE/m, 'fusion odd, a tensor [1]'],
  ])('is named with what it does, %s, and the way out', async (expression, code, place) => {
    await writeFile(at('odd.mjs'), fusionPlugin('odd', `({ bias }) => { ${expression}; }`));
    const changes = ['plugins=./odd.mjs', 'fusion.use=odd', 'engine.use=onnx', 'seeds=1'];
    const ended = await interfuse(['train', 'config.json', ...changes], folder);
    expect(ended.error).toMatch(code);
    expect(ended.error).toContain(`where     ${place}\n`);
    expect(ended.error).toMatch(/to do +.*engine\.use=wasm/);
    expect(ended.code).toBe(2);
    expect(await runFolders()).toEqual([]);
  });
});

describe('an engine that cannot run here', () => {
  it.each([
    [['engine.use=tensorflow'], /^ENGINE_ABSENT[\s\S]*npm install --no-save @tensorflow\/tfjs-node@4\.22\.0/],
    [['engine.use=tensorflow-gpu'], /^ENGINE_ABSENT[\s\S]*CUDA 11\.2 and cuDNN 8\.1/],
    [['engine={use: onnx, options: {provider: gpu}}'], /^CONFIG_WRONG_VALUE[\s\S]*engine\.options\.provider/],
  ])('%j is a coded error, and leaves no folder', async (changes, expected) => {
    const args = ['train', 'config.json', 'fusion.use=late', 'seeds=1', ...changes];
    const { code, error } = await interfuse(args, folder);
    expect([code, error]).toEqual([2, expect.stringMatching(expected)]);
    expect(existsSync(at('runs'))).toBe(false);
  });
});

describe('what only tells', () => {
  it.each([
    [['--help'], /Usage: interfuse/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['plugins', 'list'], /fusion +deepmlf/],
    [['plugins', 'list', '--installed'], /./],
    [['plugins', 'describe', 'deepmlf'], /ulgm {2}\(object or null, default null\)/],
    [['plugins', 'describe', 'deepmlf'], /lossWeights\.fusion {2}\(number, default 1\)/],
    [['plugins', 'describe', 'deepmlf'], /Presets \(`preset: <name>` beside `use`\):\n {2}no-gate\n/],
    [['schema'], /json-schema\.org/],
    [['lm', '--help'], /pull .*<name>/],
    [['lm', 'pull', '--help'], /HF_HUB_OFFLINE/],
    [['lm', 'list', '--help'], /cache of the Hub/],
    [['lm', 'inspect', '--help'], /no weight is read/],
    [['lm', 'generate', '--help'], /--top-p <share>/],
    [['lm', 'train', '--help'], /training\.tokens=2000000/],
  ])('%j loads no tensor library', async (args, expected) => {
    const { code, out } = await interfuse(args, folder, { NODE_V8_COVERAGE: at('coverage') });
    expect([code, out]).toEqual([0, expect.stringMatching(expected)]);
    const loaded = await modulesLoaded();
    expect(loaded).toContain('suite/dist/main.js');
    expect(loaded).not.toMatch(/node_modules\/(@tensorflow|onnxruntime)/);
  });

  it.each([[['--help']], [['compare', '--help']], [['plugins', 'list']]])(
    '%j loads neither the container nor what checks configs',
    async (args) => {
      expect(await interfuse(args, folder, { NODE_V8_COVERAGE: at('coverage') })).toMatchObject({ code: 0 });
      const loaded = await modulesLoaded();
      expect(loaded).toContain('suite/dist/main.js');
      expect(loaded).not.toMatch(/node_modules\/(@?inversify|ajv|yaml)/);
    },
  );

  it.each(['compare', 'train', 'search', 'plan'])(
    '%s refuses a config without loading a tensor library',
    async (name) => {
      const args = [name, 'config.json', 'fusion.use=late', 'training.epochs=none'];
      expect(await interfuse(args, folder, { NODE_V8_COVERAGE: at('coverage') })).toMatchObject({ code: 2 });
      const loaded = await modulesLoaded();
      expect(loaded).toContain(`suite/dist/commands/${name}.js`);
      expect(loaded).not.toMatch(/node_modules\/(@tensorflow|onnxruntime)/);
    },
  );

  /** The addresses of what was loaded under NODE_V8_COVERAGE, one a line. */
  async function modulesLoaded(): Promise<string> {
    const names = await readdir(at('coverage'));
    const texts = await Promise.all(names.map((name) => readFile(at('coverage', name), 'utf8')));
    return texts
      .flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url))
      .filter((url) => url.startsWith('file:'))
      .join('\n');
  }

  it('guesses a command that there is not', async () => {
    const { code, error } = await interfuse(['compair'], folder);
    expect([code, error]).toEqual([2, expect.stringContaining('COMMAND_USAGE')]);
    expect(error).toContain('Did you mean "compare"?');
  });

  it('doctor tries every engine on every provider, and says how to get what is absent', async () => {
    const { code, out } = await interfuse(['doctor'], folder);
    // A GPU whose driver is broken fails, and may.
    expect(code).toBe(/^FAILS/m.test(out) ? 1 : 0);
    for (const engine of ['wasm', 'cpu', 'onnx, cpu']) expect(out).toMatch(new RegExp(`^ok +engine ${engine} `, 'm'));
    for (const provider of ['webgpu', 'cuda'])
      expect(out).toMatch(new RegExp(`^(ok|absent|FAILS) +engine onnx, ${provider} `, 'm'));
    expect(out).toMatch(/^absent +engine tensorflow {2}/m);
    expect(out).toContain('`npm install --no-save @tensorflow/tfjs-node@4.22.0`');
    expect(out).toMatch(/^ok +threads +\d+ are offered/m);
  });

  it('doctor --json gives the same as one object', async () => {
    const { code, out } = await interfuse(['doctor', '--json'], folder);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ works: code === 0, machine: { node: process.versions.node } });
    const verdicts = Object.fromEntries(report.findings.map(({ what, verdict }: Finding) => [what, verdict]));
    expect(verdicts).toMatchObject({
      'engine wasm': 'ok',
      'engine onnx, cpu': 'ok',
      'engine tensorflow': 'absent',
      'engine tensorflow-gpu': 'absent',
    });
  });

  it('doctor finds a package of TensorFlow that lacks its native part', async () => {
    const module = await beside('@tensorflow/tfjs-node', { code: withoutBinding });
    const NODE_PATH = join(dirname(module), 'node_modules');
    const { code, out } = await interfuse(['doctor'], folder, { NODE_PATH });
    await rm(dirname(module), { recursive: true });
    expect(code).toBe(1);
    expect(out).toMatch(/^FAILS +engine tensorflow {2}[\s\S]*tfjs_binding\.node/m);
    expect(out).toContain('`npm rebuild @tensorflow/tfjs-node`');
    expect(out).toMatch(/^ok +engine onnx, cpu /m);
  });

  it('describes plugins that a config names', async () => {
    await writeFile(at('crash.mjs'), crashingPlugin);
    await writeFile(at('with-plugin.json'), '{ "plugins": "./crash.mjs", "data": "sentences", "fusion": "crash" }');
    const args = ['plugins', 'describe', 'crash', '--config', 'with-plugin.json'];
    expect((await interfuse(args, folder)).out).toContain('Ends badly');
    const unknown = await interfuse(['plugins', 'describe', 'deepmfl'], folder);
    expect([unknown.code, unknown.error]).toEqual([2, expect.stringContaining('Did you mean "deepmlf"?')]);
  });
});

async function until<T>(look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (;;) {
    const found = await look();
    if (found.length > 0) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The module of a strategy with one parameter, `bias`, and this `forward`. */
const fusionPlugin = (id: string, forward: string) => `
export const plugins = [{
  kind: 'fusion', id: '${id}', version: '1.0.0', apiVersion: 1, title: 'Trial', summary: 'Ends badly.',
  category: 'late', requires: {}, missing: 'zeros', padding: 'invariant',
  options: { type: 'object', additionalProperties: false, properties: {} },
  load: async () => () => ({
    parameters: { bias: { shape: [1], start: { kind: 'constant', value: 0 }, train: true } },
    state: {},
    forward: ${forward},
  }),
}];
`;

/** A strategy that ends its process when it is first run. */
const crashingPlugin = fusionPlugin('crash', "() => process.kill(process.pid, 'SIGKILL')");
