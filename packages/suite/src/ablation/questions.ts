/** What `interfuse ablate` can ask, each with what the paper says to it. Light: the help of the command lists them. */

export interface Question {
  /** What the command line calls it. */
  readonly id: string;
  readonly title: string;
  /** One sentence: what is changed, and what is not. */
  readonly asks: string;
  /** What the paper of DeepMLF says to it (arXiv 2504.11082), in words of ours. */
  readonly paper: string;
  /** What the points stand on: a number, or one thing beside another. */
  readonly axis: { readonly title: string; readonly scale: 'number' | 'category' };
}

const questionList = [
  {
    id: 'depth',
    title: 'How deep should fusion go?',
    asks: 'After how many of the last blocks of the language model an MM Block follows, from one to all of them.',
    paper: 'Deeper is better, with the optimum at 5 to 7 blocks, where work before it had up to 3.',
    axis: { title: 'MM Blocks', scale: 'number' },
  },
  {
    id: 'tokens',
    title: 'How many fusion tokens does it take?',
    asks: 'How many learnable tokens gather audio and vision.',
    paper: 'Few are enough: some 20 in its first version, 8 to 20 in a later one.',
    axis: { title: 'fusion tokens', scale: 'number' },
  },
  {
    id: 'gate',
    title: 'Do the gates matter, and where should they start?',
    asks: 'How the gates of the MM Blocks open, and how far they are open at the start.',
    paper: 'Gated does better than ungated; its gates are sigmoids that start half open.',
    axis: { title: 'gates', scale: 'category' },
  },
  {
    id: 'losses',
    title: 'Which of the auxiliary losses help?',
    asks: 'Each auxiliary loss left out, and all of them.',
    paper:
      'Trains with all of them: the task from each fusion token, from the streams and from the text, and the next token.',
    axis: { title: 'losses', scale: 'category' },
  },
  {
    id: 'curriculum',
    title: 'Does it help to train the encoders first?',
    asks: 'Encoders that start as another stage has trained them, against encoders that start at random.',
    paper: 'A curriculum helps: language and audio-visual encoder first, then both together.',
    axis: { title: 'encoders', scale: 'category' },
  },
  {
    id: 'backbone',
    title: 'What does the language model contribute?',
    asks: 'The same strategy on each language model of the config, or else on those that are bundled.',
    paper: 'It scales from GPT-2 (base) to SmolLM2 (1.7 billion parameters).',
    axis: { title: 'language model', scale: 'category' },
  },
  {
    id: 'ladder',
    title: 'Is it fusion, or a better adapted language model?',
    asks: 'From text alone to DeepMLF one part at a time, and DeepMLF with streams that tell nothing.',
    paper: 'Does not ask it; its MM Blocks train feed-forwards that the text passes, too.',
    axis: { title: 'what is there', scale: 'category' },
  },
] as const satisfies readonly Question[];

export type QuestionId = (typeof questionList)[number]['id'];

export const questions: readonly (Question & { readonly id: QuestionId })[] = questionList;
