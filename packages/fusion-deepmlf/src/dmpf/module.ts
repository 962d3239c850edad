/**
 * DMPF, "All Interactions Matter: Modality-Preserving Deep Fusion" (program and README of nickxir12/All-Interactions-Matter
 * of February 2026): DeepMLF with three groups of tokens in place of one.
 */
import type { FusionHost, FusionModule } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { headLeaves, readOut } from '../heads.js';
import { type GroupHead, groupedFusion } from '../shared/grouped-fusion.js';
import { integratingHead } from '../shared/integration-head.js';
import { jointGroup, splitGroups } from '../shared/token-groups.js';
import { dmpfBlock } from './block.js';
import type { DmpfOptions } from './plugin.js';

const noGuesses = { fusion: false, streams: false, text: false } as const;
type Leaves = ReturnType<typeof headLeaves>;

/** The task head of DeepMLF over [mean of the joint tokens ; last word ; mean of each Z]. */
function concatenatingHead(headWidth: number): GroupHead<Leaves['parameters'], Leaves['state']> {
  return {
    leaves({ width, widths, outputs }) {
      const streamWidth = Object.values(widths).reduce((sum, each) => sum + each, 0);
      return headLeaves({ width, streamWidth, headWidth, outputs }, noGuesses);
    },
    apply(params, state, { fusion, lastWord, encoders }, { groups, pass }) {
      const joint = splitGroups(groups, fusion, 1)[jointGroup] as tf.Tensor; // [B, n, d]
      return readOut(params, state, { fusion: joint, lastWord, streams: tf.concat(Object.values(encoders), 1) }, pass);
    },
  };
}

export function createDmpf(options: DmpfOptions, host: FusionHost): FusionModule {
  const { mask: rule, head, headWidth: width, dropout } = options;
  const strategy = { id: 'dmpf', rule, block: dmpfBlock };
  return head === 'attention'
    ? groupedFusion(options, host, { ...strategy, head: integratingHead({ width, layers: 1, heads: 4 }, dropout) })
    : groupedFusion(options, host, { ...strategy, head: concatenatingHead(width) });
}
