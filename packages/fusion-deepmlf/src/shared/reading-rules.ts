/**
 * Which slots the tokens of a group may read: constraints on the self-attention of the language model that need no
 * parameter (presets as in the program of DMPF; SeRIn, arXiv 2607.12686, has one of them). The names alone, for manifests.
 */

/**
 * - `avseesall`: a group of a stream reads the text and itself; the joint group reads the text, all other groups and itself.
 * - `original`: every group reads the text and itself, the joint one too.
 * - `allcausal`: every group reads the text, itself and the groups before it, as all tokens of DeepMLF do.
 * - `av_attends_only_av_a_v`: as `avseesall`, but the joint group does not read the text.
 */
export const readingRules = ['avseesall', 'original', 'allcausal', 'av_attends_only_av_a_v'] as const;

export type ReadingRule = (typeof readingRules)[number];
