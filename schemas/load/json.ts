/**
 * Reads JSON (RFC 8259) and keeps where every value stands. JSON.parse tells neither positions nor a key that is there
 * twice, and rounds large integers silently.
 */
import { MOST_DEPTH, MOST_VALUES } from './limits.ts';
import { Places } from './places.ts';
import { errorAt, type TextFile } from './text.ts';
import { keyProblem, numberProblem } from './values.ts';

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\\n\r]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;

class JsonReader {
  readonly places = new Places();
  private readonly file: TextFile;
  private readonly text: string;
  private at = 0;
  private count = 0;

  constructor(file: TextFile, text: string) {
    this.file = file;
    this.text = text;
  }

  read(): unknown {
    this.space();
    this.places.setRoot(this.at);
    if (this.at === this.text.length) this.fail(this.at, 'the file is empty; expected JSON');
    const data = this.value(0);
    this.space();
    if (this.at < this.text.length)
      this.fail(this.at, `there is ${this.seen()} after the end of the JSON; remove it`);
    return data;
  }

  private fail(offset: number, sentence: string): never {
    throw errorAt(this.file, this.text, offset, sentence);
  }

  private seen(): string {
    const char = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    return this.at < this.text.length ? JSON.stringify(char) : 'the end of the file';
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private space(): void {
    this.match(SPACE);
  }

  private value(depth: number): unknown {
    const start = this.at;
    this.count += 1;
    if (this.count > MOST_VALUES) this.fail(start, `the file has more than ${MOST_VALUES} values; split it`);
    const char = this.text[start];
    if (char === '{' || char === '[') {
      if (depth === MOST_DEPTH)
        this.fail(start, `lists and maps are nested more than ${MOST_DEPTH} deep; make it flatter`);
      this.at += 1;
      return char === '{' ? this.map(depth + 1) : this.list(depth + 1);
    }
    if (char === '"') return this.string();
    const number = this.match(NUMBER);
    if (number !== undefined) {
      const problem = numberProblem(Number(number), number);
      if (problem !== undefined) this.fail(start, problem);
      return Number(number);
    }
    const word = this.match(WORD);
    if (word === undefined) this.fail(start, `there is ${this.seen()}, expected a JSON value`);
    return word === 'null' ? null : word === 'true';
  }

  private string(): string {
    const start = this.at;
    const source = this.match(STRING);
    if (source === undefined)
      this.fail(start, 'this string has no end on its line or a wrong escape; expected JSON');
    const text = source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1);
    if (source.includes('\\u') && /\p{Surrogate}/u.test(text))
      this.fail(start, 'this string has half a surrogate pair; take it out');
    return text;
  }

  private list(depth: number): unknown[] {
    const list: unknown[] = [];
    this.space();
    if (this.text[this.at] === ']') {
      this.at += 1;
      return list;
    }
    for (;;) {
      this.space();
      this.places.add(list, list.length, this.at);
      list.push(this.value(depth));
      if (this.isLast(']')) return list;
    }
  }

  private map(depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    this.space();
    if (this.text[this.at] === '}') {
      this.at += 1;
      return map;
    }
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text[start] !== '"') this.fail(start, `there is ${this.seen()}, expected a key in quotes`);
      const key = this.string();
      const problem = keyProblem(key, map);
      if (problem !== undefined) this.fail(start, problem);
      this.space();
      if (this.text[this.at] !== ':') this.fail(this.at, `there is ${this.seen()}, expected a colon`);
      this.at += 1;
      this.space();
      this.places.add(map, key, this.at, start);
      map[key] = this.value(depth);
      if (this.isLast('}')) return map;
    }
  }

  private isLast(close: string): boolean {
    this.space();
    const char = this.text[this.at];
    if (char !== close && char !== ',')
      this.fail(this.at, `there is ${this.seen()}, expected a comma or ${close}`);
    this.at += 1;
    return char === close;
  }
}

export function readJson(file: TextFile, text: string): { data: unknown; places: Places } {
  const reader = new JsonReader(file, text);
  return { data: reader.read(), places: reader.places };
}
