/** Strategies to compare with, from fusion at the input to fusion at many depths, and the single modalities. */
import { almt } from './almt/plugin.js';
import { decision } from './decision/plugin.js';
import { early } from './early/plugin.js';
import { late } from './late/plugin.js';
import { lmf } from './lmf/plugin.js';
import { mbt } from './mbt/plugin.js';
import { misa } from './misa/plugin.js';
import { mlfDnn } from './mlf-dnn/plugin.js';
import { mult } from './mult/plugin.js';
import { selfMm } from './self-mm/plugin.js';
import { shallow } from './shallow/plugin.js';
import { tfn } from './tfn/plugin.js';
import { unimodal } from './unimodal/plugin.js';

export { almt, decision, early, late, lmf, mbt, misa, mlfDnn, mult, selfMm, shallow, tfn, unimodal };

export const plugins = [
  early,
  late,
  decision,
  tfn,
  lmf,
  misa,
  mlfDnn,
  selfMm,
  shallow,
  mult,
  almt,
  mbt,
  unimodal,
] as const;
