/** How a struct reaches the kernel, as far as the headers tell. */
import type { CType, Facts, IoctlFact } from '../layout/index.ts';

export interface Usage {
  /** Ioctls whose argument it is. */
  readonly arguments: readonly IoctlFact[];
  /** Members of other structs that are one, or an array of it. */
  readonly embedded: readonly { readonly owner: string; readonly member: string; readonly array: boolean }[];
}

/** Bits 8 to 15 of every request of a DRM or accel node. */
export const DRM_LETTER = 'd'.charCodeAt(0);

function tagOf(type: CType, facts: Facts): string | undefined {
  if ('named' in type) return type.named;
  if ('array' in type) return tagOf(type.array, facts);
  if (!('scalar' in type)) return undefined;
  const alias = facts.typedefs.find(({ name }) => name === type.scalar);
  return alias ? tagOf(alias.type, facts) : undefined;
}

/** The tag of an ioctl's argument. */
export function argumentOf(ioctl: IoctlFact, facts: Facts): string | undefined {
  return ioctl.argument ? tagOf(ioctl.argument, facts) : undefined;
}

export function usageOf(facts: Facts, name: string): Usage {
  const found: { owner: string; member: string; array: boolean }[] = [];
  const look = (owner: string, type: CType, member: string, array: boolean): void => {
    if ('array' in type) look(owner, type.array, member, true);
    else if ('anonymous' in type)
      for (const inner of type.members) look(owner, inner.type, inner.name ?? member, array);
    else if (tagOf(type, facts) === name) found.push({ owner, member, array });
  };
  for (const type of facts.types)
    for (const { name: member, type: of } of type.members) look(type.name, of, member ?? '', false);
  return {
    arguments: facts.ioctls.filter(ioctl => argumentOf(ioctl, facts) === name),
    embedded: found,
  };
}

/**
 * Whether the kernel reads a struct, so that what a caller left in its bytes counts, or only writes it; undefined for
 * one that only a pointer leads to, of which no header tells.
 */
export function kernelReads(facts: Facts, name: string): boolean | undefined {
  const { arguments: ioctls, embedded } = usageOf(facts, name);
  const answers = [
    ...ioctls.map(({ direction }) => direction !== 'read'),
    ...embedded.filter(({ owner }) => owner !== name).map(({ owner }) => kernelReads(facts, owner)),
  ];
  return answers.includes(true) ? true : answers.includes(undefined) ? undefined : answers[0];
}
