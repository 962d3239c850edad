/** Validation of one value against one schema (Ajv, JSON Schema 2020-12), with one readable error for each problem. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { InterfuseError } from '../errors.js';
import { show } from '../show.js';
import { didYouMean, suggest } from '../suggest.js';
import { describeSchema } from './describe-schema.js';
import { plainCopy } from './plain-copy.js';
import type { JsonSchema } from './schema.js';

/** Shared, because preparing the meta-schema is most of the cost. */
const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  useDefaults: true,
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  addUsedSchema: false,
});

/** What is wrong with a value at this place of the config. */
export type Check = (value: unknown, place: string) => InterfuseError[];

/**
 * The check writes defaults into the value that it is given.
 * @throws what Ajv throws when the schema itself is wrong.
 */
export function compileSchema(schema: JsonSchema): Check {
  const validate: ValidateFunction = ajv.compile(schema);
  return function check(value, place) {
    const written = plainCopy(value);
    return validate(value) ? [] : new Translation(validate.errors ?? [], written, place).problems();
  };
}

/** Joins the place of a value and the JSON pointer inside it: `fusion` and `/0/options` give `fusion[0].options`. */
export function placeOf(place: string, pointer: string): string {
  const steps = pointer.split('/').slice(1);
  return steps.reduce((joined, step) => {
    const name = unescapeStep(step);
    return /^\d+$/.test(name) ? `${joined}[${name}]` : inside(joined, name);
  }, place);
}

/** From Ajv's errors about a value to errors that a person can act on. */
class Translation {
  readonly #errors: readonly ErrorObject[];
  /** The value as it was before defaults were written into it. */
  readonly #written: unknown;
  readonly #place: string;

  constructor(errors: readonly ErrorObject[], written: unknown, place: string) {
    this.#errors = errors;
    this.#written = written;
    this.#place = place;
  }

  /** At most one for each place. */
  problems(): InterfuseError[] {
    const byPlace = new Map<string, InterfuseError>();
    for (const error of this.#errors) {
      if (error.keyword === 'if' || this.#isInsideAlternative(error) || this.#isMisspelt(error)) continue;
      const problem = this.#problemOf(error);
      if (!byPlace.has(problem.place)) byPlace.set(problem.place, problem);
    }
    return [...byPlace.values()];
  }

  /** Why one branch of an `anyOf` fails says little; that none holds is the problem. */
  #isInsideAlternative(error: ErrorObject): boolean {
    return this.#errors.some(
      ({ keyword, schemaPath }) =>
        (keyword === 'anyOf' || keyword === 'oneOf') && error.schemaPath.startsWith(`${schemaPath}/`),
    );
  }

  /** Whether a required name is missing only because it was misspelt: the misspelling is then the one problem. */
  #isMisspelt(error: ErrorObject): boolean {
    if (error.keyword !== 'required') return false;
    return this.#errors.some(
      (other) =>
        other.keyword === 'additionalProperties' &&
        other.instancePath === error.instancePath &&
        suggest(other.params.additionalProperty, this.#namesNotWritten(other)) === error.params.missingProperty,
    );
  }

  #problemOf(error: ErrorObject): InterfuseError {
    const schema = (error.parentSchema ?? {}) as JsonSchema;
    const place = placeOf(this.#place, error.instancePath);
    if (error.keyword === 'additionalProperties') {
      const name: string = error.params.additionalProperty;
      const known = namesOf(error);
      return problem('CONFIG_UNKNOWN_OPTION', inside(place, name), {
        expected: known.length === 0 ? 'no options' : `one of ${known.join(', ')}`,
        got: `"${name}"`,
        remedy: didYouMean(name, this.#namesNotWritten(error)),
      });
    }
    if (error.keyword === 'required') {
      const name: string = error.params.missingProperty;
      const wanted = (schema.properties as { [name: string]: JsonSchema } | undefined)?.[name];
      return problem('CONFIG_MISSING_OPTION', inside(place, name), {
        expected: wanted === undefined ? 'a value' : describeSchema(wanted),
        got: 'nothing',
      });
    }
    const describable = 'type' in schema || 'enum' in schema || 'const' in schema;
    return problem('CONFIG_WRONG_VALUE', place, {
      expected: describable ? describeSchema(schema) : `a value that ${error.message ?? 'fits its schema'}`,
      got: show(error.data),
      remedy:
        error.keyword === 'enum' && typeof error.data === 'string'
          ? didYouMean(error.data, (schema.enum as unknown[]).map(String))
          : undefined,
    });
  }

  /** The names that the schema knows and the user did not write: what a misspelling may have meant. */
  #namesNotWritten(error: ErrorObject): string[] {
    const steps = error.instancePath.split('/').slice(1).map(unescapeStep);
    let written = this.#written;
    for (const step of steps) written = (written as { [step: string]: unknown } | undefined)?.[step];
    return namesOf(error).filter((name) => written === undefined || !Object.hasOwn(written as object, name));
  }
}

function problem(
  code: 'CONFIG_UNKNOWN_OPTION' | 'CONFIG_MISSING_OPTION' | 'CONFIG_WRONG_VALUE',
  place: string,
  { expected, got, remedy }: { expected: string; got: string; remedy?: string | undefined },
): InterfuseError {
  return new InterfuseError(code, remedy === undefined ? { place, expected, got } : { place, expected, got, remedy });
}

function namesOf(error: ErrorObject): string[] {
  return Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
}

function inside(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`;
}

function unescapeStep(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
