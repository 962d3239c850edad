/** The config.json of a Hugging Face folder: fields read by type, with a coded error that names the file and the field. */
import { readFile } from 'node:fs/promises';
import { type FeedForward, InterfuseError } from '@interfuse/core';

type Activation = FeedForward['activation'];

export interface ModelConfig {
  /** For messages. */
  readonly file: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** @throws LANGUAGE_MODEL_INVALID if the file is missing or holds no JSON object */
export async function readJsonObject(file: string, remedy?: string): Promise<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Record<string, unknown>;
    }
    throw new Error('JSON that is not an object');
  } catch (cause) {
    throw new InterfuseError('LANGUAGE_MODEL_INVALID', {
      place: file,
      expected: 'a file with a JSON object',
      got: (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (cause as Error).message,
      ...(remedy === undefined ? {} : { remedy }),
      cause,
    });
  }
}

/** A positive whole number. */
export function wholeNumber(config: ModelConfig, name: string, fallback?: number): number {
  const value = config.fields[name] ?? fallback;
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  throw invalidField(config, name, 'a whole number above 0', value);
}

/** A finite number, not below 0. */
export function number(config: ModelConfig, name: string, fallback?: number): number {
  const value = config.fields[name] ?? fallback;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw invalidField(config, name, 'a number not below 0', value);
}

/** A finite number above 0. */
export function aboveZero(config: ModelConfig, name: string, fallback?: number): number {
  const value = number(config, name, fallback);
  if (value > 0) return value;
  throw invalidField(config, name, 'a number above 0', value);
}

/** True or false. */
export function flag(config: ModelConfig, name: string, fallback: boolean): boolean {
  const value = config.fields[name] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw invalidField(config, name, 'true or false', value);
}

const activations = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_accurate: 'gelu-tanh',
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
} as const;

/** An activation function, by one of the names that Hugging Face has for it. */
export function activation(config: ModelConfig, name: string, fallback: keyof typeof activations): Activation {
  const value = config.fields[name] ?? fallback;
  if (typeof value === 'string' && Object.hasOwn(activations, value)) return activations[value as typeof fallback];
  throw invalidField(config, name, Object.keys(activations).join(', '), value);
}

/** Refuses every value but one: the variant that is computed here. `fallback` is what Hugging Face takes if it is absent. */
export function onlyValue<V>(config: ModelConfig, name: string, computed: V, fallback: V): void {
  const value = config.fields[name] ?? fallback;
  if (value === computed) return;
  throw invalidField(config, name, JSON.stringify(computed), value, 'Choose a checkpoint without this variant.');
}

export function invalidField(
  config: ModelConfig,
  name: string,
  expected: string,
  got: unknown,
  remedy?: string,
): InterfuseError {
  return new InterfuseError('LANGUAGE_MODEL_INVALID', {
    place: `${config.file}: ${name}`,
    expected,
    got: got === undefined ? 'nothing' : JSON.stringify(got),
    ...(remedy === undefined ? {} : { remedy }),
  });
}
