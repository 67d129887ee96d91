/** The records that the messages of the executor protocol are made of, as facts and sets. */
import { protocol } from '../../generated/protocol.ts';
import { buildTypeTable, type TypeTable } from '../../layout/type-table.ts';
import type { CompositeFact, Facts } from '../../layout/types.ts';
import type { MemberSet } from './sets.ts';

export interface Messages {
  readonly header: string;
  readonly types: TypeTable;
  readonly structs: readonly CompositeFact[];
}

/** Where the generated C header of the protocol is. */
const HEADER = 'conformance/executor/generated/protocol.h';

export function messages(): Messages {
  const structs = protocol.types.map(
    ({ name, kind, members }): CompositeFact => ({
      name,
      kind,
      line: 0,
      members: members.map(({ name: member, type }) => ({ name: member, type, line: 0 })),
    }),
  );
  const facts: Facts = {
    header: HEADER,
    kernel: '',
    source: { package: '', version: '', sha256: '', license: '' },
    constants: [],
    enums: [],
    types: structs,
    typedefs: [],
    ioctls: [],
    unresolved: [],
  };
  return { header: HEADER, types: buildTypeTable([facts]), structs };
}

/** The members that name a member of an enum. */
export function messageSets(struct: string): MemberSet[] {
  const members = protocol.types.find(({ name }) => name === struct)?.members ?? [];
  return members.flatMap(({ name, values: tag }): MemberSet[] => {
    const found = protocol.enums.find(each => each.name === tag);
    if (!found) return [];
    const values = found.members.map(({ value }) => BigInt(value));
    return [{ path: name, kind: 'values', values, allows: value => values.includes(value) }];
  });
}
