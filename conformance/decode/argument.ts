/** The bytes of an argument, member by member: value, meaning, holes, and what a short or a long struct means. */
import {
  type AbiName,
  type DecodedArgument,
  type FieldLayout,
  guessDirection,
  guessRole,
  type IoctlFact,
  type Layout,
  layoutOf,
  memberPath,
  membersOf,
  type Owner,
  readScalar,
  scalarFields,
  spellType,
} from '../../schemas/index.ts';
import { hexOf } from './hex.ts';
import { meaningOf } from './meaning.ts';

/** Longest array of bytes of which every byte is shown. */
const SHOWN_BYTES = 32;

interface Row extends FieldLayout {
  /** Present for an array of single bytes, which is one row. */
  readonly text?: true;
}

/** Single numbers, arrays of single bytes as a whole. */
function rows(layout: Layout, length: number): Row[] {
  const out: Row[] = [];
  for (const leaf of scalarFields(layout, length)) {
    const base = /^(.*)\[\d+\]$/.exec(leaf.path)?.[1];
    const last = out.at(-1);
    if (base !== undefined && leaf.size === 1) {
      if (last?.text && last.path === base && last.offset + last.size === leaf.offset) {
        out[out.length - 1] = { ...last, size: last.size + 1 };
        continue;
      }
      const { scalar: _one, ...bytes } = leaf;
      out.push({ ...bytes, path: base, text: true });
    } else out.push(leaf);
  }
  return out;
}

function bytesValue(bytes: Uint8Array): string {
  const end = bytes.indexOf(0) < 0 ? bytes.length : bytes.indexOf(0);
  const rest = bytes.subarray(end);
  const text = bytes.subarray(0, end);
  if (end > 0 && rest.every(byte => byte === 0) && text.every(byte => byte >= 0x20 && byte < 0x7f))
    return JSON.stringify(String.fromCharCode(...text));
  return hexOf(bytes, SHOWN_BYTES);
}

export function numberJson(value: bigint): number | string {
  const safe = value > -(1n << 53n) && value < 1n << 53n;
  return safe ? Number(value) : value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** How the members of a struct are described, or what they probably are. */
export class FieldReader {
  private readonly types: Map<string, string>;
  private readonly names: readonly string[];
  private readonly owner: Owner;
  private readonly ioctl: IoctlFact;

  constructor(owner: Owner, ioctl: IoctlFact, struct: string, layout: Layout) {
    this.owner = owner;
    this.ioctl = ioctl;
    this.types = new Map(
      membersOf(owner.types, struct).flatMap(({ path, type }) =>
        path === null ? [] : [[path, spellType(type, owner.types)]],
      ),
    );
    this.names = layout.fields.map(field => field.path);
  }

  typeOf(path: string): string {
    return this.types.get(memberPath(path)) ?? '';
  }

  read(field: FieldLayout, value: bigint) {
    const semantics = this.owner.calls.get(this.ioctl.name)?.semantics;
    const path = memberPath(field.path);
    const role = semantics?.fields[path];
    const isOpen = semantics?.questions?.some(({ about }) => about === `fields.${path}`);
    const guess = guessRole(field, this.names);
    const type = this.typeOf(field.path);
    const direction =
      role?.direction ?? guessDirection(this.ioctl.name, this.ioctl.direction, guess, field.path);
    const unwritten = direction === 'out' && value === 0n;
    const { text, wrong } = unwritten
      ? { text: 'the kernel writes it' }
      : meaningOf(this.owner, value, role, guess, type);
    return {
      type,
      direction,
      role: role?.role ?? guess,
      guessed: role === undefined || isOpen === true,
      meaning: text,
      ...(wrong === undefined ? {} : { wrong }),
    };
  }
}

function shared(row: Row, all: readonly Row[]): string[] {
  return all
    .filter(
      other =>
        other !== row && other.offset < row.offset + row.size && row.offset < other.offset + other.size,
    )
    .map(other => other.path);
}

export function decodeArgument(
  owner: Owner,
  ioctl: IoctlFact,
  struct: string,
  abi: AbiName,
  bytes: Uint8Array,
): DecodedArgument {
  const layout = layoutOf(owner.types, struct, abi);
  // What the caller does not give the core reads as zero (drivers/gpu/drm/drm_ioctl.c:911).
  const whole = new Uint8Array(Math.max(bytes.length, layout.size));
  whole.set(bytes);
  const reader = new FieldReader(owner, ioctl, struct, layout);
  const all = rows(layout, whole.length);
  const fields = all.map((row): DecodedArgument['fields'][number] => {
    const part = whole.subarray(row.offset, row.offset + row.size);
    const shares = shared(row, all);
    const value = row.text ? (part.some(byte => byte !== 0) ? 1n : 0n) : readScalar(whole, row);
    return {
      name: row.path,
      offset: row.offset,
      size: row.size,
      value: row.text ? bytesValue(part) : numberJson(value),
      ...reader.read(row, value),
      ...(row.offset + row.size > bytes.length ? { missing: true } : {}),
      ...(shares.length > 0 ? { shares } : {}),
    };
  });
  const holes = layout.holes.map(({ offset, size }) => {
    const part = bytes.subarray(offset, offset + size);
    return { offset, size, bytes: hexOf(part), zero: part.every(byte => byte === 0) };
  });
  const end = Math.max(layout.size, ...all.map(row => row.offset + row.size));
  const tail = bytes.subarray(end);
  return {
    abi,
    size: layout.size,
    given: bytes.length,
    fields,
    holes,
    ...(tail.length > 0
      ? { tail: { offset: end, bytes: hexOf(tail, 64), zero: tail.every(byte => byte === 0) } }
      : {}),
  };
}
