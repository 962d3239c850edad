/** One line of progress for long work, where somebody watches. */
import type { Terminal } from '../../terminal.js';
import { bar, duration } from '../../workers/progress.js';

/** Between two drawings. */
const frameMilliseconds = 100;
/** Before there is any: most work is done by then. */
const silentMilliseconds = 300;

export interface Bar {
  readonly update: (share: number, doing: string) => void;
  readonly close: () => void;
}

export function showBar({ error }: Terminal, quiet: boolean): Bar {
  if (quiet || error.isTTY !== true) return { update() {}, close() {} };
  const began = Date.now();
  let drawnAt = began + silentMilliseconds - frameMilliseconds;
  let isDrawn = false;
  return {
    update(share, doing) {
      const now = Date.now();
      if (now - drawnAt < frameMilliseconds) return;
      drawnAt = now;
      isDrawn = true;
      const left = share > 0.01 ? `  about ${duration(((now - began) * (1 - share)) / share)} left` : '';
      const line = `${bar(share)} ${`${Math.floor(100 * share)}`.padStart(3)} %  ${doing}${left}`;
      error.write(`\r${line.slice(0, (error.columns ?? 80) - 1)}\x1b[K`);
    },
    close() {
      if (isDrawn) error.write('\r\x1b[K');
      isDrawn = false;
    },
  };
}
