/**
 * Reads YAML 1.2 (core schema, `<<` for merging as the descriptions use it) and keeps where every value stands. One
 * document, no tags, no directives, keys of plain text; an alias stands for what it repeats.
 */
import {
  CST,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { MOST_DEPTH, MOST_VALUES } from './limits.ts';
import { Places } from './places.ts';
import { errorAt, type TextFile } from './text.ts';
import { keyProblem, numberProblem } from './values.ts';

const TOO_DEEP = `lists and maps are nested more than ${MOST_DEPTH} deep; make it flatter`;
/** A key, a colon, a value and a comma. */
const TOKENS_OF_A_VALUE = 4;

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'one file is one document; remove the line with ---',
  RESOURCE_EXHAUSTION: TOO_DEEP,
};

/** Tokens that open what others enclose. */
const OPENING: ReadonlySet<string | null> = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSING: ReadonlySet<string | null> = new Set(['flow-map-end', 'flow-seq-end']);
/** Tokens of which several in a row each enclose the next, or say the same of one value. */
const REPEATING: ReadonlySet<string | null> = new Set([
  'seq-item-ind',
  'explicit-key-ind',
  'map-value-ind',
  'anchor',
]);

/**
 * What the tokens alone can tell, from the lexer, which neither nests nor keeps anything: the parser takes long for
 * what is deep or wrong in a hundred thousand places.
 */
function checkTokens(file: TextFile, text: string): void {
  let offset = 0;
  let count = 0;
  let flow = 0;
  let row = 0;
  const fail = (at: number, sentence: string): never => {
    throw errorAt(file, text, at, sentence);
  };
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source);
    // These marks of the lexer stand for no text: the start of a document, of a scalar, the end of wrong flow.
    if (type === 'doc-mode' || type === 'scalar' || type === 'flow-error-end') continue;
    const at = offset;
    offset += source.length;
    if (type === 'space') continue;
    row = REPEATING.has(type) ? row + 1 : 0;
    if (OPENING.has(type)) flow += 1;
    if (CLOSING.has(type)) flow -= 1;
    if (flow > MOST_DEPTH || row > MOST_DEPTH) fail(at, TOO_DEEP);
    if (flow < 0) fail(at, `there is ${source} that nothing opened; remove it`);
    if (type === 'newline' || type === 'comment') continue;
    count += 1;
    if (type === 'tag')
      fail(at, `there is the tag ${source.slice(0, 40)}; tags are not used here, remove it`);
    if (type === 'directive-line')
      fail(at, 'there is a % directive; directives are not used here, remove it');
    if (count > TOKENS_OF_A_VALUE * MOST_VALUES)
      fail(at, `the file has more than ${MOST_VALUES} values; split it`);
  }
}

/** What an alias repeats. */
interface Anchor {
  value: unknown;
  /** Values in it, itself included. */
  size: number;
  /** Lists and maps inside one another, itself included. */
  height: number;
  /** Still being read. */
  open: boolean;
}

class YamlReader {
  readonly places = new Places();
  private readonly file: TextFile;
  private readonly text: string;
  private readonly anchors = new Map<string, Anchor>();
  /** Values so far, those that aliases repeat counted again. */
  private count = 0;
  /** The most lists and maps inside one another so far. */
  private deepest = 0;

  constructor(file: TextFile, text: string) {
    this.file = file;
    this.text = text;
  }

