/** Entry of a worker process: executes one run, reports, and stops between two steps when it is told to. */
import { asFailure } from './as-failure.js';
import { executeRequest } from './execute-request.js';
import type { FromWorker, RunRequest, ToWorker } from './messages.js';

const stop = new AbortController();

// Ctrl-C reaches every process of the terminal; the command decides, and tells the workers.
process.on('SIGINT', () => {});
process.on('disconnect', () => stop.abort());
process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') stop.abort();
  else void work(message.request);
});

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function work(request: RunRequest): Promise<void> {
  try {
    tell(await executeRequest(request, { signal: stop.signal, tell }));
  } catch (error) {
    tell({ kind: 'failed', failure: asFailure(error) });
  }
  // Without the channel nothing keeps this process; what it has said is delivered first.
  if (process.connected) process.disconnect();
}
