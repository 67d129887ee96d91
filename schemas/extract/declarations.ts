import type { Node, Parser } from 'web-tree-sitter';
import type {
  CompositeFact,
  ConstantFact,
  CType,
  EnumFact,
  IoctlFact,
  MemberFact,
  TypedefFact,
  UnresolvedFact,
} from '../layout/types.ts';
import { enumInteger, NotConstant } from './expression.ts';
import { parseRequest } from './requests.ts';
import { type Pair, type Scopes, successor, valueFact } from './scopes.ts';
import type { SourceText } from './source-text.ts';
import { type Place, tokenizeLine } from './tokens.ts';

/** What the declarations of one header give. */
export interface Declarations {
  readonly types: CompositeFact[];
  readonly enums: EnumFact[];
  readonly typedefs: TypedefFact[];
  readonly ioctls: IoctlFact[];
  readonly unresolved: UnresolvedFact[];
}

/** A type specifier with the text that stands for it where something points to it. */
interface Base {
  readonly type: CType;
  readonly spelling: string;
}

type Shape = Pick<CompositeFact, 'members' | 'packed' | 'align'>;

const COMPOSITES = new Set(['struct_specifier', 'union_specifier']);

function children(node: Node): Node[] {
  return node.namedChildren.filter(child => child !== null);
}

