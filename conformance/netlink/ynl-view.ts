/** What the kernel's YNL command prints with --output-json, made of what the kit decodes. */
import {
  type Ack,
  enumEntries,
  errnoName,
  type Fields,
  type FieldValue,
  findAttribute,
  type NetlinkFamily,
  type YnlAttribute,
} from '../../schemas/index.ts';
import type { Answer } from './answers.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Words of the C library for the errnos that are met. */
const WORDS: Readonly<Record<string, string>> = {
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  ENODEV: 'No such device',
  ENOENT: 'No such file or directory',
  EOPNOTSUPP: 'Operation not supported',
};

const hex = (bytes: Uint8Array) => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');

export class YnlView {
  private readonly family: NetlinkFamily;

  constructor(family: NetlinkFamily) {
    this.family = family;
  }

  /** The name of a value, or the names of bits, in the order that the command gives a set. */
  private named(attribute: YnlAttribute, value: number): Json {
    const definition = this.family.spec.definitions?.find(({ name }) => name === attribute.enum);
    if (!definition) return value;
    const entries = new Map(
      enumEntries(this.family.spec, definition).map(entry => [entry.value, entry.name]),
    );
    const word = (at: number): Json => entries.get(at) ?? at;
    if (!attribute['enum-as-flags']) return word(value);
    const bits = Array.from({ length: 32 }, (_, bit) => bit).filter(bit => (value >>> bit) & 1);
    return bits.map(word).sort();
  }

  private value(attribute: YnlAttribute, value: FieldValue): Json {
    if (value instanceof Uint8Array) return hex(value);
    if (value === true || typeof value === 'string') return value;
    if (typeof value === 'bigint') return this.named(attribute, Number(value));
    if ('selector' in value)
      return {
        value: this.named(attribute, value.value),
        selector: this.named(attribute, value.selector),
      };
    return this.fields(attribute['nested-attributes']!, value);
  }

  /** Of an attribute that comes again and is not said to, the last counts. */
  fields(set: string, fields: Fields): Json {
    const made: { [name: string]: Json } = {};
    for (const [name, value] of fields) {
      const attribute = findAttribute(this.family.spec, set, name);
      const shown = attribute ? this.value(attribute, value) : 'not described';
      const before = made[name];
      if (!attribute?.['multi-attr']) made[name] = shown;
      else made[name] = Array.isArray(before) ? [...before, shown] : [shown];
    }
    return made;
  }

  /** Of what a request came to: the printed value, or undefined where it ended with an errno. */
  answers(operation: string, dump: boolean, answers: readonly Answer[]): Json | undefined {
    if (answers.some(answer => 'ack' in answer && answer.ack.errno !== 0)) return undefined;
    const set = this.family.operations.get(operation)!.spec['attribute-set'];
    const replies = answers.flatMap(answer =>
      answer.kind === 'reply' ? [this.fields(set, answer.fields)] : [],
    );
    if (dump) return replies;
    return replies.length > 1 ? replies : (replies[0] ?? null);
  }
}

/** What the command has to print of an end with an errno. */
export const refusalOf = ({ errno, message }: Ack): string =>
  `Netlink error: ${message === undefined ? '' : `${message}: `}${WORDS[errnoName(errno)] ?? errnoName(errno)}`;
