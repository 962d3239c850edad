/**
 * The packages of native TensorFlow, `@tensorflow/tfjs-node` and `-gpu`: optional peers, found when an engine starts.
 *
 * They bring libtensorflow by a download of their own, register a backend on whatever copy of TensorFlow.js they find,
 * and have had no release since 2024: all of this is looked at before they are loaded.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';

export interface NativePackage {
  /** Id of the engine that runs on it. */
  readonly engine: 'tensorflow' | 'tensorflow-gpu';
  readonly name: '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';
}

export interface Surroundings {
  /** The module that looks for the package. */
  readonly from: string;
  /** The version of Node.js. */
  readonly node: string;
}

const here: Surroundings = { from: import.meta.url, node: process.versions.node };

/** The packages call functions of `node:util` that Node.js 23 removed (`isNullOrUndefined`, `isArray`). */
const firstNodeWithout = 23;

/** What the packages import, and must not have a copy of for themselves. */
const shared = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'];

const otherwise = 'The engine onnx needs none of this.';

/**
 * Loads the package, which registers the backend `tensorflow`, and returns its version.
 *
 * @throws ENGINE_ABSENT if it is not installed; ENGINE_UNAVAILABLE if it does not fit Node.js or the copy of
 * TensorFlow.js that Interfuse computes with, or does not load
 */
export function loadNativePackage(
  { engine, name }: NativePackage,
  { from, node }: Surroundings = here,
): { readonly version: string } {
  const place = `engine ${engine}`;
  const wanted = `${name}@${tf.version.tfjs}`;
  const install = `Run \`npm install --no-save ${wanted}\` beside Interfuse`;
  const search = createRequire(from);
  const folder = folderOf(name, search);
  const isNodeTooNew = Number(node.split('.', 1)[0]) >= firstNodeWithout;
  if (folder === undefined) {
    throw new InterfuseError('ENGINE_ABSENT', {
      place,
      expected: `the package ${wanted}`,
      got: 'no such package: it is optional',
      remedy: isNodeTooNew
        ? `It does not run on Node.js ${node}: take Node.js 20 or 22 first. ${otherwise}`
        : `${install}: it downloads libtensorflow 2.9.1 from TensorFlow's own storage${gpuToo(name)}. ${otherwise}`,
    });
  }

  const unavailable = (expected: string, got: string, remedy: string, cause?: unknown): InterfuseError =>
    new InterfuseError('ENGINE_UNAVAILABLE', { place, expected, got, remedy: `${remedy} ${otherwise}`, cause });
  if (isNodeTooNew) {
    throw unavailable(
      `Node.js before ${firstNodeWithout}: ${name} calls util.isNullOrUndefined, which was removed`,
      `Node.js ${node}`,
      'Take Node.js 20 or 22.',
    );
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  if (version !== tf.version.tfjs) {
    throw unavailable(
      `${wanted}, as @tensorflow/tfjs ${tf.version.tfjs} is what Interfuse computes with`,
      `${name}@${version}`,
      `${install}.`,
    );
  }
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(join(folder, 'package.json'));
  for (const library of shared) {
    const [one, other] = [
      resolved(library, createRequire(ours.resolve('@tensorflow/tfjs'))),
      resolved(library, theirs),
    ];
    if (other !== undefined && one !== other) {
      throw unavailable(
        `one copy of ${library} for Interfuse and ${name}: ${one}`,
        `a second one: ${other}`,
        `Install both in one place, and remove the second copy (\`npm ls ${library}\`, \`npm dedupe\`).`,
      );
    }
  }
  try {
    search(name);
  } catch (cause) {
    throw notLoaded(name, cause instanceof Error ? cause : new Error(String(cause)), unavailable);
  }
  return { version };
}

function notLoaded(
  name: NativePackage['name'],
  cause: Error,
  unavailable: (expected: string, got: string, remedy: string, cause: unknown) => InterfuseError,
): InterfuseError {
  const said = cause.message.split('\n', 1)[0] as string;
  if (/native addon module/.test(said)) {
    return unavailable(
      `${name} with its native part`,
      'the package without its native part (tfjs_binding.node): the script that fetches it at installation did not run or did not get through',
      `Run \`npm rebuild ${name}\` where TensorFlow's own storage can be reached, without --ignore-scripts; TFJS_NODE_CDN_STORAGE names a mirror.`,
      cause,
    );
  }
  return unavailable(
    `${name}, loaded`,
    said,
    `Run \`npm rebuild ${name}\`; it needs a system that libtensorflow 2.9.1 was built for${gpuToo(name)}.`,
    cause,
  );
}

/** What the package for GPUs needs besides. */
export function gpuToo(name: NativePackage['name']): string {
  return name === '@tensorflow/tfjs-node-gpu' ? '; a GPU needs Linux or Windows, CUDA 11.2 and cuDNN 8.1' : '';
}

/** The folder of a package, whether or not it can be loaded. */
function folderOf(name: string, search: NodeJS.Require): string | undefined {
  const manifest = resolved(`${name}/package.json`, search);
  return manifest === undefined ? undefined : join(manifest, '..');
}

function resolved(name: string, search: NodeJS.Require): string | undefined {
  try {
    return search.resolve(name);
  } catch {
    return undefined;
  }
}
