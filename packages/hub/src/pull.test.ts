/** Pulling a model: what is fetched, what is not fetched twice, and what becomes of it when the hub misbehaves. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSnapshot, listSnapshots, missingFiles, snapshotOf } from './cache.js';
import { readEnvironment } from './environment.js';
import { type Fault, gitHash, type HubServer, type Repository, sha256, startHub } from './hub-server.test-support.js';
import { type PullProgress, type PullSettings, pull } from './pull.js';

const commit = '93efa2f097d58c2a74874c7e644dbc9b0cee75a2';
const older = '1d461723eec654e65efdc40cf49301c89c0c92f4';
const bytes = (text: string) => new TextEncoder().encode(text);
const weights = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251);

const single: Repository = {
  name: 'org/model',
  revisions: { main: commit, v1: older },
  lfs: ['model.safetensors', 'pytorch_model.bin', 'onnx/model.onnx'],
  files: {
    'config.json': bytes('{ "model_type": "llama" }'),
    'tokenizer.json': bytes('{}'),
    'README.md': bytes('---\nlicense: mit\n---\n'),
    'model.safetensors': weights,
    'pytorch_model.bin': bytes('a pickle'),
    'tf_model.h5': bytes('hdf5'),
    'flax_model.msgpack': bytes('msgpack'),
    'onnx/model.onnx': bytes('onnx'),
  },
};

let hub: HubServer;
let cacheFolder: string;
beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'interfuse-hub-'));
});
afterEach(async () => {
  await hub.close();
  rmSync(cacheFolder, { recursive: true });
});

const main = { name: 'org/model', revision: 'main' };
const blobs = () => readdirSync(join(cacheFolder, 'models--org--model', 'blobs')).sort();
const hasWeights = () => readFileSync(inSnapshot('model.safetensors')).equals(weights);
const inSnapshot = (name: string, of = commit) => join(cacheFolder, 'models--org--model', 'snapshots', of, name);

function settings(more: Partial<PullSettings> & { offline?: boolean; token?: string } = {}): PullSettings {
  const { offline = false, token, ...others } = more;
  const environment = { cacheFolder, endpoint: hub.endpoint, offline, ...(token === undefined ? {} : { token }) };
  return { environment, pauseMilliseconds: 1, ...others };
}

/** What Python's huggingface_hub leaves behind: blobs named by their hash, relative links, a reference without a newline. */
function writeAsPythonDoes(files: Repository['files'], revision: string | undefined, of = commit): void {
  const repository = join(cacheFolder, 'models--org--model');
  for (const made of ['blobs', 'refs', `snapshots/${of}`]) mkdirSync(join(repository, made), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const hash = single.lfs.includes(name) ? sha256(content) : gitHash(content);
    writeFileSync(join(repository, 'blobs', hash), content);
    symlinkSync(join('..', '..', 'blobs', hash), join(repository, 'snapshots', of, name));
  }
  if (revision !== undefined) writeFileSync(join(repository, 'refs', revision), of);
}

const {
  'config.json': config,
  'tokenizer.json': tokenizer,
  'model.safetensors': model,
} = single.files as Record<string, Uint8Array>;
const needed = {
  'config.json': config,
  'tokenizer.json': tokenizer,
  'model.safetensors': model,
} as Repository['files'];

