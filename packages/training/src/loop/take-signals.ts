/** The moment between two steps at which a run can be stopped. */
import { setImmediate } from 'node:timers/promises';

/**
 * Gives the event loop a turn, since eager steps keep it from Ctrl-C and everything else, then throws the reason of the
 * signal if it has been aborted.
 */
export async function takeSignals(signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
