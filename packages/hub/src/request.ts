/** Requests to the Hub: tried again where that may help, with the token where it belongs, and refusals as coded errors. */
import { setTimeout as pause } from 'node:timers/promises';
import { InterfuseError } from '@interfuse/core';
import type { HubEnvironment } from './environment.js';

/** Has the form of `fetch`. @throws HUB_UNREACHABLE, HUB_REFUSED, HUB_NOT_FOUND; what it was aborted with */
export type Request = (url: string | URL | globalThis.Request, init?: RequestInit) => Promise<Response>;

export interface RequestSettings {
  readonly environment: HubEnvironment;
  /** What is asked for, for messages: `org/name@revision`. */
  readonly place: string;
  readonly signal?: AbortSignal;
  /** Before the first repetition; doubled before each further one. */
  readonly pauseMilliseconds?: number;
}

/** Without any progress; a download that goes on starts counting anew. */
export const attempts = 5;
const defaultPause = 500;
const longestPause = 60_000;
const passing = [408, 425, 429, 500, 502, 503, 504];

export function createRequest(settings: RequestSettings): Request {
  const { environment, place, signal } = settings;
  return async function request(target, init = {}) {
    const url = new URL(target instanceof Request ? target.url : target);
    const headers = new Headers(init.headers);
    // No other machine gets to see the token; where a redirection leads to one, `fetch` drops it.
    if (environment.token !== undefined && url.origin === new URL(environment.endpoint).origin) {
      headers.set('authorization', `Bearer ${environment.token}`);
    }
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(url, { ...init, headers, ...(signal === undefined ? {} : { signal }) });
      if (answer instanceof Response && (answer.ok || answer.status === 416)) return answer;
      const isPassing = !(answer instanceof Response) || passing.includes(answer.status);
      if (!isPassing || attempt === attempts) {
        throw answer instanceof Response ? await refusal(answer, url, settings) : unreachable(answer, url, place);
      }
      const wanted = answer instanceof Response ? retryAfter(answer) : undefined;
      if (answer instanceof Response) await answer.body?.cancel();
      await waitBefore(attempt, settings, wanted);
    }
  };
}

/** Each pause is twice as long as the one before, unless the Hub says how long to wait. */
export async function waitBefore(attempt: number, settings: RequestSettings, wanted?: number): Promise<void> {
  const { pauseMilliseconds = defaultPause, signal } = settings;
  const milliseconds = Math.min(wanted ?? pauseMilliseconds * 2 ** (attempt - 1), longestPause);
  await pause(milliseconds, undefined, signal === undefined ? {} : { signal });
}

/** The answer, or why there is none. */
async function ask(url: URL, init: RequestInit): Promise<Response | Error> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    return error as Error;
  }
}

/** In milliseconds. */
function retryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? 1000 * seconds : undefined;
}

export function unreachable(cause: unknown, url: URL, place: string): InterfuseError {
  const { message, cause: deeper } = cause as { message?: string; cause?: { message?: string; code?: string } };
  return new InterfuseError('HUB_UNREACHABLE', {
    place: `${place} (${url.href})`,
    expected: `an answer, within ${attempts} attempts`,
    got: [message, deeper?.code ?? deeper?.message].filter((part) => part !== undefined && part !== '').join(': '),
    cause,
  });
}

/** The Hub says in a header what it could not find: `RepoNotFound`, `RevisionNotFound`, `EntryNotFound`, `GatedRepo`. */
async function refusal(response: Response, url: URL, { environment, place }: RequestSettings): Promise<InterfuseError> {
  const { status, headers } = response;
  const code = headers.get('x-error-code');
  const said = headers.get('x-error-message') ?? (await response.text().catch(() => '')).slice(0, 200);
  const details = { place: `${place} (${url.href})`, got: `${status} ${said || response.statusText}`.trim() };
  const withToken = environment.token === undefined ? 'no token was sent' : 'a token was sent';
  if (code === 'GatedRepo' || status === 403) {
    return new InterfuseError('HUB_REFUSED', {
      ...details,
      expected: 'a model that may be fetched',
      got: `${details.got}; ${withToken}`,
      remedy: `Accept the terms at ${environment.endpoint}/${place.split('@')[0]}, and set HF_TOKEN to a token that may read it.`,
    });
  }
  // For a repository that does not exist, the Hub asks people without a token to identify themselves.
  if (status === 401) {
    return new InterfuseError('HUB_REFUSED', {
      ...details,
      expected: 'a public model of this name, or a token that may read it',
      got: `${details.got}; ${withToken}`,
    });
  }
  if (status === 404) {
    const missing = code === 'RevisionNotFound' ? 'revision' : code === 'EntryNotFound' ? 'file' : 'model';
    return new InterfuseError('HUB_NOT_FOUND', { ...details, expected: `a ${missing} of this name on the Hub` });
  }
  return new InterfuseError('HUB_UNREACHABLE', { ...details, expected: 'an answer that says what was asked for' });
}
