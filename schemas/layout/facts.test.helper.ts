import type { CompositeFact, CType, Facts, MemberFact } from './types.ts';

/** Facts of a made-up header for the tests of this folder: what is not given is empty. */
export function factsOf(parts: Partial<Facts>): Facts {
  return {
    header: 'drm/x.h',
    kernel: '7.3.4',
    source: { package: 'test', version: '1', sha256: '0'.repeat(64), license: 'MIT' },
    constants: [],
    enums: [],
    types: [],
    typedefs: [],
    ioctls: [],
    unresolved: [],
    ...parts,
  };
}

/** Members from pairs of name and type; a string is a scalar, null a member without a name. */
export function members(...pairs: [string | null, CType | string][]): MemberFact[] {
  return pairs.map(([name, type], i) => {
    return { name, type: typeof type === 'string' ? { scalar: type } : type, line: i };
  });
}

/** A struct from pairs as {@link members} takes them. */
export function struct(name: string, ...pairs: [string | null, CType | string][]): CompositeFact {
  return { name, kind: 'struct', line: 1, members: members(...pairs) };
}
