/** Plugins that are wrong in one way each, and the check of the kit that has to say so. */
import { expect, it } from 'vitest';
import type { Check } from '../claim.js';

export interface Faulty<P> {
  readonly plugin: P;
  /** The name of the check that catches it. */
  readonly claim: string;
  /** Other checks that cannot but fail, too. Default: none does. */
  readonly also?: { readonly claims: readonly string[] | 'all that follow'; readonly because: string };
}

/** Runs the whole battery on each: the check for its fault fails, and no other that could have passed. */
export function testEveryFault<P>(
  faulty: { readonly [fault: string]: Faulty<P> },
  checksOf: (plugin: P) => Check[],
): void {
  it.each(Object.entries(faulty))(
    '%s is caught by the check for it, and by no other',
    async (_, { plugin, claim, also }) => {
      const checks = checksOf(plugin);
      const names = checks.map(({ name }) => name);
      const { claims = [] } = also ?? {};
      const others = claims === 'all that follow' ? names.slice(names.indexOf(claim) + 1) : claims;
      expect(names).toEqual(expect.arrayContaining([claim, ...others]));
      expect((await failing(checks)).sort()).toEqual([claim, ...others].sort());
    },
  );
}

/** Of the checks of the battery that fail, the names. */
async function failing(checks: readonly Check[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(PLUGIN|CONFIG)_/) });
      names.push(name);
    }
  }
  return names;
}
