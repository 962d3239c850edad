/** What the environment says about the Hugging Face Hub, by the variables that Python's `huggingface_hub` reads. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface HubEnvironment {
  /** The folder of `models--org--name` folders. */
  readonly cacheFolder: string;
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly token?: string;
  /** Whether any request is forbidden. */
  readonly offline: boolean;
}

type Variables = { readonly [name: string]: string | undefined };

const publicEndpoint = 'https://huggingface.co';

/** What Python takes for "yes". */
const affirmative = ['1', 'ON', 'YES', 'TRUE'];

export function readEnvironment(variables: Variables = process.env): HubEnvironment {
  const set = (name: string) => variables[name]?.trim() || undefined;
  const says = (name: string) => affirmative.includes((set(name) ?? '').toUpperCase());
  const home = expand(set('HF_HOME') ?? join(set('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface'));
  const token =
    set('HF_TOKEN') ??
    set('HUGGING_FACE_HUB_TOKEN') ??
    (says('HF_HUB_DISABLE_IMPLICIT_TOKEN')
      ? undefined
      : readToken(expand(set('HF_TOKEN_PATH') ?? join(home, 'token'))));
  return {
    cacheFolder: expand(set('HF_HUB_CACHE') ?? set('HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub')),
    endpoint: (set('HF_ENDPOINT') ?? publicEndpoint).replace(/\/+$/, ''),
    ...(token === undefined ? {} : { token }),
    offline: says('HF_HUB_OFFLINE') || says('TRANSFORMERS_OFFLINE'),
  };
}

function expand(path: string): string {
  return path.replace(/^~(?=$|[\\/])/, homedir());
}

/** The file that `hf auth login` writes. */
function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
