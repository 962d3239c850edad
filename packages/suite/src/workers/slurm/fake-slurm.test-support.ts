/** Programs that take the place of Slurm's on the PATH: they write down what they are asked, and say what a test tells them to. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';

const script = (body: string) => `#!/bin/sh\ncd "$(dirname "$0")"\necho "$(basename "$0") $*" >> calls\n${body}\n`;

const bodies = {
  // Job ids count from 100; `refusal` says from which one on sbatch refuses.
  sbatch: [
    'job=$((100 + $(grep -c "^sbatch" calls) - 1))',
    'if [ -f refusal ] && [ $job -ge $(cat refusal) ]; then echo "sbatch: error: Invalid partition" >&2; exit 1; fi',
    'for last; do :; done',
    'dirname "$last" >> folders',
    'echo "$job;cluster"',
  ].join('\n'),
  squeue: 'if [ -f silence ]; then echo "Unable to contact slurm controller" >&2; exit 1; fi\ncat queue',
  scancel: '',
  scontrol: '[ "$1" = requeue ] || cat job',
  sacct: 'cat accounts 2>/dev/null || { echo "Slurm accounting storage is disabled" >&2; exit 1; }',
};

export class FakeSlurm {
  readonly #programs: string;

  private constructor(readonly folder: string) {
    this.#programs = join(folder, 'bin');
  }

  /** With an empty queue, first on the PATH until `vi.unstubAllEnvs`. */
  static async start(): Promise<FakeSlurm> {
    const fake = new FakeSlurm(await mkdtemp(join(tmpdir(), 'interfuse-fake-slurm-')));
    await mkdir(fake.#programs);
    for (const [name, body] of Object.entries(bodies)) {
      const file = join(fake.#programs, name);
      await writeFile(file, script(body));
      await chmod(file, 0o755);
    }
    await fake.set('queue', '');
    await fake.set('calls', '');
    vi.stubEnv('PATH', [fake.#programs, process.env.PATH].join(delimiter));
    return fake;
  }

  /** `queue`: lines of job, task, state and reason; `job`: a line of scontrol; `refusal`, `silence`, `accounts`: see above. */
  async set(
    what: 'queue' | 'calls' | 'refusal' | 'silence' | 'accounts' | 'job',
    text: string | undefined,
  ): Promise<void> {
    const file = join(this.#programs, what);
    if (text === undefined) await rm(file, { force: true });
    else await writeFile(file, text);
  }

  /** What a program was asked so far, one text for each time. */
  async calls(program: keyof typeof bodies): Promise<string[]> {
    const lines = (await readFile(join(this.#programs, 'calls'), 'utf8')).split('\n');
    return lines.filter((line) => line.startsWith(`${program} `)).map((line) => line.slice(program.length + 1));
  }

  /** The folders of the arrays that were submitted, the first first. */
  async arrays(): Promise<string[]> {
    const text = await readFile(join(this.#programs, 'folders'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  async stop(): Promise<void> {
    vi.unstubAllEnvs();
    await rm(this.folder, { recursive: true });
  }
}
