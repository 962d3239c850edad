/** Names of datasets: lower case, digits, `.`, `_` and `-`. */

export function nameFrom(words: string): string {
  const name = words
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  return name === '' ? 'imported' : name;
}