  read(): unknown {
    checkTokens(this.file, this.text);
    const doc = parseDocument(this.text, {
      schema: 'core',
      intAsBigInt: true,
      // Checked below: the library compares every key with every other one.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    });
    const [error] = [...doc.errors, ...doc.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
    if (error) {
      const hint = HINTS[error.code];
      const what = error.message.split('\n')[0]!.replace(/[.:]$/, '');
      this.fail(error.pos[0], `this is no YAML (${what}); ${hint ?? 'mend it'}`);
    }
    const root = doc.contents as { range?: readonly number[] } | null;
    const start = root?.range?.[0] ?? 0;
    this.places.setRoot(start);
    if (root === null || (isScalar(root) && root.value === null && !root.source))
      this.fail(start, 'the file is empty; expected YAML');
    return this.value(root, start, 0);
  }

  private fail(offset: number, sentence: string): never {
    throw errorAt(this.file, this.text, offset, sentence);
  }

  private spend(offset: number, values: number): void {
    this.count += values;
    if (this.count > MOST_VALUES)
      this.fail(
        offset,
        `the file has more than ${MOST_VALUES} values, with what its aliases repeat; split it`,
      );
  }

  /** `near` is where an empty value would stand. */
  private value(node: unknown, near: number, depth: number): unknown {
    const offset = offsetOf(node) ?? near;
    if (isAlias(node)) return this.alias(node.source, offset, depth);
    this.spend(offset, 1);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor === undefined) return this.plain(node, offset, depth);
    const [before, outer] = [this.count, this.deepest];
    const entry: Anchor = { value: undefined, size: 0, height: 0, open: true };
    this.anchors.set(anchor, entry);
    this.deepest = depth;
    entry.value = this.plain(node, offset, depth);
    entry.size = this.count - before + 1;
    entry.height = this.deepest - depth;
    entry.open = false;
    this.deepest = Math.max(outer, this.deepest);
    return entry.value;
  }

  /** Goes into a list or map that `depth` others enclose. */
  private enter(offset: number, depth: number): void {
    if (depth > MOST_DEPTH) this.fail(offset, TOO_DEEP);
    this.deepest = Math.max(this.deepest, depth);
  }

  private plain(node: unknown, offset: number, depth: number): unknown {
    if (isScalar(node)) {
      const { value, source } = node;
      if (typeof value === 'bigint' || typeof value === 'number') {
        const problem = numberProblem(value, source ?? String(value));
        if (problem !== undefined) this.fail(offset, problem);
        return Number(value);
      }
      if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
      return this.fail(offset, 'this value is neither text, number, true, false nor null; write it as text');
    }
    if (node === null || node === undefined) return null;
    this.enter(offset, depth + 1);
    if (isSeq(node)) return this.list(node, offset, depth + 1);
    if (isMap(node)) return this.map(node, offset, depth + 1);
    return this.fail(offset, 'this is neither a value, a list nor a map; mend it');
  }

  private list(node: YAMLSeq, offset: number, depth: number): unknown[] {
    const list: unknown[] = [];
    for (const item of node.items) {
      if (isPair(item))
        this.fail(offsetOf(item.key) ?? offset, 'this list item is a pair without braces; put it in { }');
      this.places.add(list, list.length, offsetOf(item) ?? offset);
      list.push(this.value(item, offset, depth));
    }
    return list;
  }

  private map(node: YAMLMap, offset: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const merged: Record<string, unknown> = {};
    for (const pair of node.items) {
      const at = offsetOf(pair.key) ?? offset;
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string')
        this.fail(at, 'this key is no text; write it in quotes');
      const key = pair.key.value;
      if (key === '<<' && pair.key.type === 'PLAIN') {
        this.merge(pair.value, at, depth - 1, merged);
        continue;
      }
      const problem = keyProblem(key, map);
      if (problem !== undefined) this.fail(at, problem);
      this.places.add(map, key, offsetOf(pair.value) ?? at, at);
      map[key] = this.value(pair.value, at, depth);
    }
    // What the map says itself comes before what it merges in.
    for (const [key, value] of Object.entries(merged))
      if (!Object.hasOwn(map, key)) this.take(map, key, value, node);
    return map;
  }

  /** A merged value stands where the alias is: that is what the reader of the map can change. */
  private take(map: Record<string, unknown>, key: string, value: unknown, node: YAMLMap): void {
    const mark = node.items.find(pair => isScalar(pair.key) && pair.key.value === '<<');
    this.places.add(map, key, offsetOf(mark?.value) ?? 0, offsetOf(mark?.key) ?? 0);
    map[key] = value;
  }

  private merge(node: unknown, offset: number, depth: number, into: Record<string, unknown>): void {
    const from = isSeq(node) ? node.items : [node];
    for (const each of from) {
      const value = isAlias(each) ? this.alias(each.source, offsetOf(each) ?? offset, depth) : undefined;
      if (value === null || typeof value !== 'object' || Array.isArray(value))
        this.fail(offsetOf(each) ?? offset, '<< needs an alias of a map; write <<: *name');
      for (const [key, item] of Object.entries(value)) if (!Object.hasOwn(into, key)) into[key] = item;
    }
  }

  private alias(name: string, offset: number, depth: number): unknown {
    const entry = this.anchors.get(name);
    if (!entry)
      return this.fail(
        offset,
        `*${name.slice(0, 60)} stands for nothing before it; name an anchor &${name.slice(0, 60)}`,
      );
    if (entry.open)
      this.fail(offset, `*${name.slice(0, 60)} stands inside what it repeats; write the value out`);
    this.spend(offset, entry.size);
    this.enter(offset, depth + entry.height);
    return entry.value;
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0];
}

export function readYaml(file: TextFile, text: string): { data: unknown; places: Places } {
  const reader = new YamlReader(file, text);
  return { data: reader.read(), places: reader.places };
}
