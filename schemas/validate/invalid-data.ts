/** A mistake in a file that was read, as one sentence with the file and the place. */

/** From the root of a file's data: the keys of maps and the numbers of list items. */
export type DataPath = readonly (string | number)[];

/** Where the mistake lies in the data. The loader, which knows the text, makes a line and a column of it. */
export interface Place {
  readonly file: string;
  readonly at: DataPath;
  /** The key itself is meant and not what it holds. */
  readonly key?: true;
}

export class InvalidData extends Error {
  override name = 'InvalidData';
  readonly place: Place | undefined;
  /** The message without the file. */
  readonly sentence: string;

  constructor(sentence: string, place?: Place) {
    super(place ? `${place.file}: ${sentence}` : sentence);
    this.sentence = sentence;
    this.place = place;
  }
}

/** Throws an InvalidData about a place of a file. */
export function refuse(file: string, at: DataPath, sentence: string, key?: 'key'): never {
  throw new InvalidData(sentence, { file, at, ...(key ? { key: true as const } : {}) });
}

/** What was found, short enough for a sentence, without control characters. */
export function quote(value: unknown): string {
  const text =
    (typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : JSON.stringify(brief(value))) ??
    'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** A large value is not written out in full only to be cut. */
function brief(value: unknown, depth = 3): unknown {
  if (typeof value === 'string') return value.slice(0, 80);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if (depth === 0) return '...';
  if (Array.isArray(value)) return value.slice(0, 8).map(item => brief(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 8)
      .map(([key, item]) => [key, brief(item, depth - 1)]),
  );
}