function fields(node: Node, name: string): Node[] {
  return node.childrenForFieldName(name).filter(child => child !== null);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** `packed` and `aligned(n)` among the attributes that stand directly on a node; others do not change a layout. */
function layoutAttributes(node: Node): Pick<CompositeFact, 'packed' | 'align'> {
  const text = children(node)
    .filter(child => child.type === 'attribute_specifier')
    .map(child => oneLine(child.text))
    .join(' ');
  const packed = /\b(__packed__|packed)\b/.test(text);
  const aligned = /\b(__aligned__|aligned)\b(?: ?\( ?(\d+) ?\))?/.exec(text);
  if (aligned && aligned[2] === undefined)
    throw new NotConstant(`the alignment in ${text} is no plain number`);
  return { ...(packed ? { packed } : {}), ...(aligned ? { align: Number(aligned[2]) } : {}) };
}

/** Walks the syntax tree of a header with its includes and keeps what belongs to the header. */
class DeclarationReader {
  readonly found: Declarations = { types: [], enums: [], typedefs: [], ioctls: [], unresolved: [] };
  private readonly source: SourceText;
  private readonly header: string;
  private readonly scopes: Scopes;

  constructor(source: SourceText, header: string, scopes: Scopes) {
    this.source = source;
    this.header = header;
    this.scopes = scopes;
  }

  root(node: Node): void {
    for (const child of children(node)) {
      this.guarded(child, this.nameOf(child), () => {
        if (child.hasError) throw new NotConstant('the declaration cannot be parsed');
        if (child.type === 'type_definition') this.typedef(child);
        else if (child.type === 'declaration') this.base(child.childForFieldName('type')!);
        else if (child.type === 'enum_specifier' || COMPOSITES.has(child.type)) this.base(child);
        else if (child.type === 'ERROR') throw new NotConstant('the declaration cannot be parsed');
        else if (child.type === 'linkage_specification') this.root(child.childForFieldName('body')!);
      });
    }
  }

  private place(node: Node): Place {
    return this.source.rows[node.startPosition.row]!;
  }

  private isOwn(node: Node): boolean {
    return this.place(node).file === this.header;
  }

  private nameOf(node: Node): string {
    const tag = node.childForFieldName('name')?.text;
    // A typedef goes by its last word; anything else without a tag by its first.
    const words = node.text.match(/[A-Za-z_]\w*/g);
    return tag ?? (node.type === 'type_definition' ? words?.at(-1) : words?.[0]) ?? '_';
  }

  /** Runs `read`; a reason it throws is kept under `name`. */
  private guarded(node: Node, name: string, read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof NotConstant)) throw error;
      if (!this.isOwn(node)) return;
      this.found.unresolved.push({ name, line: this.place(node).line, reason: error.message });
    }
  }

  private base(node: Node): Base {
    if (node.type === 'enum_specifier') return this.enumSpecifier(node);
    if (COMPOSITES.has(node.type)) return this.composite(node);
    const spelling = oneLine(node.text);
    return { type: { scalar: spelling }, spelling };
  }

  private enumSpecifier(node: Node): Base {
    const name = node.childForFieldName('name')?.text ?? null;
    const body = node.childForFieldName('body');
    const spelling = name === null ? 'enum' : `enum ${name}`;
    if (body) {
      const members: ConstantFact[] = [];
      let previous: Pair | undefined;
      let first = true;
      for (const child of children(body).filter(one => one.type === 'enumerator')) {
        const before = first ? undefined : previous;
        previous = undefined;
        this.guarded(child, this.nameOf(child), () => {
          previous = this.enumerator(child, before, first, members);
        });
        first = false;
      }
      if (this.isOwn(node) && members.length > 0) {
        this.found.enums.push({ name, line: this.place(node).line, members });
      }
    }
    return { type: { scalar: spelling }, spelling };
  }

  private enumerator(
    node: Node,
    before: Pair | undefined,
    first: boolean,
    members: ConstantFact[],
  ): Pair | undefined {
    const name = this.nameOf(node);
    const { line } = this.place(node);
    const value = node.childForFieldName('value');
    const request = value && this.source.requests.get(oneLine(value.text).replaceAll(/^[( ]+|[) ]+$/g, ''));
    if (request) {
      const fact = parseRequest(request, this.scopes.lp64);
      if (this.isOwn(node)) this.found.ioctls.push({ name, ...fact, line });
      // A member without a value after a request would be a request plus one; no header has any.
      return undefined;
    }
    if (!value && !first && !before) throw new NotConstant('the value of the member before it is not known');
    const zero = enumInteger(0n);
    const raw = value
      ? this.scopes.evaluate(tokenizeLine(value.text))
      : before
        ? successor(before)
        : { lp64: zero, ilp32: zero };
    const pair = { lp64: enumInteger(raw.lp64.value), ilp32: enumInteger(raw.ilp32.value) };
    this.scopes.addConstant(name, pair);
    members.push({ name, ...valueFact(pair), line });
    return pair;
  }

  private composite(node: Node): Base {
    const kind = node.type === 'struct_specifier' ? 'struct' : 'union';
    const name = node.childForFieldName('name')?.text;
    const body = node.childForFieldName('body');
    if (!name) {
      if (!body) throw new NotConstant(`a ${kind} without tag and members`);
      return { type: { anonymous: kind, ...this.shape(node, body) }, spelling: `${kind} { ... }` };
    }
    if (body) {
      this.guarded(node, name, () => {
        const { line } = this.place(node);
        const fact: CompositeFact = { name, kind, line, ...this.shape(node, body) };
        if (this.isOwn(node)) this.found.types.push(fact);
      });
    }
    return { type: { named: name }, spelling: `${kind} ${name}` };
  }

  private shape(node: Node, body: Node): Shape {
    const members = children(body).flatMap(child => this.members(child));
    const { packed, align } = layoutAttributes(node);
    return { ...(packed ? { packed } : {}), ...(align ? { align } : {}), members };
  }

  private members(node: Node): MemberFact[] {
    if (node.type !== 'field_declaration') return [];
    const specifier = node.childForFieldName('type')!;
    const base = this.base(specifier);
    const { align } = layoutAttributes(node);
    const extra = align ? { align } : {};
    const declarators = fields(node, 'declarator');
    if (children(node).some(child => child.type === 'bitfield_clause')) {
      throw new NotConstant(
        `its member ${declarators[0]?.text ?? ''} is a bit-field, whose place C leaves open`,
      );
    }
    if (declarators.length === 0) {
      // A struct with a tag and no name inside another struct only declares the tag.
      if (!('anonymous' in base.type)) return [];
      return [{ name: null, type: base.type, line: this.place(specifier).line, ...extra }];
    }
    const qualified = this.withQualifiers(node, base);
    return declarators.map(declarator => {
      const { name, type, at } = this.declarator(declarator, qualified);
      return { name, type, line: this.place(at).line, ...extra };
    });
  }

  private withQualifiers(node: Node, base: Base): Base {
    const isConst = children(node).some(child => child.type === 'type_qualifier' && child.text === 'const');
    return isConst ? { ...base, spelling: `const ${base.spelling}` } : base;
  }

  /** Applies a declarator to its base type, from the outside in. */
  private declarator(node: Node, { type, spelling }: Base): { name: string; type: CType; at: Node } {
    const inner = node.childForFieldName('declarator') ?? children(node)[0];
    switch (node.type) {
      case 'pointer_declarator':
        return this.declarator(inner!, { type: { pointer: spelling }, spelling: `${spelling} *` });
      case 'array_declarator': {
        const size = node.childForFieldName('size');
        const length = size ? this.arrayLength(size) : null;
        return this.declarator(inner!, { type: { array: type, length }, spelling: `${spelling} []` });
      }
      case 'function_declarator': {
        const target = `${spelling} ${oneLine(node.childForFieldName('parameters')!.text)}`;
        // Only a pointer to a function can be a member; the parentheses around it hold that pointer.
        let name = inner!;
        while (children(name).length > 0) name = children(name).at(-1)!;
        return { name: name.text, type: { pointer: target }, at: name };
      }
      case 'parenthesized_declarator':
      case 'attributed_declarator':
        return this.declarator(inner!, { type, spelling });
      default:
        return { name: node.text, type, at: node };
    }
  }

  private arrayLength(size: Node): number {
    const { lp64, ilp32 } = this.scopes.evaluate(tokenizeLine(size.text));
    if (lp64.value !== ilp32.value)
      throw new NotConstant(`the length ${oneLine(size.text)} depends on the ABI`);
    return Number(lp64.value);
  }

  private typedef(node: Node): void {
    const base = this.withQualifiers(node, this.base(node.childForFieldName('type')!));
    if (layoutAttributes(node).align) throw new NotConstant('the type carries an alignment of its own');
    for (const declarator of fields(node, 'declarator')) {
      const { name, type, at } = this.declarator(declarator, base);
      if ('scalar' in type) this.scopes.addTypedef(name, type.scalar);
      if (this.isOwn(node)) this.found.typedefs.push({ name, type, line: this.place(at).line });
    }
  }
}

/**
 * Reads structs, unions, enums, typedefs and the requests that enums define. Enum constants and typedefs of all
 * headers become known to `scopes`; only what `header` declares is returned, in the order of its lines.
 */
export function readDeclarations(
  source: SourceText,
  header: string,
  parser: Parser,
  scopes: Scopes,
): Declarations {
  const tree = parser.parse(source.text);
  if (!tree) throw new Error(`${header}: the C parser has no language set`);
  try {
    const reader = new DeclarationReader(source, header, scopes);
    reader.root(tree.rootNode);
    for (const list of Object.values(reader.found)) {
      list.sort((a: { line: number }, b: { line: number }) => a.line - b.line);
    }
    return reader.found;
  } finally {
    tree.delete();
  }
}
