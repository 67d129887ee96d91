import { closest, distance } from 'fastest-levenshtein';

/** ` (did you mean X?)` for a word that is nearly right, else nothing. */
export function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(word, [...known]);
  return distance(word, best) <= Math.max(2, word.length / 3) ? ` (did you mean ${best}?)` : '';
}