describe('a pull', () => {
  it('fetches what a language model needs and nothing else, in the layout of Python', async () => {
    hub = await startHub(single);
    const progress: PullProgress[] = [];
    const pulled = await pull(main, settings({ onProgress: (now) => progress.push(now) }));
    expect(hub.files().sort()).toEqual(['README.md', 'config.json', 'model.safetensors', 'tokenizer.json']);
    expect(pulled).toMatchObject({
      name: 'org/model',
      commit,
      folder: join(cacheFolder, `models--org--model/snapshots/${commit}`),
    });
    expect(readFileSync(join(cacheFolder, 'models--org--model/refs/main'), 'utf8')).toBe(commit);
    expect(readlinkSync(inSnapshot('model.safetensors'))).toBe(`../../blobs/${sha256(weights)}`);
    expect(readlinkSync(inSnapshot('config.json'))).toBe(`../../blobs/${gitHash(config as Uint8Array)}`);
    expect(hasWeights()).toBe(true);
    expect(missingFiles(pulled.folder)).toEqual([]);
    const last = progress.at(-1) as PullProgress;
    expect(last.bytes).toBe(last.total);
    expect(last.total).toBe(pulled.fetched);
    // Nothing is left but the layout: no lock, no unfinished file.
    expect(readdirSync(join(cacheFolder, '.locks/models--org--model'))).toEqual([]);
    expect(blobs()).toHaveLength(4);
  });

  it('names contents as git does', () => {
    const { status, stdout } = spawnSync('git', ['hash-object', '--stdin'], {
      input: Buffer.from(config as Uint8Array),
    });
    if (status === 0) expect(`${stdout}`.trim()).toBe(gitHash(config as Uint8Array));
    // As section 10.2 of the Git book prints it.
    expect(gitHash(bytes('test content\n'))).toBe('d670460b4b4aece5915caf5c68d12f560a9fe3e4');
  });

  it('fetches the shards that an index lists', async () => {
    const index = bytes(
      JSON.stringify({
        weight_map: {
          a: 'model-00001-of-00002.safetensors',
          b: 'model-00002-of-00002.safetensors',
          c: 'model-00002-of-00002.safetensors',
        },
      }),
    );
    const { 'model.safetensors': _, ...others } = single.files;
    const shards = {
      'model-00001-of-00002.safetensors': bytes('one'),
      'model-00002-of-00002.safetensors': bytes('two'),
    };
    hub = await startHub({
      ...single,
      files: {
        ...others,
        ...shards,
        'model-00003-of-00002.safetensors': bytes('stray'),
        'model.safetensors.index.json': index,
      },
      lfs: Object.keys(shards),
    });
    const { folder } = await pull(main, settings());
    expect(
      readdirSync(folder)
        .filter((name) => name.includes('safetensors'))
        .sort(),
    ).toEqual([...Object.keys(shards), 'model.safetensors.index.json'].sort());
    expect(missingFiles(folder)).toEqual([]);
    rmSync(inSnapshot('model-00002-of-00002.safetensors'));
    expect(missingFiles(folder)).toEqual(['model-00002-of-00002.safetensors']);
  });

  it('of a tag has a reference and a snapshot of its own and shares contents', async () => {
    hub = await startHub(single);
    await pull(main, settings());
    hub.seen.length = 0;
    expect(await pull({ name: 'org/model', revision: 'v1' }, settings())).toMatchObject({ commit: older, fetched: 0 });
    expect(hub.files()).toEqual([]);
    expect(listSnapshots(cacheFolder).map(({ name, revision, commit: at }) => [name, revision, at])).toEqual([
      ['org/model', 'main', commit],
      ['org/model', 'v1', older],
    ]);
  });

  it('of a gated model shows the token to the hub', async () => {
    hub = await startHub(single);
    await pull(main, settings({ token: 'hf_secret' }));
    expect(hub.seen.every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
  });

  it('never sends the token to another machine that a redirection leads to', async () => {
    const other = await startHub(single);
    try {
      hub = await startHub(single);
      hub.faults.push({
        on: '/resolve/',
        times: 1,
        status: 302,
        headers: { location: `${other.endpoint}/lfs/config.json` },
      });
      await pull(main, settings({ token: 'hf_secret' }));
      expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    } finally {
      await other.close();
    }
  });
});

describe('what is here already', () => {
  it('from Python is found without a request', async () => {
    hub = await startHub(single);
    writeAsPythonDoes(needed, 'main');
    expect(findSnapshot(cacheFolder, main)).toEqual({
      name: 'org/model',
      commit,
      folder: join(cacheFolder, `models--org--model/snapshots/${commit}`),
    });
    expect(await pull({ name: 'org/model', revision: commit }, settings())).toMatchObject({ commit, fetched: 0 });
    expect(hub.seen).toEqual([]);
  });

  it('is not fetched again when the branch is asked for; what is missing is', async () => {
    hub = await startHub(single);
    writeAsPythonDoes(needed, 'main');
    const { fetched } = await pull(main, settings());
    expect(hub.files()).toEqual(['README.md']);
    expect(fetched).toBe(single.files['README.md']?.length);
  });

  it('tells by its path what it is, on every machine', () => {
    expect(snapshotOf(join('/anywhere/hub/models--org--model/snapshots', commit))).toEqual({
      name: 'org/model',
      commit,
    });
    expect(snapshotOf('/anywhere/org/model')).toBeUndefined();
  });
});

describe('without a connection (HF_HUB_OFFLINE)', () => {
  it('no request is made: what is here is taken, what is not is explained', async () => {
    hub = await startHub(single);
    await expect(pull(main, settings({ offline: true }))).rejects.toMatchObject({
      code: 'HUB_OFFLINE',
      place: 'org/model',
      got: 'no snapshot of it',
    });
    writeAsPythonDoes({ 'config.json': config as Uint8Array }, 'main');
    await expect(pull(main, settings({ offline: true }))).rejects.toMatchObject({
      code: 'HUB_OFFLINE',
      got: 'a snapshot without tokenizer.json, model.safetensors',
    });
    rmSync(join(cacheFolder, 'models--org--model'), { recursive: true });
    writeAsPythonDoes(needed, 'main');
    expect(await pull(main, settings({ offline: true }))).toMatchObject({ commit, fetched: 0 });
    expect(hub.seen).toEqual([]);
  });
});

describe('a connection that is cut', () => {
  it('costs only what had not arrived', async () => {
    hub = await startHub(single);
    hub.faults.push({ on: '/lfs/model.safetensors', times: 1, cutAfter: 100_000 });
    await pull(main, settings());
    expect(hasWeights()).toBe(true);
    const ranges = hub.seen.filter(({ path }) => path.startsWith('/lfs/')).map(({ range }) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d{3,5}-$/)]);
  });

  it('for good ends the pull, and the next one goes on from there', async () => {
    hub = await startHub(single);
    hub.faults.push(
      { on: '/lfs/model.safetensors', times: 1, cutAfter: 100_000 },
      { on: '/lfs/', times: 99, cutAfter: 0 },
    );
    await expect(pull(main, settings())).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    const part = `${sha256(weights)}.incomplete`;
    expect(blobs()).toContain(part);
    const arrived = statSync(join(cacheFolder, 'models--org--model', 'blobs', part)).size;
    expect(arrived).toBeGreaterThan(0);
    // Until all is here, the name stands for nothing.
    expect(findSnapshot(cacheFolder, main)).toBeUndefined();
    hub.faults.length = 0;
    hub.seen.length = 0;
    await pull(main, settings());
    expect(hub.seen.filter(({ path }) => path.startsWith('/lfs/')).map(({ range }) => range)).toEqual([
      `bytes=${arrived}-`,
    ]);
    expect(hasWeights()).toBe(true);
    expect(blobs().filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  });

  it('to a server without ranges begins again', async () => {
    hub = await startHub(single);
    hub.faults.push({ on: '/lfs/', times: 1, cutAfter: 100_000 }, { on: '/lfs/', times: 1, ignoresRange: true });
    await pull(main, settings());
    expect(hasWeights()).toBe(true);
  });

  it('that left something else before is noticed by the hash, and the file fetched whole', async () => {
    hub = await startHub(single);
    mkdirSync(join(cacheFolder, 'models--org--model/blobs'), { recursive: true });
    writeFileSync(
      join(cacheFolder, 'models--org--model/blobs', `${sha256(weights)}.incomplete`),
      bytes('not the beginning'),
    );
    await pull(main, settings());
    expect(hasWeights()).toBe(true);
  });
});

