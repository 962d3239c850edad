/** `npm start` and `npm test` set everything up, and skip that in a blink when nothing has changed. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const start = fileURLToPath(new URL('../scripts/start.mjs', import.meta.url));

it('set-up is silent and quick the second time', () => {
  const once = () => spawnSync(process.execPath, [start, '--help'], { encoding: 'utf8' });
  expect(once().status).toBe(0);
  const began = performance.now();
  const { status, stdout, stderr } = once();
  // It takes 0.2 s on two idle cores; an installation or a build takes much longer.
  expect(performance.now() - began).toBeLessThan(3000);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('interfuse compare');
});
