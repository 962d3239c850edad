/** Strategies to compare with, from fusion at the input to fusion at many depths, and the single modalities. */
import { alignedEarly } from './aligned-early/plugin.js';
import { almt } from './almt/plugin.js';
import { decision } from './decision/plugin.js';
import { early } from './early/plugin.js';
import { efLstm } from './ef-lstm/plugin.js';
import { late } from './late/plugin.js';
import { lmf } from './lmf/plugin.js';
import { mag } from './mag/plugin.js';
import { mbt } from './mbt/plugin.js';
import { mfn } from './mfn/plugin.js';
import { misa } from './misa/plugin.js';
import { mlfDnn } from './mlf-dnn/plugin.js';
import { mult } from './mult/plugin.js';
import { selfMm } from './self-mm/plugin.js';
import { shallow } from './shallow/plugin.js';
import { tfn } from './tfn/plugin.js';
import { unimodal } from './unimodal/plugin.js';

export {
  alignedEarly,
  almt,
  decision,
  early,
  efLstm,
  late,
  lmf,
  mag,
  mbt,
  mfn,
  misa,
  mlfDnn,
  mult,
  selfMm,
  shallow,
  tfn,
  unimodal,
};

export const plugins = [
  early,
  alignedEarly,
  efLstm,
  late,
  decision,
  tfn,
  lmf,
  misa,
  mlfDnn,
  selfMm,
  shallow,
  mag,
  mfn,
  mult,
  almt,
  mbt,
  unimodal,
] as const;