describe('Ctrl-C', () => {
  it('leaves a state that the next pull goes on from', async () => {
    hub = await startHub(single);
    hub.faults.push({ on: '/lfs/model.safetensors', times: 1, stalls: true });
    const stop = new AbortController();
    const onProgress = ({ file, bytes: here }: PullProgress) => {
      if (file === 'model.safetensors' && here > 100_000) stop.abort();
    };
    await expect(pull(main, settings({ signal: stop.signal, onProgress }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(readdirSync(join(cacheFolder, '.locks/models--org--model'))).toEqual([]);
    hub.seen.length = 0;
    await pull(main, settings());
    expect(hub.seen.find(({ path }) => path.startsWith('/lfs/'))?.range).toMatch(/^bytes=[1-9]\d+-$/);
    expect(hasWeights()).toBe(true);
  });
});

describe('two pulls at the same time', () => {
  it('fetch every file once, and both end with all of them', async () => {
    hub = await startHub(single);
    let waited = 0;
    const onWait = () => {
      waited += 1;
    };
    const both = await Promise.all([pull(main, settings({ onWait })), pull(main, settings({ onWait }))]);
    expect(waited).toBe(1);
    expect(hub.files()).toHaveLength(4);
    for (const { folder } of both) expect(missingFiles(folder)).toEqual([]);
  });
});

describe('a hub that misbehaves', () => {
  const cases: [string, Fault, object][] = [
    [
      'a wrong content',
      { on: '/lfs/model', times: 9, body: weights.map((byte) => byte ^ 1) },
      { code: 'HUB_DAMAGED', expected: expect.stringContaining(sha256(weights)) },
    ],
    [
      'a wrong content of a small file',
      { on: 'config.json', times: 9, body: bytes('{ "model_type": "gpt_2" }') },
      { code: 'HUB_DAMAGED', expected: expect.stringContaining('git-sha1') },
    ],
    [
      'more than was listed',
      { on: '/lfs/model', times: 9, body: new Uint8Array(400_000) },
      { code: 'HUB_DAMAGED', got: 'more' },
    ],
    [
      '401',
      { on: '/api/', times: 9, status: 401 },
      { code: 'HUB_REFUSED', got: expect.stringContaining('no token was sent') },
    ],
    [
      '403 for a gated model',
      {
        on: '/resolve/',
        times: 9,
        status: 403,
        headers: { 'x-error-code': 'GatedRepo', 'x-error-message': 'Access to model org/model is restricted.' },
      },
      {
        code: 'HUB_REFUSED',
        got: expect.stringContaining('is restricted'),
        remedy: expect.stringMatching(/Accept the terms at http.*org\/model, and set HF_TOKEN/),
      },
    ],
    [
      '404 for a file that it listed',
      { on: 'tokenizer.json', times: 9, status: 404, headers: { 'x-error-code': 'EntryNotFound' } },
      { code: 'HUB_NOT_FOUND', expected: 'a file of this name on the Hub' },
    ],
    [
      '500 every time',
      { on: '/api/', times: 9, status: 500 },
      { code: 'HUB_UNREACHABLE', got: expect.stringContaining('500') },
    ],
  ];

  it.each(cases)('with %s: a coded error, and nothing wrong in the cache', async (_, fault, error) => {
    hub = await startHub(single);
    hub.faults.push(fault);
    await expect(pull(main, settings())).rejects.toMatchObject(error);
    expect(findSnapshot(cacheFolder, main)).toBeUndefined();
    const folder = join(cacheFolder, 'models--org--model/blobs');
    const finished = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => !name.endsWith('.incomplete'));
    for (const name of finished) {
      const content = new Uint8Array(readFileSync(join(folder, name)));
      expect([sha256(content), gitHash(content)]).toContain(name);
    }
  });

  it('for a while (429, 500) is asked again', async () => {
    hub = await startHub(single);
    hub.faults.push(
      { on: '/revision/', times: 1, status: 429, headers: { 'retry-after': '0' } },
      { on: '/tree/', times: 2, status: 500 },
      { on: '/resolve/', times: 2, status: 503 },
    );
    expect(missingFiles((await pull(main, settings())).folder)).toEqual([]);
  });

  it('or is not there at all is named', async () => {
    hub = await startHub(single);
    const environment = { ...settings().environment, endpoint: 'http://127.0.0.1:9' };
    await expect(pull(main, { environment, pauseMilliseconds: 1 })).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      place: expect.stringContaining('http://127.0.0.1:9'),
    });
  });
});

