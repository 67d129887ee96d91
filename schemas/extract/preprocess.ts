import type { CInteger } from './expression.ts';
import { enumInteger, evaluate, NotConstant } from './expression.ts';
import type { Macro, Macros } from './macros.ts';
import { expand, parseDefine } from './macros.ts';
import type { Token } from './tokens.ts';
import { spell, tokenize } from './tokens.ts';

/** Gives the text of a header by its path below the include root; undefined when it is not there. */
export type Include = (path: string) => string | undefined;

export interface Preprocessed {
  /** All text of the header and of what it includes, with the macros expanded. */
  readonly tokens: readonly Token[];
  /** The macros that are defined at the end. */
  readonly macros: Macros;
  /** Every macro the header itself defines, in order; of repeated definitions the last. */
  readonly own: readonly Macro[];
  /** Macros that only guard the header against being included twice. */
  readonly guards: ReadonlySet<string>;
  /** Conditions that a program of another ABI would decide otherwise; they were decided for 64 bits. */
  readonly abiConditions: readonly Token[];
}

/**
 * Names that must survive expansion: request macros are facts by themselves, and the aligned scalars are types the
 * layout engine knows by name.
 */
const KEPT = /^(_IO|_IOR|_IOW|_IOWR|_IOC|__aligned_[usbl]e?64)$/;
const ABI_NAMES = /^(__BITS_PER_LONG|__LP64__|__ILP32__|_LP64|__SIZEOF_LONG__|__x86_64__|__i386__|__arm__)$/;
const PREDEFINED = ['__linux__ 1', '__BITS_PER_LONG 64', '__BITS_PER_LONG_LONG 64'];

interface Branch {
  active: boolean;
  taken: boolean;
  readonly outer: boolean;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

class Preprocessor {
  readonly tokens: Token[] = [];
  readonly macros: Macros = new Map();
  readonly guards = new Set<string>();
  readonly abiConditions: Token[] = [];
  private readonly header: string;
  private readonly include: Include;
  private pending: Token[] = [];

  constructor(header: string, include: Include) {
    this.header = header;
    this.include = include;
  }

  file(path: string, text: string): void {
    const branches: Branch[] = [];
    const lines = tokenize(text, path);
    lines.forEach((line, i) => {
      const [hash, directive] = line;
      if (hash?.text === '#' && directive?.kind !== 'string') {
        this.flush();
        if (i === 0) this.noteGuard(line, lines[1]);
        this.directive(directive?.text ?? '', line.slice(2), branches, path);
      } else if (branches.at(-1)?.active ?? true) {
        this.pending.push(...line);
      }
    });
    this.flush();
    if (branches.length > 0) throw new NotConstant(`${path}: ${branches.length} #if without #endif`);
  }

  private flush(): void {
    for (const token of expand(this.pending, this.macros)) this.tokens.push(token);
    this.pending = [];
  }

  /** `#ifndef X` / `#define X` on the first two lines, X empty. */
  private noteGuard(first: readonly Token[], second: readonly Token[] | undefined): void {
    const name = first[2]?.text;
    const empty = second?.length === 3 && second[1]?.text === 'define' && second[2]?.text === name;
    if (first[1]?.text === 'ifndef' && empty && name) {
      this.guards.add(name);
    }
  }

  private directive(name: string, rest: readonly Token[], branches: Branch[], path: string): void {
    const top = branches.at(-1);
    const active = top?.active ?? true;
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const taken = active && this.decide(name, rest);
      branches.push({ active: taken, taken, outer: active });
    } else if (name === 'elif' && top) {
      top.active = top.outer && !top.taken && this.decide('if', rest);
      top.taken ||= top.active;
    } else if (name === 'else' && top) {
      top.active = top.outer && !top.taken;
      top.taken = true;
    } else if (name === 'endif') {
      branches.pop();
    } else if (active && name === 'define') {
      const macro = parseDefine(rest);
      if (macro && !KEPT.test(macro.name)) this.macros.set(macro.name, macro);
    } else if (active && name === 'undef') {
      this.macros.delete(rest[0]?.text ?? '');
    } else if (active && name === 'include') {
      this.included(rest, path);
    }
  }

  private included(rest: readonly Token[], from: string): void {
    const quoted = rest[0]?.kind === 'string';
    const path = quoted
      ? rest[0]!.text.slice(1, -1)
      : rest
          .slice(1, -1)
          .map(token => token.text)
          .join('');
    for (const candidate of quoted ? [folderOf(from) + path, path] : [path]) {
      // The header itself is being read; its guard would make a second reading empty.
      if (candidate === this.header) return;
      const text = this.include(candidate);
      if (text !== undefined) {
        this.file(candidate, text);
        return;
      }
    }
  }

  private decide(directive: string, rest: readonly Token[]): boolean {
    for (const token of rest) {
      if (ABI_NAMES.test(token.text) && token.file === this.header) this.abiConditions.push(token);
    }
    if (directive === 'ifdef') return this.macros.has(rest[0]?.text ?? '');
    if (directive === 'ifndef') return !this.macros.has(rest[0]?.text ?? '');
    const expanded = expand(this.withoutDefined(rest), this.macros);
    const zero: CInteger = enumInteger(0n);
    try {
      // In a condition a name that is no macro is 0 (C11 6.10.1), and so is the call of an unknown one.
      return evaluate(expanded, { long: 64, constant: () => zero, scalar: () => undefined }).value !== 0n;
    } catch (error) {
      if (!(error instanceof NotConstant)) throw error;
      const at = rest[0];
      throw new NotConstant(`${at?.file}:${at?.line}: cannot decide #if ${spell(rest)}: ${error.message}`);
    }
  }

  private withoutDefined(tokens: readonly Token[]): Token[] {
    const out: Token[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (token.text !== 'defined') {
        out.push(token);
        continue;
      }
      const bracket = tokens[i + 1]?.text === '(';
      const name = tokens[i + (bracket ? 2 : 1)]?.text ?? '';
      out.push({ ...token, kind: 'number', text: this.macros.has(name) ? '1' : '0' });
      i += bracket ? 3 : 1;
    }
    return out;
  }
}

/**
 * Runs the C preprocessor over a header and everything it includes that `include` can give. `definitions` are
 * macros defined beforehand, each as it would follow `#define`.
 */
export function preprocess(
  header: string,
  text: string,
  include: Include,
  definitions: readonly string[],
): Preprocessed {
  const run = new Preprocessor(header, include);
  for (const definition of [...PREDEFINED, ...definitions]) {
    const macro = parseDefine(tokenize(definition, '').flat());
    if (macro) run.macros.set(macro.name, macro);
  }
  run.file(header, text);
  const own = [...run.macros.values()].filter(macro => macro.file === header).sort((a, b) => a.line - b.line);
  return {
    tokens: run.tokens,
    macros: run.macros,
    own,
    guards: run.guards,
    abiConditions: run.abiConditions,
  };
}
