/** SeRIn, "segregate, refine, integrate" (Filippakopoulos et al. 2026, arXiv 2607.12686). Its README tells what is known. */
import { type FusionHost, type FusionModule, InterfuseError } from '@interfuse/core';
import { groupedFusion } from '../shared/grouped-fusion.js';
import { integratingHead } from '../shared/integration-head.js';
import { serinBlock } from './block.js';
import type { SerinOptions } from './plugin.js';

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
