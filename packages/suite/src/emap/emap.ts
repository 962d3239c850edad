/** `emap.json`: what a sum over the modalities makes of the predictions of a run. Determined by the run and the pairings. */
import type { Figures } from '../run/result.js';

export interface Emap {
  readonly format: 1;
  readonly run: string;
  /** SHA-256 of the selected weights. */
  readonly weights: string;
  readonly split: 'test';
  /** Modalities that stay together; each group comes from a sample of its own. */
  readonly groups: readonly (readonly string[])[];
  /** How often every sample was evaluated with groups of others. */
  readonly pairings: number;
  /** Whether that is every combination there is. */
  readonly complete: boolean;
  /** Of the run. */
  readonly model: Figures;
  /** Of its additive part, without what the noise of the pairings does to them. */
  readonly projection: Figures;
  /** The same with that noise. */
  readonly asFitted: Figures;
  readonly difference: EmapDifference;
  /** Of the variance of predictions over swapped modalities, the share that is a sum over them. */
  readonly additiveShare: number;
}

/** Of the additive part and the model, on the same samples. */
export interface EmapDifference {
  /** The selected one. */
  readonly column: string;
  /** Figure of the projection minus that of the model. */
  readonly value: number;
  /** 95 %, of these weights over groups of samples. */
  readonly interval: readonly [number, number];
  readonly groups: number;
}
