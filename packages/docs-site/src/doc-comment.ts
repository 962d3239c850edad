/** A doc comment as Markdown: what it says first, then its tags, each in a line. */

const names: { readonly [tag: string]: string } = {
  param: 'Takes',
  returns: 'Returns',
  throws: 'Throws',
  see: 'See',
};

/** @param comment as it stands in the source, stars included */
export function commentAsMarkdown(comment: string): string {
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  // A tag may follow a sentence in the same line.
  const [said = '', ...tags] = lines.join('\n').split(/(?:^|\s)(?=@(?:param|returns|throws|see)\b)/);
  const list = tags.map((tag) => {
    const [, name = '', rest = ''] = /^@(\w+)\s*([\s\S]*)$/.exec(tag) ?? [];
    const text = rest.trim().replaceAll(/\s*\n\s*/g, ' ');
    return `- ${names[name]} ${name === 'param' ? text.replace(/^(\w[\w.]*)(?: -)?/, '`$1`:') : text}`;
  });
  return [said.trim(), list.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`');
}
