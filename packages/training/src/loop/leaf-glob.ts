/** Globs on the paths of leaves: `*` is any part of a name, `**` any number of names, `{a,b}` one of these. */

const token = /\*\*\/?|\*|\{[^{}]*\}|[^*{]+|\{/g;

/** `streams/**` matches `streams/join/weight`; `blocks/*` does not match `blocks/0/gate`. */
export function leafGlob(glob: string): RegExp {
  const pieces = (glob.match(token) ?? []).map((piece) => {
    if (piece === '**/') return '(?:.*/)?';
    if (piece === '**') return '.*';
    if (piece === '*') return '[^/]*';
    if (!piece.startsWith('{') || piece === '{') return literally(piece);
    return `(?:${piece.slice(1, -1).split(',').map(literally).join('|')})`;
  });
  return new RegExp(`^${pieces.join('')}$`);
}

/** The names before the first with a wildcard: `streams` of `streams/{join,norm}/**`. */
export function literalPart(glob: string): string {
  const names = glob.split('/');
  const first = names.findIndex((name) => /[*{]/.test(name));
  return (first === -1 ? names : names.slice(0, first)).join('/');
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
