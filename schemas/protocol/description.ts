/**
 * The protocol description as a value: what `protocol.yaml` holds, checked by
 * `schemas/meta/protocol.schema.json`. Everything in this folder is computed from it.
 */

/** A ctype as in facts, of which the protocol uses fixed-width scalars and structs. */
export type ProtocolType = { readonly scalar: string } | { readonly named: string };

export interface ProtocolConstant {
  readonly name: string;
  readonly value: number;
  readonly summary: string;
}

export interface ProtocolEnum {
  readonly name: string;
  readonly summary: string;
  readonly members: readonly ProtocolConstant[];
}

export interface ProtocolMember {
  readonly name: string;
  readonly type: ProtocolType;
  /** Name of the enum whose members are its only values. */
  readonly values?: string;
  readonly summary: string;
}

export interface ProtocolStruct {
  readonly name: string;
  readonly kind: 'struct';
  readonly summary: string;
  readonly members: readonly ProtocolMember[];
}

/** A table of records or a run of bytes, counted by a member of the payload. */
export interface ProtocolPart {
  readonly name: string;
  /** Name of a struct, or `bytes`. */
  readonly of: string;
  readonly count: string;
  readonly summary: string;
}

export interface ProtocolFrame {
  readonly frame: string;
  readonly sender: 'executor' | 'brain';
  readonly payload: string | null;
  readonly parts: readonly ProtocolPart[];
}

export interface ProtocolOp {
  readonly op: string;
  readonly arguments: readonly { readonly name: string; readonly summary: string }[];
  readonly result: string;
  readonly summary: string;
}

export interface ProtocolRule {
  readonly title: string;
  /** Markdown; `{NAME}` stands for the value of a constant. */
  readonly text: string;
}

export interface ProtocolDescription {
  readonly protocol: number;
  readonly summary: string;
  readonly constants: readonly ProtocolConstant[];
  readonly enums: readonly ProtocolEnum[];
  readonly types: readonly ProtocolStruct[];
  readonly frames: readonly ProtocolFrame[];
  readonly ops: readonly ProtocolOp[];
  readonly rules: readonly ProtocolRule[];
}

/** The named thing of a list, or an error that says what is missing. */
export function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find(item => item.name === name);
  if (!found) throw new Error(`the protocol description has no ${name}`);
  return found;
}

export function constant(description: ProtocolDescription, name: string): number {
  return named(description.constants, name).value;
}

/** `PROTO_STATUS_DONE` of enum `proto_status` is `done` to TypeScript. */
export function shortName(ofEnum: ProtocolEnum, member: string): string {
  return member.slice(ofEnum.name.length + 1).toLowerCase();
}

/** Both directions between an enum's numbers and its short names. */
export interface Names {
  readonly toNumber: ReadonlyMap<string, number>;
  readonly toName: ReadonlyMap<number, string>;
}

export function enumNames(description: ProtocolDescription, name: string): Names {
  const found = named(description.enums, name);
  const pairs = found.members.map(member => [shortName(found, member.name), member.value] as const);
  return { toNumber: new Map(pairs), toName: new Map(pairs.map(([short, value]) => [value, short])) };
}
