/** SeRIn, "segregate, refine, integrate" (Filippakopoulos et al. 2026, arXiv 2607.12686). Its README tells what is known. */
import { type FusionHost, type FusionModule, InterfuseError } from '@interfuse/core';
import * as tf from '@tensorflow/tfjs';
import { type GroupHead, groupedFusion } from '../shared/grouped-fusion.js';
import { type IntegrationShape, integrate, integrationLeaves } from '../shared/integration-head.js';
import { splitGroups } from '../shared/token-groups.js';
import { serinBlock } from './block.js';
import type { SerinOptions } from './plugin.js';

/** Integration of the last word, the mean of each group of tokens, and the mean of each encoder. */
function integratingHead(
  shape: IntegrationShape,
  dropout: number,
): GroupHead<ReturnType<typeof integrationLeaves>, Record<string, never>> {
  return {
    leaves({ groups, width, widths, outputs }) {
      const tokens = Object.fromEntries(groups.map(({ name }) => [name, width]));
      return { parameters: integrationLeaves({ text: width, tokens, encoders: widths }, shape, outputs), state: {} };
    },
    apply(params, _, { fusion, lastWord, encoders }, { groups, pass }) {
      const means = Object.entries(splitGroups(groups, fusion, 1)).map(([group, each]) => [group, tf.mean(each, 1)]);
      const summaries = { text: lastWord, tokens: Object.fromEntries(means), encoders };
      return { prediction: integrate(params, summaries, { heads: shape.heads, dropout, pass }), state: {} };
    },
  };
}

export function createSerin(options: SerinOptions, host: FusionHost): FusionModule {
  const { mask: rule, gateShape, amongWidth, dropout } = options;
  const heads = options.heads ?? host.languageModel?.config.heads;
  if (amongWidth !== null && heads !== undefined && amongWidth % heads !== 0) {
    throw new InterfuseError('CONFIG_WRONG_VALUE', {
      place: 'fusion.options.amongWidth',
      expected: `a multiple of the ${heads} heads`,
      got: String(amongWidth),
    });
  }
  return groupedFusion(options, host, {
    id: 'serin',
    rule,
    block: serinBlock({ rule, gateShape, amongWidth }),
    head: integratingHead(options.head, dropout),
  });
}
