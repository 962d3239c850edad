/** "Did you mean ...?": the known word that is nearest to a misspelt one. */

/**
 * The known word within a third of the letters (at least one) of `word`, or nothing when none is that near. Case does
 * not count.
 */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = allowed + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** `Did you mean "depth"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const guess = suggest(word, known);
  return guess === undefined ? undefined : `Did you mean "${guess}"?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
export function editDistance(from: string, to: string): number {
  let twoBack: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const substituted = previous[column - 1]! + (same ? 0 : 1);
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
          ? twoBack[column - 2]! + 1
          : Number.POSITIVE_INFINITY;
      current.push(Math.min(previous[column]! + 1, current[column - 1]! + 1, substituted, swapped));
    }
    twoBack = previous;
    previous = current;
  }
  return previous[to.length]!;
}
