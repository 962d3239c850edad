/** What is written on the command line of the commands, as values; and what a group of commands does by itself. */
import type { StreamChoice } from '@interfuse/importers';
import { type Command, InvalidArgumentError } from 'commander';

/** `audio=COVAREP.csd` */
export function pair(text: string, before: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const [, name, value] = /^([a-z][a-z0-9_-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined || name in before) {
    throw new InvalidArgumentError('Expected name=value with a new name in lower case.');
  }
  return { ...before, [name]: value };
}

/** `audio=x[300:374]` */
export function stream(text: string, before: readonly StreamChoice[]): readonly StreamChoice[] {
  const [, name, array, from, to] = /^([a-z][a-z0-9_-]*)=([^[\]]+)(?:\[(\d+):(\d+)\])?$/.exec(text) ?? [];
  if (name === undefined || array === undefined) {
    throw new InvalidArgumentError('Expected name=array or name=array[from:to], the name in lower case.');
  }
  const columns = from === undefined ? {} : { columns: [Number(from), Number(to)] as const };
  return [...before, { name, array: array.toLowerCase(), ...columns }];
}

/** Shares of train, valid and test. */
export function shares(text: string): [number, number, number] {
  const [train = 0, valid = 0, test = 0, ...others] = list(text).map(Number);
  if (train > 0 && valid > 0 && test > 0 && others.length === 0) return [train, valid, test];
  throw new InvalidArgumentError('Expected three shares, such as 0.7,0.1,0.2.');
}

export function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a share above 0 and up to 1.');
}

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number, at least ${least}.`);
  };
}

/** `1,2,4`. */
export function wholeNumbers(least: number): (text: string) => number[] {
  return (text) => text.split(',').map(wholeNumber(least));
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

export function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

export function oneOf(...words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Expected ${words.join(' or ')}.`);
  };
}

export function rangeOfNumbers(text: string): [number, number] {
  const [lowest, highest, ...others] = list(text).map((part) => (part === '' ? Number.NaN : Number(part)));
  if (lowest !== undefined && highest !== undefined && lowest < highest && others.length === 0) {
    return [lowest, highest];
  }
  throw new InvalidArgumentError('Expected two numbers, the lower first, such as -3,3.');
}

/** A command that only has others: alone it shows its help. */
export function group(command: Command): Command {
  return command.allowExcessArguments().action((_flags: object, { args: [word] }: Command) => {
    if (word !== undefined) command.error(`unknown command '${word}' of ${command.name()}`);
    command.outputHelp();
  });
}
