/** Names of models on the Hub: `org/name`, or `org/name@revision`; a few old models have a name alone. */
import { InterfuseError } from '@interfuse/core';

export interface HubName {
  /** `HuggingFaceTB/SmolLM2-135M`. */
  readonly name: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
}

export const defaultRevision = 'main';

/** Forty hex digits name a commit, which never changes. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

const part = '[A-Za-z0-9_](?:[\\w.-]{0,94}[A-Za-z0-9_])?';
const pattern = new RegExp(`^(${part}(?:/${part})?)(?:@(.+))?$`);

/** What a text says if it has the form of a name. No name can lead out of the cache. */
export function parseHubName(text: string): HubName | undefined {
  const [, name, revision = defaultRevision] = pattern.exec(text) ?? [];
  if (name === undefined || /--|\.\./.test(name)) return undefined;
  const isSound = /^[\w][\w./+-]*$/.test(revision) && !/\.\.|\/\/|\/$|\.lock$/.test(revision);
  return isSound ? { name, revision } : undefined;
}

/** @throws COMMAND_USAGE */
export function requireHubName(text: string, place: string): HubName {
  const parsed = parseHubName(text);
  if (parsed !== undefined) return parsed;
  throw new InterfuseError('COMMAND_USAGE', {
    place,
    expected: 'the name of a model on the Hub, such as HuggingFaceTB/SmolLM2-135M, perhaps with @revision',
    got: JSON.stringify(text),
    remedy: 'Copy the name from the page of the model.',
  });
}

/** As it is written: without the revision where that is the default. */
export function showHubName({ name, revision }: HubName): string {
  return revision === defaultRevision ? name : `${name}@${revision}`;
}
