/** A promise that every plugin of a kind makes, how it is put to the test, and the report of a whole battery. */
import { InterfuseError, isInterfuseError, type Plugin } from '@interfuse/core';

/** What is checked: one plugin with one set of options. */
export interface Tried {
  readonly plugin: Pick<Plugin, 'kind' | 'id' | 'options'>;
  /** As a user would write them; the defaults of the schema are filled in. */
  readonly options: object;
}

export interface Claim<S extends Tried> {
  /** What is claimed, in words. */
  readonly name: string;
  /** Default: to every plugin. */
  applies?(subject: S): boolean;
  /** @throws PLUGIN_NONCONFORMING */
  run(subject: S): Promise<void>;
}

/** A claim about one plugin, not yet run. */
export interface Check {
  readonly name: string;
  /** @throws PLUGIN_NONCONFORMING: what was expected, what came, and the usual cause */
  run(): Promise<void>;
}

export interface ConformanceReport {
  readonly plugin: string;
  readonly conforms: boolean;
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: InterfuseError }[];
}

export interface Finding {
  /** Two sentences: what every plugin promises here, and what this one did. */
  readonly expected: string;
  readonly got: string;
  /** What it usually is. */
  readonly usualCause: string;
  readonly cause?: unknown;
}

export function nonconformity({ plugin }: Tried, { expected, got, usualCause, cause }: Finding): InterfuseError {
  return new InterfuseError('PLUGIN_NONCONFORMING', {
    place: `${plugin.kind} plugin ${plugin.id}`,
    expected,
    got,
    remedy: `The usual cause: ${usualCause}`,
    cause,
  });
}

/** The claims that apply to each of these subjects, one plugin with several sets of options. */
export function checksOf<S extends Tried>(claims: readonly Claim<S>[], subjects: readonly S[]): Check[] {
  return subjects.flatMap((subject) => {
    const suffix = subjects.length > 1 ? ` (${JSON.stringify(subject.options)})` : '';
    return claims
      .filter((claim) => claim.applies?.(subject) ?? true)
      .map((claim) => ({ name: `${claim.name}${suffix}`, run: () => runClaim(claim, subject) }));
  });
}

/** Runs all checks, one after another. Failures are in the report; nothing is thrown. */
export async function reportOf({ id }: { readonly id: string }, checks: readonly Check[]): Promise<ConformanceReport> {
  const passed: string[] = [];
  const failed: { name: string; error: InterfuseError }[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
      passed.push(name);
    } catch (error) {
      failed.push({ name, error: error as InterfuseError });
    }
  }
  return { plugin: id, conforms: failed.length === 0, passed, failed };
}

/** Whatever the plugin throws by itself is a finding, too. */
async function runClaim<S extends Tried>(claim: Claim<S>, subject: S): Promise<void> {
  try {
    await claim.run(subject);
  } catch (error) {
    if (isInterfuseError(error)) throw error;
    throw nonconformity(subject, {
      expected: `that ${claim.name}`,
      got: `an error on the way: ${error instanceof Error ? error.message : String(error)}`,
      usualCause:
        'shapes that do not fit, or a part of the input that is not always there; see the stack of the cause.',
      cause: error,
    });
  }
}