describe('what the hub does not have', () => {
  it.each([
    ['model', { name: 'org/other', revision: 'main' }],
    ['revision', { name: 'org/model', revision: 'v2' }],
  ])('a %s of this name', async (what, name) => {
    hub = await startHub(single);
    await expect(pull(name, settings())).rejects.toMatchObject({
      code: 'HUB_NOT_FOUND',
      expected: `a ${what} of this name on the Hub`,
    });
  });

  it('weights as safetensors: says what there is instead, and why a pickle is not fetched', async () => {
    const { 'model.safetensors': _, ...files } = single.files;
    hub = await startHub({ ...single, files });
    await expect(pull(main, settings())).rejects.toMatchObject({
      code: 'HUB_UNSUITABLE',
      got: 'weights in pytorch_model.bin, tf_model.h5, flax_model.msgpack, onnx/model.onnx',
      remedy: expect.stringContaining('A pickle can execute what it likes'),
    });
    expect(hub.files()).toEqual([]);
  });

  it('shards beside their index: a name that leads elsewhere is refused', async () => {
    const { 'model.safetensors': _, ...others } = single.files;
    const index = bytes(JSON.stringify({ weight_map: { a: '../../../../escaped.safetensors' } }));
    hub = await startHub({ ...single, files: { ...others, 'model.safetensors.index.json': index } });
    await expect(pull(main, settings())).rejects.toMatchObject({ code: 'HUB_UNSUITABLE' });
  });
});

