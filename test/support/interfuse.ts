/** Runs the built `interfuse` command as people do: in a process of its own, in some folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../packages/suite/bin/interfuse.mjs', import.meta.url));
const built = fileURLToPath(new URL('../../packages/suite/dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly end: Promise<Ended>;
}

/** @param detached in a process group of its own, together with its workers */
export function startInterfuse(
  args: readonly string[],
  folder: string,
  environment: object = {},
  detached = false,
): Started {
  if (!existsSync(built)) throw new Error('This test runs what is built: run `npm run build`.');
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    detached,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let [out, error] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  const end = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, error }));
  });
  return { process: child, end };
}

export function interfuse(args: readonly string[], folder: string, environment: object = {}): Promise<Ended> {
  return startInterfuse(args, folder, environment).end;
}
