/** A Slurm of one machine in a folder of its own, with its own ports and sockets, where Debian's packages are installed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const programs = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'squeue', 'scancel', 'scontrol'];

/** Tasks at a time, on however many cores. */
const slots = 4;

/** Daemons are not on everybody's PATH. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];

function find(program: string): string | undefined {
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** What a Slurm needs and this machine does not have; nothing if one can be started. */
export function missingForSlurm(): string | undefined {
  const missing = programs.filter((program) => find(program) === undefined);
  if (missing.length > 0) return `no ${missing.join(', no ')}: apt-get install slurmctld slurmd slurm-client munge`;
  return userInfo().uid === 0 ? undefined : 'slurmd needs root';
}

export class SlurmCluster {
  readonly #daemons: ChildProcess[] = [];
  /** What points the programs of Slurm to it. */
  readonly environment: { readonly SLURM_CONF: string };

  private constructor(readonly folder: string) {
    this.environment = { SLURM_CONF: join(folder, 'slurm.conf') };
  }

  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster(await mkdtemp(join(tmpdir(), 'interfuse-slurm-')));
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const at = (name: string) => join(this.folder, name);
    await writeFile(at('munge.key'), randomBytes(1024), { mode: 0o400 });
    for (const name of ['state', 'spool']) await mkdir(at(name));
    const [controllerPort, nodePort] = [await freePort(), await freePort()];
    await writeFile(at('slurm.conf'), configuration(this.folder, controllerPort, nodePort));
    this.#daemon('munged', [
      ...['--foreground', '--force', '--num-threads=2', `--key-file=${at('munge.key')}`, `--socket=${at('socket')}`],
      ...[`--pid-file=${at('munged.pid')}`, `--seed-file=${at('munge.seed')}`, `--log-file=${at('munged.log')}`],
    ]);
    await until(async () => (await this.#try('munge', ['--no-input', `--socket=${at('socket')}`])) !== undefined);
    this.#daemon('slurmctld', ['-D', '-c']);
    this.#daemon('slurmd', ['-D', '-c']);
    await until(async () => /idle/.test((await this.#try('sinfo', ['--noheader', '--format=%T'])) ?? ''));
  }

  /** What a program of Slurm prints. */
  async ask(program: string, ...args: readonly string[]): Promise<string> {
    const said = await this.#try(program, args);
    if (said !== undefined) return said;
    throw new Error(
      `${program} ${args.join(' ')} failed. ${await readFile(join(this.folder, 'slurmctld.log'), 'utf8')}`,
    );
  }

  /** Tasks that are neither over nor about to be. */
  async tasksAlive(): Promise<string[]> {
    return (await this.ask('squeue', '--noheader', '--array', '--format=%F_%K')).split('\n').filter(Boolean);
  }

  async stop(): Promise<void> {
    await this.#try('scancel', [`--user=${userInfo().username}`]);
    await until(async () => ((await this.#try('squeue', ['--noheader'])) ?? '').trim() === '');
    for (const daemon of this.#daemons.reverse()) {
      const ended = new Promise((resolve) => daemon.once('close', resolve));
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill('SIGTERM');
      const timer = setTimeout(() => daemon.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  #daemon(program: string, args: readonly string[]): void {
    const child = spawn(find(program) as string, args, {
      stdio: 'ignore',
      env: { ...process.env, ...this.environment },
    });
    // A test that fails badly leaves nothing running either.
    process.once('exit', () => child.kill('SIGKILL'));
    this.#daemons.push(child);
  }

  #try(program: string, args: readonly string[]): Promise<string | undefined> {
    const env = { ...process.env, ...this.environment };
    return new Promise((resolve) => {
      execFile(find(program) ?? program, args, { env }, (failure, out) => resolve(failure === null ? out : undefined));
    });
  }
}

/** No cgroups, no accounting, no database: what Slurm can do without. */
function configuration(folder: string, controllerPort: number, nodePort: number): string {
  const node = hostname().split('.')[0];
  return `
ClusterName=test
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmdPort=${nodePort}
SlurmUser=${userInfo().username}
SlurmdUser=${userInfo().username}
AuthType=auth/munge
AuthInfo=socket=${folder}/socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobRequeue=1
KillWait=3
ReturnToService=2
NodeName=${node} NodeAddr=127.0.0.1 CPUs=${slots} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .on('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
  });
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await look()); await pause(50)) {
    if (Date.now() > deadline) throw new Error('Slurm does not come up, or does not come to rest, within a minute.');
  }
}