describe('a disk', () => {
  it.runIf(existsSync('/dev/full'))('that is full: a coded error that says how to go on', async () => {
    hub = await startHub(single);
    mkdirSync(join(cacheFolder, 'models--org--model/blobs'), { recursive: true });
    // Whatever is written to this device finds no space left.
    symlinkSync('/dev/full', join(cacheFolder, 'models--org--model/blobs', `${sha256(weights)}.incomplete`));
    await expect(pull(main, settings())).rejects.toMatchObject({
      code: 'FILE_NOT_WRITTEN',
      got: expect.stringContaining('ENOSPC'),
      remedy: expect.stringContaining('HF_HUB_CACHE'),
    });
    expect(findSnapshot(cacheFolder, main)).toBeUndefined();
  });
});

describe('the environment', () => {
  it('is read as Python reads it', async () => {
    hub = await startHub(single);
    const home = cacheFolder;
    writeFileSync(join(home, 'token'), 'hf_from_file\n');
    const read = (variables: Record<string, string>) => readEnvironment(variables);
    expect(read({ HF_HOME: home })).toEqual({
      cacheFolder: join(home, 'hub'),
      endpoint: 'https://huggingface.co',
      token: 'hf_from_file',
      offline: false,
    });
    expect(read({ HF_HOME: home, HF_TOKEN: 'hf_set', HF_ENDPOINT: 'http://mirror/' })).toMatchObject({
      token: 'hf_set',
      endpoint: 'http://mirror',
    });
    expect(read({ HF_HOME: home, HF_HUB_CACHE: '/cache' }).cacheFolder).toBe('/cache');
    expect(read({ XDG_CACHE_HOME: home }).cacheFolder).toBe(join(home, 'huggingface', 'hub'));
    expect(read({ HF_HOME: home, HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).not.toHaveProperty('token');
    for (const yes of ['1', 'true', 'YES', 'on'])
      expect(read({ HF_HOME: home, HF_HUB_OFFLINE: yes }).offline).toBe(true);
    expect(read({ HF_HOME: home, HF_HUB_OFFLINE: '0' }).offline).toBe(false);
    expect(read({ HF_HOME: home, TRANSFORMERS_OFFLINE: '1' }).offline).toBe(true);
  });
});
