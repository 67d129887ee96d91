/**
 * The types that a kernel or a module was built with, as the BPF Type Format holds them (linux/btf.h,
 * Documentation/bpf/btf.rst): a list of types that name one another by number. A module's list continues the kernel's.
 */

/** Bytes that are no BTF, or a type that its list does not have; the message says which. */
export class BtfError extends Error {}

/** linux/btf.h: BTF_KIND_*. */
export const KIND = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

export const MAGIC = 0xeb9f;
const VERSION = 1;
/** Up to `str_len`; a kernel newer than 7.2 adds where the sizes of kinds stand. */
export const SHORTEST_HEADER = 24;
const TYPE_BYTES = 12;

/** Bytes behind a type, and for each of its `vlen` parts. Other kinds have none. */
const BEHIND: Readonly<Record<number, number>> = {
  [KIND.INT]: 4,
  [KIND.ARRAY]: 12,
  [KIND.VAR]: 4,
  [KIND.DECL_TAG]: 4,
};
export const PART: Readonly<Record<number, number>> = {
  [KIND.STRUCT]: 12,
  [KIND.UNION]: 12,
  [KIND.ENUM]: 8,
  [KIND.FUNC_PROTO]: 8,
  [KIND.DATASEC]: 12,
  [KIND.ENUM64]: 12,
};

export interface BtfType {
  readonly id: number;
  readonly kind: number;
  readonly name: string;
  /** Meant by STRUCT and UNION: members hold bit-fields; by ENUM and ENUM64: values are signed. */
  readonly flag: boolean;
  /** Size in bytes, or the number of the type that this one refers to. */
  readonly sizeOrType: number;
  /** How many parts follow. */
  readonly length: number;
  /** What follows the type. */
  readonly rest: DataView;
}

export class Btf {
  /** How many types there are with those of the base; number 0 is void. */
  readonly count: number;
  private readonly base: Btf | undefined;
  private readonly view: DataView;
  private readonly strings: Uint8Array;
  /** Where each own type starts. */
  private readonly starts: number[] = [];
  private byName: Map<string, number[]> | undefined;

  constructor(bytes: Uint8Array, base?: Btf) {
    this.base = base;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < SHORTEST_HEADER || view.getUint16(0, true) !== MAGIC)
      throw new BtfError('the section does not begin as little-endian BTF does');
    if (view.getUint8(2) !== VERSION)
      throw new BtfError(`BTF of version ${view.getUint8(2)}, not ${VERSION}`);
    const header = view.getUint32(4, true);
    const part = (at: number): Uint8Array => {
      const start = header + view.getUint32(at, true);
      const end = start + view.getUint32(at + 4, true);
      if (end > bytes.length)
        throw new BtfError(`the header names ${end} bytes and there are ${bytes.length}`);
      return bytes.subarray(start, end);
    };
    const types = part(8);
    this.strings = part(16);
    this.view = new DataView(types.buffer, types.byteOffset, types.byteLength);
    for (let at = 0; at < types.length; at = this.after(at)) this.starts.push(at);
    this.count = (base?.count ?? 1) + this.starts.length;
  }

  private after(at: number): number {
    if (at + TYPE_BYTES > this.view.byteLength) throw new BtfError('the last type is cut off');
    const info = this.view.getUint32(at + 4, true);
    const kind = (info >>> 24) & 0x7f;
    if (kind === 0 || kind > KIND.ENUM64)
      throw new BtfError(`a type of kind ${kind}, which nobody has defined`);
    const next = at + TYPE_BYTES + (BEHIND[kind] ?? 0) + (info & 0xffffff) * (PART[kind] ?? 0);
    if (next > this.view.byteLength) throw new BtfError('the last type is cut off');
    return next;
  }

  /** The string at an offset; a module's strings continue the kernel's. */
  text(offset: number): string {
    const before = this.base?.stringBytes ?? 0;
    if (this.base && offset < before) return this.base.text(offset);
    const start = offset - before;
    const end = this.strings.indexOf(0, start);
    if (start >= this.strings.length || end < 0) throw new BtfError(`there is no string at ${offset}`);
    return new TextDecoder().decode(this.strings.subarray(start, end));
  }

  private get stringBytes(): number {
    return (this.base?.stringBytes ?? 0) + this.strings.length;
  }

  type(id: number): BtfType {
    const first = this.base?.count ?? 1;
    if (id < first && this.base) return this.base.type(id);
    const at = this.starts[id - first];
    if (at === undefined) throw new BtfError(`there is no type ${id}`);
    const info = this.view.getUint32(at + 4, true);
    const start = this.view.byteOffset + at + TYPE_BYTES;
    return {
      id,
      kind: (info >>> 24) & 0x7f,
      name: this.text(this.view.getUint32(at, true)),
      flag: info >>> 31 === 1,
      sizeOrType: this.view.getUint32(at + 8, true),
      length: info & 0xffffff,
      rest: new DataView(this.view.buffer, start, this.after(at) - at - TYPE_BYTES),
    };
  }

  /** All own types; those of the base are the base's. */
  *own(): Generator<BtfType> {
    for (let id = this.base?.count ?? 1; id < this.count; id++) yield this.type(id);
  }

  /** Every type of that name and of one of the kinds, the own ones before those of the base. */
  named(name: string, ...kinds: readonly number[]): BtfType[] {
    if (!this.byName) {
      this.byName = new Map();
      for (const { id, name: each } of this.own()) {
        const ids = this.byName.get(each);
        if (ids) ids.push(id);
        else this.byName.set(each, [id]);
      }
    }
    const own = (this.byName.get(name) ?? [])
      .map(id => this.type(id))
      .filter(each => kinds.includes(each.kind));
    return [...own, ...(this.base?.named(name, ...kinds) ?? [])];
  }
}
