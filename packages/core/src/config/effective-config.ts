/** The configuration as users write it and as runs see it: every slot spelt out, every default filled. */
import type { Plugin } from '../contracts/plugin.js';
import type { TrainingSettings } from '../contracts/training.js';
import type { StreamTransforms } from '../contracts/transforms.js';

export type Options = { readonly [name: string]: unknown };

/** One place of a run that a plugin fills. */
export interface Slot {
  /** Id of the plugin. */
  readonly use: string;
  readonly options: Options;
}

export interface DataSlot extends Slot {
  /** Padded text length in tokens; longer texts are truncated. */
  readonly textLength: number;
  /** What is done to the streams before anything else. */
  readonly transforms: StreamTransforms;
}

/** How a strategy's language model follows the task; the same for all that are compared, or the gain is not fusion's. */
export type FusionAdaptation = 'frozen' | 'feed-forward';

/** What takes the place of the streams, as a control: what a strategy still does then is not fusion. */
export type StreamControl = 'none' | 'constant-streams' | 'shuffled-streams';

/** Weights that a run starts with: those that another run has selected. */
export interface WarmStart {
  /**
   * A stage of the config, whose run with the same seed is meant; or, with a slash in it, the path of a run folder, where
   * `{seed}` stands for the seed.
   */
  readonly run: string;
  /** Which leaves of that run, as a glob on their paths: `streams/**`. */
  readonly select: string;
  /** What stands here for the part of `select` before its first wildcard. Default: the same. */
  readonly as?: string;
}

export interface FusionSlot extends Slot {
  /** Whose options are among these already: a name for tables. */
  readonly preset?: string;
  readonly adaptation: FusionAdaptation;
  readonly control: StreamControl;
  /** Absent where every weight starts as its leaf declares. */
  readonly warmStart?: readonly WarmStart[];
  /** In place of those of the config, each for itself. */
  readonly training?: Partial<TrainingSettings>;
}

/** A run that comes before others, which start with its weights. What it leaves out is that of the config. */
export interface Stage {
  readonly fusion: FusionSlot;
  /** In place of that of the config: nothing of it is inherited. */
  readonly training: Partial<TrainingSettings>;
  /** In place of those of the config. */
  readonly encoders?: { readonly [stream: string]: Slot };
  /** Each in place of that of the config. */
  readonly data?: Partial<Pick<DataSlot, 'textLength' | 'transforms'>>;
}

export interface EffectiveConfig {
  readonly name: string;
  readonly data: DataSlot;
  /** By stream name; `*` is for every stream that is not named. */
  readonly encoders: { readonly [stream: string]: Slot };
  /** Empty if the config names none; with several, every strategy that uses one runs with each. */
  readonly languageModel: readonly Slot[];
  readonly fusion: readonly FusionSlot[];
  /** By name; each is run once for every seed, before the runs that start with its weights. */
  readonly stages: { readonly [name: string]: Stage };
  /** What the user set; the rest follows from the strategy's recipe and the defaults (`resolveTraining`). */
  readonly training: Partial<TrainingSettings>;
  readonly evaluation: {
    readonly metrics: Slot;
    /** The column that chooses the best epoch, on validation. */
    readonly select: string;
    /** Differences of that metric that are smaller do not matter: within it, strategies can be shown to be equivalent. */
    readonly margin?: number;
  };
  /** Absent unless something is to be searched. */
  readonly search?: Search;
  /** Absent unless a search has written this config. */
  readonly tuned?: Omit<Search, 'space'>;
  readonly engine: Slot;
  readonly seeds: readonly number[];
  /** Packages and paths; a plugin given as a value appears as `kind/id@version`. */
  readonly plugins: readonly string[];
  /** Folder of the run folders, relative to the config file. */
  readonly output: string;
}

/** Values of one setting or option: those of a list, or drawn from a range. */
export type SearchValues =
  | readonly unknown[]
  | { readonly min: number; readonly max: number; readonly log?: boolean; readonly integer?: boolean };

/** What a search tries, for every strategy so many trials. */
export interface Search {
  readonly method: 'grid' | 'random' | 'halving';
  readonly trials: number;
  readonly seeds: readonly number[];
  /** By path: `training.learningRate`, `fusion.options.depth`. */
  readonly space: { readonly [path: string]: SearchValues };
}

/** A config that has been read and not yet checked. */
export type ConfigInput = { readonly [section: string]: unknown };

/** A slot as users may write it: the id alone, or with options. */
export type SlotInput = string | { readonly use: string; readonly options?: Options };

/** What stands beside `use` and `options` of a strategy. */
export interface BesideFusion {
  readonly adaptation?: FusionAdaptation;
  readonly preset?: string;
  readonly control?: StreamControl;
  readonly warmStart?: WarmStart | readonly WarmStart[] | null;
  readonly training?: Partial<TrainingSettings>;
}

export type FusionInput = SlotInput | (Exclude<SlotInput, string> & BesideFusion);

/** A stage as users may write it. */
export interface StageInput {
  readonly fusion: FusionInput;
  readonly training?: Partial<TrainingSettings>;
  readonly encoders?: { readonly [stream: string]: SlotInput };
  readonly data?: Stage['data'];
}

/** A config as users may write it. */
export interface UserConfig {
  readonly name?: string;
  readonly data:
    | string
    | {
        readonly use: string;
        readonly options?: Options;
        readonly textLength?: number;
        readonly transforms?: StreamTransforms;
      };
  readonly encoders?: { readonly [stream: string]: SlotInput };
  readonly languageModel?: SlotInput | readonly SlotInput[] | null;
  readonly fusion: FusionInput | readonly FusionInput[];
  readonly stages?: { readonly [name: string]: StageInput };
  readonly training?: Partial<TrainingSettings>;
  readonly evaluation?: { readonly metrics?: SlotInput; readonly select?: string; readonly margin?: number };
  readonly search?: {
    readonly method?: Search['method'];
    readonly trials?: number;
    readonly seeds?: number | readonly number[];
    readonly space: {
      readonly [path: string]: SearchValues;
    };
  };
  readonly tuned?: Omit<Search, 'space'>;
  readonly engine?: SlotInput;
  readonly seeds?: number | readonly number[];
  readonly plugins?: string | readonly (string | Plugin)[];
  readonly output?: string;
}

/** For `interfuse.config.ts`: returns its argument, so that editors complete and check it. */
export function defineConfig(config: UserConfig): UserConfig {
  return config;
}
