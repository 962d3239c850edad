/** A process in which engines are tried: a native library that ends its process ends this one, and is found out. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TrialRequest } from './trial.js';
import type { Outcome } from './try-engine.js';

export interface TrialProcess {
  /** How many engines it was given. */
  readonly tried: number;
  /** One at a time. After an engine that fails the process is over. */
  try(request: TrialRequest): Promise<Outcome>;
  end(): void;
}

export type StartTrialProcess = () => TrialProcess;

const patienceMilliseconds = 30_000;

/** Of what native libraries print, the end is kept. */
const keptLetters = 4000;

/** @param entry the module that answers, and @param patience for an answer; tests give others */
export function startTrialProcess(
  entry: string = fileURLToPath(new URL('./trial.js', import.meta.url)),
  patience: number = patienceMilliseconds,
): TrialProcess {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let [tried, printed, isOverdue] = [0, '', false];
  let failure: Outcome | undefined;
  let settle: (outcome: Outcome) => void = () => {};

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-keptLetters);
  });
  child.on('message', (outcome: Outcome) => {
    if (outcome.verdict !== 'fails') return settle(outcome);
    // What was printed is complete when the process is over.
    failure = outcome;
    child.kill();
  });
  child.on('error', ({ message }) => settle({ verdict: 'fails', details: message }));
  child.on('close', (code, signal) => {
    if (failure) return settle(naming(missingLibrary(printed), failure));
    const how = isOverdue ? 'did not answer in time' : ending(code, signal);
    const last = printed.trim().split('\n').at(-1);
    settle({ verdict: 'fails', details: `the process that tried it ${how}${last ? `: ${last}` : ''}` });
  });

  return {
    get tried() {
      return tried;
    },
    async try(request) {
      tried += 1;
      printed = '';
      const overdue = setTimeout(() => {
        isOverdue = true;
        child.kill('SIGKILL');
      }, patience);
      const outcome = new Promise<Outcome>((resolve) => {
        settle = resolve;
      });
      child.send(request);
      return outcome.finally(() => clearTimeout(overdue));
    },
    end: () => {
      if (child.connected) child.disconnect();
    },
  };
}

function ending(code: number | null, signal: string | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/** The dynamic linker's complaint, which runtimes print and leave out of their errors. */
function missingLibrary(printed: string): string | undefined {
  return /([\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(printed)?.[1];
}

function naming(library: string | undefined, outcome: Outcome): Outcome {
  if (library === undefined || outcome.details.includes(library)) return outcome;
  return { ...outcome, details: `${outcome.details}; ${library} is not found` };
}
