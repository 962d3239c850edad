/**
 * Installs and builds, each only where something has changed. It needs Node and npm and nothing else, because it runs
 * before anything is installed.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Under node_modules: an install that starts anew takes it away, too. */
export const cache = join(root, 'node_modules', '.cache', 'interfuse');

const leastNode = [20, 19];

/** Ends the process with a message where set-up fails. */
export async function setUp() {
  requireNode();
  if (!isInstalled()) await install();
  if (!isBuilt()) await build();
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return;
  fail(
    `Interfuse needs Node ${leastNode.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org/en/download`,
  );
}

/** npm keeps a lockfile of what is really in node_modules: it must hold what package-lock.json asks for. */
function isInstalled() {
  const wanted = readLock('package-lock.json');
  const installed = readLock(join('node_modules', '.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, resolved, link, optional }]) => {
    if (!path.startsWith('node_modules/') || optional) return true;
    const there = installed[path];
    return there !== undefined && (link ? there.resolved === resolved : there.version === version);
  });
}

function readLock(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

async function install() {
  say('Installing (npm ci) ...');
  const npm = process.env.npm_execpath;
  const code = npm?.endsWith('js')
    ? await run(process.execPath, [npm, 'ci', '--no-audit', '--no-fund'])
    : await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund']);
  if (code !== 0) fail('The installation failed: see above. Run the same command again when the cause is gone.');
}

const stamp = join(cache, 'built');

/** Paths, sizes and times of all sources, as they were when the last build ended. */
function isBuilt() {
  const outputs = packageFolders().filter((folder) => existsSync(join(folder, 'tsconfig.json')));
  const isComplete = outputs.every((folder) => existsSync(join(folder, 'dist')));
  return isComplete && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceState();
}

async function build() {
  say('Building (tsc -b) ...');
  const before = sourceState();
  rmSync(stamp, { force: true });
  const code = await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  if (code !== 0) fail('The build failed: see above.');
  mkdirSync(cache, { recursive: true });
  writeFileSync(stamp, before);
}

function sourceState() {
  const hash = createHash('sha256');
  const add = (file) => {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  };
  for (const name of readdirSync(root).sort()) if (/^tsconfig.*\.json$/.test(name)) add(join(root, name));
  for (const folder of packageFolders()) {
    for (const file of [
      join(folder, 'package.json'),
      join(folder, 'tsconfig.json'),
      ...filesUnder(join(folder, 'src')),
    ]) {
      if (existsSync(file)) add(file);
    }
  }
  return hash.digest('hex');
}

function packageFolders() {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((name) => join(root, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')));
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Runs a program in the repository, with the streams of this one; resolves with its exit code. */
export function run(program, args) {
  return new Promise((resolve) => {
    // Ctrl-C reaches the program as well; this process waits for it to end.
    const wait = () => {};
    process.on('SIGINT', wait);
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', shell: program.endsWith('.cmd') });
    const end = (code) => {
      process.off('SIGINT', wait);
      resolve(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`);
      end(1);
    });
    child.on('close', (code, signal) => end(signal === null ? code : 130));
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
