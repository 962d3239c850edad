/** The type of a config in which these plugins can stand: their ids in the slots, and under each id its own options. */
import type { OptionsOf, Plugin } from '../contracts/plugin.js';
import type { BesideFusion, Options, Slot, StageInput, UserConfig } from './effective-config.js';

/** What has a default may be left out, at every depth. */
type Written<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Written<T[K]> } : T;

/** The options that have no default and must be there. */
type Needed<O> = O extends { readonly required: readonly (infer N)[]; readonly properties: infer P }
  ? N extends keyof P
    ? P[N] extends { readonly default: unknown }
      ? never
      : N
    : never
  : never;

/** The options of a schema as people write them. */
export type OptionsInput<O> = Written<OptionsOf<O>> & { readonly [N in Needed<O>]: unknown };

/** A slot for these plugins; of one whose type is not known, with any options. */
type SlotOf<P, Beside = unknown> = P extends { readonly id: infer I extends string; readonly options: infer O }
  ? string extends I
    ? I | ({ readonly use: I; readonly options?: Options } & Beside)
    : [Needed<O>] extends [never]
      ? I | ({ readonly use: I; readonly options?: OptionsInput<O> } & Beside)
      : { readonly use: I; readonly options: OptionsInput<O> } & Beside
  : never;

type OneOrMore<T> = T | readonly T[];

interface SlotsOf<P extends Plugin> {
  readonly data: SlotOf<Extract<P, { kind: 'dataset' }>, Omit<Exclude<UserConfig['data'], string>, keyof Slot>>;
  readonly encoders?: { readonly [stream: string]: SlotOf<Extract<P, { kind: 'encoder' }>> };
  readonly languageModel?: OneOrMore<SlotOf<Extract<P, { kind: 'language-model' }>>> | null;
  readonly fusion: OneOrMore<FusionSlotOf<P>>;
  readonly stages?: { readonly [name: string]: StageOf<P> };
  readonly evaluation?: Omit<NonNullable<UserConfig['evaluation']>, 'metrics'> & {
    readonly metrics?: SlotOf<Extract<P, { kind: 'metric' }>>;
  };
  readonly engine?: SlotOf<Extract<P, { kind: 'engine' }>>;
}

type FusionSlotOf<P extends Plugin> = SlotOf<Extract<P, { kind: 'fusion' }>, BesideFusion>;

type StageOf<P extends Plugin> = Omit<StageInput, 'fusion' | 'encoders'> & {
  readonly fusion: FusionSlotOf<P>;
  readonly encoders?: NonNullable<SlotsOf<P>['encoders']>;
};

export type ConfigOf<P extends Plugin> = Omit<UserConfig, keyof SlotsOf<P>> & SlotsOf<P>;
