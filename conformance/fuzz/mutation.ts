/** What every kind of mutation gets and gives. */
import type { Random } from '../plan/random.ts';

export interface Subject {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The parsed content; several for a stream. */
  readonly data: unknown;
}

export interface MutationContext {
  readonly random: Random;
  /** Another subject, to splice with. */
  other(): Subject;
  /** Names that occur in the descriptions: of fields, constants, structs, rules, errnos. */
  readonly names: readonly string[];
}

export interface Mutation {
  readonly kind: string;
  readonly name: string;
  mutate(subject: Subject, context: MutationContext): Uint8Array;
}

const encoder = new TextEncoder();
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** JSON is YAML too, so data of both can be written so. */
export const written = (data: unknown): Uint8Array => utf8(`${JSON.stringify(data, null, 1)}\n`);

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
