/** Progress for people: live lines on a terminal, one line for each run elsewhere, nothing when quiet. */
import { painter, type Terminal } from '../terminal.js';
import type { RunEnd } from './launch-worker.js';
import type { RunListener } from './launcher.js';
import type { FromWorker, RunRequest } from './messages.js';

/** How often live lines are drawn. */
const frameMilliseconds = 100;
const barWidth = 16;

export interface ProgressSettings {
  readonly terminal: Terminal;
  readonly quiet: boolean;
  /** Runs to be executed. */
  readonly total: number;
  /** `early, seed 1`. */
  label(request: RunRequest): string;
  /** The selected column, `MAE`. */
  readonly column: string;
}

interface Active {
  readonly began: number;
  /** Share of its training that is done. */
  share: number;
  epoch: string;
  loss: string;
  figure?: number;
  compileSeconds?: number;
}

export interface ProgressDisplay extends RunListener {
  /** Clears the live lines. */
  close(): void;
}

export function showProgress(settings: ProgressSettings): ProgressDisplay {
  if (settings.quiet) return { close() {} };
  return settings.terminal.error.isTTY === true ? liveProgress(settings) : lineProgress(settings);
}

/** One line for each run that ends. */
function lineProgress({ terminal, total, label, column }: ProgressSettings): ProgressDisplay {
  const active = new Map<RunRequest, Active>();
  let ended = 0;
  return {
    started(request) {
      active.set(request, begin());
    },
    said(request, message) {
      const run = active.get(request);
      if (run !== undefined) follow(run, message);
      if (message.kind === 'warning') terminal.error.write(`${label(request)}: ${message.message}\n`);
    },
    ended(request, end) {
      if (end.status === 'finished') ended += 1;
      const run = active.get(request) as Active;
      terminal.error.write(`${summary(label(request), run, end, column)} (${ended} of ${total})\n`);
    },
    noted: (message) => terminal.error.write(`${message}\n`),
    close() {},
  };
}

/** A line for each active run and one for all of them, drawn over again. */
function liveProgress({ terminal, total, label, column }: ProgressSettings): ProgressDisplay {
  const { error, environment } = terminal;
  const paint = painter(error, environment);
  const active = new Map<RunRequest, Active>();
  const began = Date.now();
  let ended = 0;
  let drawn = 0;

  const up = () => (drawn > 0 ? `\x1b[${drawn}A` : '');
  const clear = () => {
    if (drawn > 0) error.write(`${up()}\x1b[0J`);
    drawn = 0;
  };
  const say = (line: string) => {
    clear();
    error.write(`${line}\n`);
    draw();
  };
  const draw = () => {
    const width = (error.columns ?? 80) - 1;
    const shares = [...active.values()].reduce((sum, { share }) => sum + share, 0);
    const nameWidth = Math.max(...['all runs', ...[...active.keys()].map(label)].map((name) => name.length));
    const lines = [...active].map(([request, run]) => {
      const figure = run.figure === undefined ? run.loss : `valid ${column} ${run.figure.toFixed(4)}`;
      const time = duration(Date.now() - run.began);
      const name = label(request).padEnd(nameWidth);
      return `${name} ${bar(run.share)} ${run.epoch}  ${figure}  ${time}`.slice(0, width);
    });
    const done = (ended + shares) / total;
    const left = done > 0 ? `  about ${duration(((Date.now() - began) * (1 - done)) / done)} left` : '';
    const all = `${'all runs'.padEnd(nameWidth)} ${bar(done)} ${ended} of ${total} finished${left}`.slice(0, width);
    // Each line is written over the one before and the rest cleared, in one go: nothing flickers.
    const frame = [...lines, paint('bold', all)].map((line) => `${line}\x1b[K\n`).join('');
    error.write(`${up()}${frame}\x1b[0J`);
    drawn = lines.length + 1;
  };
  const timer = setInterval(draw, frameMilliseconds);

  return {
    started(request) {
      active.set(request, begin());
    },
    said(request, message) {
      const run = active.get(request);
      if (run !== undefined) follow(run, message);
      if (message.kind === 'warning') say(`${label(request)}: ${message.message}`);
    },
    ended(request, end) {
      const run = active.get(request) as Active;
      active.delete(request);
      if (end.status === 'finished') ended += 1;
      say(summary(label(request), run, end, column));
    },
    noted: say,
    close() {
      clearInterval(timer);
      clear();
    },
  };
}

function begin(): Active {
  return { began: Date.now(), share: 0, epoch: 'starting', loss: '' };
}

function follow(run: Active, message: FromWorker): void {
  if (message.kind === 'epoch' && message.figure !== null) run.figure = message.figure;
  if (message.kind === 'end' && message.compileSeconds !== undefined) run.compileSeconds = message.compileSeconds;
  if (message.kind !== 'progress') return;
  const { epoch, epochs, step, steps, loss } = message.progress;
  run.share = (epoch + step / steps) / epochs;
  run.epoch = `epoch ${epoch + 1}/${epochs}`;
  run.loss = `loss ${loss.toPrecision(3)}`;
}

function summary(label: string, { began, figure, compileSeconds }: Active, { status }: RunEnd, column: string): string {
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  const last = figure === undefined ? '' : `, last valid ${column} ${figure.toFixed(4)}`;
  const compiling = compileSeconds === undefined ? '' : ` (${compileSeconds.toFixed(1)} s of it compiling)`;
  return `${label}: ${status} after ${seconds} s${compiling}${last}`;
}

export function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return '█'.repeat(full) + '░'.repeat(barWidth - full);
}

/** `1:05`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
