/**
 * `npm run pack:check`: packs every package that is published, checks the packages as their users' tools see them, and
 * installs them together into an empty folder, where it does what a new user does. Needs the registry for the packages
 * of others. `-- --keep` leaves the folder there.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root, setUp } from './set-up.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Everything is ESM: how a CommonJS resolver fares is no news. */
const ignoredResolutions = ['node10', 'node16-cjs'];

const packages = readdirSync(join(root, 'packages'))
  .map((name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')))
  .filter((manifest) => manifest.private !== true);

let failures = 0;

await setUp();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'interfuse-packed-')));
try {
  const tarballs = await pack(join(folder, 'tarballs'));
  for (const tarball of tarballs) await inspect(tarball);
  if (failures === 0) await useAsNewUser(tarballs);
} catch (error) {
  failures += 1;
  say(`Failed: ${error.message}`);
} finally {
  if (process.argv.includes('--keep')) say(`Left there: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
say(failures === 0 ? 'The packages are ready to be published.' : `${failures} problems.`);
process.exitCode = failures === 0 ? 0 : 1;

async function pack(target) {
  mkdirSync(target);
  const workspaces = packages.flatMap(({ name }) => ['-w', name]);
  await timed(
    `pack ${packages.length} packages`,
    [npm, 'pack', '--ignore-scripts', '--pack-destination', target, ...workspaces],
    root,
  );
  return readdirSync(target).map((name) => join(target, name));
}

/** publint: do manifest and files fit each other? attw: do the types describe what is imported? */
async function inspect(tarball) {
  const data = readFileSync(tarball);
  const bytes = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  const findings = messages
    .filter(({ type }) => type !== 'suggestion')
    .map((message) => formatMessage(message, pkg, { color: false }));
  const { types, problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(data)));
  if (types === false) findings.push('no types');
  for (const { kind, entrypoint = '', resolutionKind = '' } of problems) {
    if (!ignoredResolutions.includes(resolutionKind) && kind !== 'CJSResolvesToESM') {
      findings.push(`${kind} ${entrypoint} ${resolutionKind}`.trim());
    }
  }
  failures += findings.length;
  say(`${basename(tarball)}: ${findings.length === 0 ? 'publint and attw find nothing' : findings.join('; ')}`);
}

async function useAsNewUser(tarballs) {
  const project = join(folder, 'project');
  mkdirSync(project);
  const tarball = (name) => tarballs.find((path) => new RegExp(`^${name}-\\d`).test(basename(path)));

  // 1-5: the five commands of the guide; what is not yet in a registry is named by its file.
  await timed(
    '1. scaffold',
    [npm, 'exec', '--yes', ...packageArguments(tarball), '--', 'create-interfuse-plugin', 'my-fusion'],
    project,
  );
  const plugin = join(project, 'my-fusion');
  await timed('3. install', [npm, 'install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], plugin);
  await timed('4. test', [npm, 'test'], plugin);
  await timed('5. compare', [npm, 'run', 'compare'], plugin);

  await timed('types of the new plugin', [npm, 'run', 'types'], plugin);
  await timed('build of the new plugin', [npm, 'run', 'build'], plugin);
  await timed('interfuse plugins list', ['npx', 'interfuse', 'plugins', 'list'], plugin);
  await oneCopyOf(plugin, ['@interfuse/core', '@interfuse/nn', '@tensorflow/tfjs-core']);
  await importsEverything(plugin);
  await timed('interfuse plugins new', ['npx', 'interfuse', 'plugins', 'new', 'my-metric', '--kind', 'metric'], plugin);

  for (const kind of ['encoder', 'language-model', 'metric', 'dataset']) await tryTemplate(kind, plugin);
  const small = ['training.epochs=1', 'seeds=1', '--quiet'];
  await timed(
    'the default comparison, cut short',
    ['npx', 'interfuse', 'compare', 'fusion.use=late,deepmlf', ...small],
    plugin,
  );
  for (const example of ['sentences', 'custom-fusion', 'custom-metric', 'bilinear-fusion']) {
    const copy = join(plugin, 'examples', example);
    cpSync(join(root, 'examples', example), copy, {
      recursive: true,
      filter: (path) => !/node_modules|runs$/.test(path.slice(root.length)),
    });
    await timed(
      `examples/${example}, cut short`,
      ['npx', 'interfuse', 'compare', join(copy, 'config.yaml'), ...small],
      plugin,
    );
  }
}

/** Installed for one command, as `npm create` does. */
function packageArguments(tarball) {
  return ['interfuse-core', 'create-interfuse-plugin'].map((name) => `--package=${tarball(name)}`);
}

/** Made inside of the first plugin, whose installed packages it finds further up. */
async function tryTemplate(kind, plugin) {
  await timed(`scaffold ${kind}`, ['npx', 'interfuse', 'plugins', 'new', `a-${kind}`, '--kind', kind], plugin);
  const made = join(plugin, `a-${kind}`);
  await timed(`${kind}: test`, [npm, 'test'], made);
  await timed(`${kind}: types`, [npm, 'run', 'types'], made);
  const args = ['npx', 'interfuse', 'compare', 'config.yaml', 'training.epochs=1', 'seeds=1', '--quiet'];
  await timed(`${kind}: compare, cut short`, args, made);
}

async function oneCopyOf(project, names) {
  const copies = Object.fromEntries(names.map((name) => [name, 0]));
  const { packages: installed } = JSON.parse(readFileSync(join(project, 'node_modules', '.package-lock.json'), 'utf8'));
  for (const path of Object.keys(installed)) {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (name in copies) copies[name] += 1;
  }
  for (const [name, count] of Object.entries(copies)) {
    if (count === 1) continue;
    failures += 1;
    say(`${name}: ${count} copies are installed, and one is needed`);
  }
}

/** Every entry of every package, from JavaScript and from TypeScript. */
async function importsEverything(project) {
  const entries = packages.flatMap(({ name, exports }) => Object.keys(exports).map((entry) => name + entry.slice(1)));
  // What binds to a test runner is imported by tests alone.
  const runnable = entries.filter((entry) => entry !== '@interfuse/testing/vitest');
  const imports = (list) => list.map((entry, i) => `import * as entry${i} from '${entry}';`).join('\n');
  const uses = (list) => `[${list.map((_, i) => `entry${i}`).join(', ')}]`;
  writeFileSync(
    join(project, 'all.mjs'),
    `${imports(runnable)}\nfor (const entry of ${uses(runnable)}) if (Object.keys(entry).length === 0) process.exitCode = 1;\n`,
  );
  await timed(`import ${runnable.length} entries from JavaScript`, [process.execPath, 'all.mjs'], project);
  mkdirSync(join(project, 'typed'));
  writeFileSync(
    join(project, 'typed', 'all.ts'),
    `${imports(entries)}\nexport const all: readonly object[] = ${uses(entries)};\n`,
  );
  writeFileSync(
    join(project, 'typed', 'tsconfig.json'),
    JSON.stringify({ extends: '../tsconfig.json', include: ['all.ts'] }),
  );
  await timed(`import ${entries.length} entries from TypeScript`, ['npx', 'tsc', '-p', 'typed'], project);
}

/** Runs a command; what it prints is shown if it fails. */
async function timed(what, [program, ...args], cwd) {
  const start = performance.now();
  const { code, output } = await run(program, args, cwd);
  say(`${((performance.now() - start) / 1000).toFixed(1).padStart(7)} s  ${what}`);
  if (code !== 0) throw new Error(`${what} ended with ${code}\n${output}`);
  return output;
}

function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, npm_config_onnxruntime_node_install: 'skip' };
    // A process of npm tells its children where it runs; these run elsewhere.
    for (const name of Object.keys(env))
      if (/^(npm_(?!config_(cache|onnx|registry))|INIT_CWD)/.test(name)) delete env[name];
    const child = spawn(program, args, { cwd, env, shell: program.endsWith('.cmd') });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

function say(text) {
  console.log(text);
}
