/** The `interfuse` command in this process, with what it says. */
import { main } from '../src/main.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** @param options `stopped`: presses Ctrl-C as soon as the command listens */
export async function commandIn(
  folder: string,
  args: readonly string[],
  { stopped = false }: { readonly stopped?: boolean } = {},
): Promise<Said> {
  const written = { out: '', error: '' };
  const writesTo = (stream: 'out' | 'error') => ({
    write(text: string) {
      written[stream] += text;
    },
  });
  const code = await main(args, {
    stdout: writesTo('out'),
    stderr: writesTo('error'),
    env: {},
    cwd: () => folder,
    on: (signal, listener) => stopped && signal === 'SIGINT' && setImmediate(listener),
    off() {},
  } as Parameters<typeof main>[1]);
  return { code, ...written };
}
