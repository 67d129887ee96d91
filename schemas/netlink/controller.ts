/** The family nlctrl, by which a program finds the numbers of the others (include/uapi/linux/genetlink.h). */
import { encodeAttribute, readAttributes } from './attributes.ts';
import { decodeGeneric, encodeGeneric, join, viewOf } from './message.ts';

/** GENL_ID_CTRL */
export const CONTROLLER = 0x10;
const [NEWFAMILY, GETFAMILY] = [1, 3];
const VERSION = 2;
const ATTR = { id: 1, name: 2, version: 3, groups: 7 } as const;
const GROUP = { name: 1, id: 2 } as const;

/** What the controller tells of a family. */
export interface FamilyNumbers {
  readonly name: string;
  readonly number: number;
  readonly version: number;
  /** Numbers of the multicast groups. */
  readonly groups: ReadonlyMap<string, number>;
}

const word = (value: number, width: 2 | 4): Uint8Array => {
  const bytes = new Uint8Array(width);
  if (width === 2) viewOf(bytes).setUint16(0, value, true);
  else viewOf(bytes).setUint32(0, value, true);
  return bytes;
};
const zeroEnded = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
const textOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes?.at(-1) === 0 ? new TextDecoder().decode(bytes.subarray(0, -1)) : undefined;
const wordOf = (bytes: Uint8Array | undefined): number =>
  bytes?.length === 4
    ? viewOf(bytes).getUint32(0, true)
    : bytes?.length === 2
      ? viewOf(bytes).getUint16(0, true)
      : 0;
const byNumber = (bytes: Uint8Array) =>
  new Map(readAttributes(bytes).attributes.map(({ number, bytes: value }) => [number, value]));

/** Payload of the message that asks for a family by its name. */
export function askFamily(name: string): Uint8Array {
  return encodeGeneric({ command: GETFAMILY, version: VERSION }, encodeAttribute(ATTR.name, zeroEnded(name)));
}

/** The name that such a message asks for. */
export function askedFamily(payload: Uint8Array): string | undefined {
  const generic = decodeGeneric(payload);
  return generic?.command === GETFAMILY ? textOf(byNumber(generic.attributes).get(ATTR.name)) : undefined;
}

/** Payload of the answer. */
export function tellFamily({ name, number, version, groups }: FamilyNumbers): Uint8Array {
  const inner = [...groups].map(([group, id], index) =>
    encodeAttribute(
      index + 1,
      join([encodeAttribute(GROUP.id, word(id, 4)), encodeAttribute(GROUP.name, zeroEnded(group))]),
      true,
    ),
  );
  return encodeGeneric(
    { command: NEWFAMILY, version: VERSION },
    join([
      encodeAttribute(ATTR.name, zeroEnded(name)),
      encodeAttribute(ATTR.id, word(number, 2)),
      encodeAttribute(ATTR.version, word(version, 4)),
      ...(inner.length > 0 ? [encodeAttribute(ATTR.groups, join(inner), true)] : []),
    ]),
  );
}

/** What an answer tells; undefined when it is none. */
export function toldFamily(payload: Uint8Array): FamilyNumbers | undefined {
  const generic = decodeGeneric(payload);
  if (generic?.command !== NEWFAMILY) return undefined;
  const found = byNumber(generic.attributes);
  const name = textOf(found.get(ATTR.name));
  if (name === undefined) return undefined;
  const groups = readAttributes(found.get(ATTR.groups) ?? new Uint8Array(0)).attributes.map(({ bytes }) => {
    const group = byNumber(bytes);
    return [textOf(group.get(GROUP.name)) ?? '', wordOf(group.get(GROUP.id))] as const;
  });
  return {
    name,
    number: wordOf(found.get(ATTR.id)),
    version: wordOf(found.get(ATTR.version)),
    groups: new Map(groups),
  };
}
