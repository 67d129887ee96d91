/** What the kernel's generator calls things in C (tools/net/ynl/pyynl/ynl_gen_c.py), and the numbers it gives them. */
import type { Ynl, YnlAttributeSet, YnlDefinition, YnlOperation } from '../generated/types/ynl.ts';

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');

export function attributeConstant(spec: Ynl, set: YnlAttributeSet, attribute: string): string {
  return upper(`${set['name-prefix'] ?? `${spec.name}-a-${set.name}-`}${attribute}`);
}

/** A notification has the number of an operation; one that would have its name too ends in -ntf. */
export function operationConstant(spec: Ynl, operation: YnlOperation): string {
  return upper(
    `${spec.operations['name-prefix'] ?? `${spec.name}-cmd-`}${operation.name.replace(/-ntf$/, '')}`,
  );
}

export interface EnumEntry {
  readonly name: string;
  readonly constant: string;
  readonly value: number;
  readonly doc?: string;
}

export function enumEntries(spec: Ynl, definition: YnlDefinition): EnumEntry[] {
  let next = definition['value-start'] ?? 0;
  return definition.entries.map(each => {
    const entry = typeof each === 'string' ? { name: each } : each;
    const value = entry.value ?? next;
    next = value + 1;
    const constant = upper(`${spec.name}-${definition.name}-${entry.name}`);
    return { name: entry.name, constant, value, ...(entry.doc ? { doc: entry.doc } : {}) };
  });
}

/** Numbers of the attributes of a set that is no subset: the one it names, else one more than the attribute before. */
export function attributeNumbers(set: YnlAttributeSet): Map<string, number> {
  let next = 1;
  return new Map(
    set.attributes.map(({ name, value }) => {
      const number = value ?? next;
      next = number + 1;
      return [name, number];
    }),
  );
}

/** Numbers of requests and of what comes back. Without numbers of their own, operations are counted from 1. */
export function operationNumbers(spec: Ynl): Map<string, { request?: number; reply?: number }> {
  const numbers = new Map<string, { request?: number; reply?: number }>();
  let next = 1;
  for (const operation of spec.operations.list) {
    const { name, value } = operation;
    if (spec.operations['enum-model'] === 'directional') {
      const exchange = operation.do ?? operation.dump;
      const [request, reply] = [exchange?.request?.value, exchange?.reply?.value ?? value];
      numbers.set(name, {
        ...(request === undefined ? {} : { request }),
        ...(reply === undefined ? {} : { reply }),
      });
      continue;
    }
    const number = value ?? next;
    next = number + 1;
    numbers.set(
      name,
      operation.do || operation.dump ? { request: number, reply: number } : { reply: number },
    );
  }
  return numbers;
}
