/** Checks of the tokenizer that comes with a language model. */
import { nonconformity } from '../claim.js';
import { type LanguageModelClaim, openModel } from '../language-model-trial.js';

const sentences = ['The film was not bad.', 'Once upon a time there was a little girl', 'No'];

export const tokenizerClaims: readonly LanguageModelClaim[] = [
  {
    name: 'a text comes back from its tokens',
    async run(subject) {
      const { tokenizer } = await openModel(subject);
      for (const sentence of sentences) {
        const back = tokenizer.decode(tokenizer.encode(sentence));
        if (back.includes(sentence)) continue;
        throw nonconformity(subject, {
          expected: `"${sentence}", perhaps between special tokens, from its own tokens`,
          got: `"${back}"`,
          usualCause: 'another vocabulary than that of the weights, or letters that fall out while a text is split.',
        });
      }
    },
  },
  {
    name: 'tokens and the pad lie within the vocabulary',
    async run(subject) {
      const { model, tokenizer } = await openModel(subject);
      const tokens = [tokenizer.padToken, ...['', ...sentences].flatMap((sentence) => tokenizer.encode(sentence))];
      const { vocabulary } = model.config;
      const stray = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
      if (stray === undefined) return;
      throw nonconformity(subject, {
        expected: `token ids from 0 to ${vocabulary - 1}, that of the pad among them`,
        got: String(stray),
        usualCause: 'added tokens that the table of embeddings has no row for; pad with one that it has.',
      });
    },
  },
  {
    name: 'a long text is cut at its end, to just the length that is allowed',
    async run(subject) {
      const { tokenizer } = await openModel(subject);
      const text = sentences.slice(0, 2).join(' ');
      const whole = tokenizer.encode(text);
      const length = Math.ceil(whole.length / 2);
      const [cut, uncut] = [tokenizer.encode(text, length), tokenizer.encode(text, whole.length + 3)];
      // The last of the cut tokens may be a special one.
      const ends = `${cut.slice(0, -1)}` !== `${whole.slice(0, length - 1)}`;
      if (cut.length === length && !ends && `${uncut}` === `${whole}`) return;
      throw nonconformity(subject, {
        expected: `the first ${length} of ${whole.length} tokens, special ones kept, and all of them where there is room`,
        got: ends ? 'other tokens than those of the beginning' : `${cut.length} and ${uncut.length} tokens`,
        usualCause: '`length` not looked at, padded up to, or a cut at the beginning.',
      });
    },
  },
];
