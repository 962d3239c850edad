/** Variants of DeepMLF that others have named, as options of the same parts. */
import type { Preset } from '@interfuse/core';

export const presets: { readonly [name: string]: Preset } = {
  'no-gate': {
    summary: 'Both gates of every MM Block are open throughout and no parameters.',
    source: 'the ablation of the gates in arXiv 2504.11082, as the released program has it',
    options: { gates: 'none' },
  },
  'text-queries': {
    summary: 'Words read the streams themselves and there are no fusion tokens: the method becomes Flamingo-like.',
    source:
      'an earlier design in the released program of arXiv 2504.11082; Flamingo is Alayrac et al. 2022, arXiv 2204.14198',
    options: { queries: 'text', tokens: 0 },
  },
  flamingo: {
    summary:
      'Flamingo-like: words read the streams behind tanh gates that start shut, after many blocks, and the task is the only loss.',
    source: 'the gated cross-attention of Alayrac et al. 2022, arXiv 2204.14198, section 2.2',
    options: {
      queries: 'text',
      tokens: 0,
      gates: 'tanh',
      gate: 0,
      scale: 'head',
      lossWeights: { fusion: 0, streams: 0, text: 0, languageModel: 0 },
    },
  },
  'all-queries': {
    summary: 'Words and fusion tokens both read the streams.',
    source: 'an earlier design in the released program of arXiv 2504.11082',
    options: { queries: 'all' },
  },
  'cross-attention-only': {
    summary:
      'MM Blocks have their cross-attention and no feed-forward, so that nothing adapts the language model to the task; no loss from the last word, and none from the next token.',
    source: 'an earlier design in the released program of arXiv 2504.11082',
    options: { feedForward: 'none', lossWeights: { text: 0, languageModel: 0 } },
  },
  published: {
    summary:
      'What the authors set for MOSEI with GPT-2, where our defaults differ; placement, encoders and training stay as the config says.',
    source: 'arXiv 2504.11082 and the settings of the released program',
    options: {
      tokens: 12,
      heads: 16,
      scale: 'model',
      gates: 'sigmoid',
      gate: 0,
      combine: 'sum',
      feedForwardStart: 'weights',
      headWidth: 64,
      dropout: 0.1,
      lossWeights: { fusion: 1, streams: 1, text: 1, languageModel: 1.1 },
      seqAug: { textBatches: 0.3, textFeatures: 0.2, streamFeatures: 0.2, within: 'padded' },
    },
  },
};
