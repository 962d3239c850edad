/** The identity of a run: everything that determines its result, and nothing else. Its hash names the run folder. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSlot, FusionSlot, Leaves, PluginKind, PluginSource, Slot, TrainingSettings } from '@interfuse/core';
import { snapshotOf } from '@interfuse/hub';
import { flattenLeaves } from '@interfuse/nn';
import { canonicalJson } from './canonical-json.js';
import { packageDigest, sourceDigest } from './code-digest.js';
import { fileDigest } from './file-digest.js';
import type { Experiment } from './open-experiment.js';

export interface RunIdentity {
  readonly format: 1;
  readonly seed: number;
  /** `paces`, for a strategy that requires word times, are those of the streams. */
  readonly data: DataSlot & {
    readonly digest: string;
    readonly paces?: { readonly [stream: string]: number | 'word' };
  };
  readonly encoders: { readonly [stream: string]: Slot };
  readonly languageModel?: Slot;
  /** Without its warm starts, which stand below by what they mean. */
  readonly fusion: FusionSlot;
  /** Absent where every weight starts as its leaf declares. */
  readonly warmStart?: readonly WarmStartIdentity[];
  readonly training: TrainingSettings;
  readonly evaluation: { readonly metrics: Slot; readonly select: string };
  readonly engine: Slot;
  readonly plugins: readonly PluginIdentity[];
  /** Digests of the code that every run shares, by package. */
  readonly code: { readonly [name: string]: string };
  /**
   * Digests of stored weights and of what lies beside them (config, tokenizer), by `folder/file`; of a model of the Hub by
   * `org/name@commit/file`, which is the same on every machine.
   */
  readonly weights: { readonly [file: string]: string };
}

export interface WarmStartIdentity {
  readonly select: string;
  readonly as?: string;
  /** Of a stage: the SHA-256 of the identity of its run. */
  readonly run?: string;
  /** Of a run folder: the SHA-256 of its selected weights. */
  readonly weights?: string;
}

export interface PluginIdentity {
  readonly kind: PluginKind;
  readonly id: string;
  readonly version: string;
  readonly code: string;
}

/** Packages whose code takes part in every run. */
const sharedPackages = ['@interfuse/nn', '@interfuse/training'];

/** The package whose code transforms streams, and finds words in texts. */
const transformingPackage = '@interfuse/core';

const here = fileURLToPath(import.meta.url);
/** Of this package, only what trains and evaluates takes part; from the sources as well as from the build. */
const executeRun = join(dirname(here), `../run/execute-run${extname(here)}`);

/** SHA-256 of all that determines the result. */
export function identityDigest(identity: RunIdentity): string {
  return createHash('sha256').update(canonicalJson(identity)).digest('hex');
}

/** Its first eight hex digits. */
export function shortHash(identity: RunIdentity): string {
  return identityDigest(identity).slice(0, 8);
}

/** Computes digests of code and weights, each once. */
export class Digests {
  readonly #known = new Map<string, Promise<string>>();

  /** @param ofWeights digest of a file of weights or of what lies beside it */
  constructor(
    private readonly experiment: Pick<Experiment, 'baseFolder' | 'configFile'>,
    private readonly ofWeights: (file: string) => Promise<string> = fileDigest,
  ) {}

  async plugin({ plugin, source, file }: PluginSource): Promise<PluginIdentity> {
    const { kind, id, version } = plugin;
    return { kind, id, version, code: await this.#codeOf(source, file) };
  }

  /** @param wordTimes whether the strategy requires them */
  async sharedCode({ transforms }: DataSlot, wordTimes: boolean): Promise<Record<string, string>> {
    const isTransformed = Object.keys(transforms).length > 0 || wordTimes;
    const packages = [...sharedPackages, ...(isTransformed ? [transformingPackage] : [])].map(
      async (name) => [name, await this.#package(name)] as const,
    );
    const own = this.#once(executeRun, () => sourceDigest(executeRun));
    return { ...Object.fromEntries(await Promise.all(packages)), interfuse: await own };
  }

  /**
   * Of the files that the leaves are stored in, and of the files beside them that say how they are used: config and
   * tokenizer, which `folders` hold even where no weight is stored.
   */
  async weights(trees: readonly Leaves[], folders: readonly string[]): Promise<Record<string, string>> {
    const stored = trees.flatMap((tree) =>
      [...flattenLeaves(tree).values()].flatMap(({ start }) => (start.kind === 'stored' ? [start.file] : [])),
    );
    const files = new Set(stored);
    for (const folder of new Set([...stored.map((file) => dirname(file)), ...folders])) {
      const beside = (await readdir(folder)).filter(
        (name) => name.endsWith('.json') || name === 'merges.txt' || name === 'vocab.txt',
      );
      for (const name of beside) files.add(join(folder, name));
    }
    const digests = [...files].sort().map(async (file) => {
      return [portableName(file), await this.#once(file, () => this.ofWeights(file))] as const;
    });
    return Object.fromEntries(await Promise.all(digests));
  }

  #codeOf(source: string, file: string | undefined): Promise<string> {
    const entry = file ?? (source === 'the config file' ? this.experiment.configFile : undefined);
    return entry === undefined ? this.#package(source) : this.#once(entry, () => sourceDigest(entry));
  }

  /** Built-in packages are found from this package, others from the config. */
  #package(name: string): Promise<string> {
    return this.#once(name, () => packageDigest(name, [dirname(here), this.experiment.baseFolder]));
  }

  #once(key: string, compute: () => Promise<string>): Promise<string> {
    const known = this.#known.get(key) ?? compute();
    this.#known.set(key, known);
    return known;
  }
}

function portableName(file: string): string {
  const folder = dirname(file);
  const snapshot = snapshotOf(folder);
  return join(snapshot === undefined ? basename(folder) : `${snapshot.name}@${snapshot.commit}`, basename(file));
}
