/** The C header of the protocol, for the executor: structs, enums, constants, and asserts of every offset. */

import type { ProtocolDescription, ProtocolMember } from './description.ts';
import { recordLayout } from './layout.ts';

function declaration(member: ProtocolMember): string {
  const type = 'scalar' in member.type ? member.type.scalar : `struct ${member.type.named}`;
  return `\t${type} ${member.name};\t/* ${member.summary} */`;
}

const hex = (value: number) => (value > 99999 ? `0x${value.toString(16)}` : String(value));

export function cHeader(description: ProtocolDescription): string {
  const lines = [
    '/* Generated from schemas/protocol/protocol.yaml; do not edit. */',
    '#ifndef PROTOCOL_H',
    '#define PROTOCOL_H',
    '',
    '#include <stddef.h>',
    '#include <linux/types.h>',
    '',
    ...description.constants.flatMap(({ name, value, summary }) => [
      `/* ${summary} */`,
      `#define ${name} ${hex(value)}${value > 0xffffffff ? 'ull' : 'u'}`,
    ]),
  ];
  for (const { name, summary, members } of description.enums) {
    lines.push('', `/* ${summary} */`, `enum ${name} {`);
    for (const member of members) lines.push(`\t${member.name} = ${member.value},\t/* ${member.summary} */`);
    lines.push('};');
  }
  for (const { name, summary, members } of description.types) {
    lines.push('', `/* ${summary} */`, `struct ${name} {`, ...members.map(declaration), '};');
    const layout = recordLayout(description, name);
    lines.push(`_Static_assert(sizeof(struct ${name}) == ${layout.size}, "size of ${name}");`);
    for (const field of layout.fields) {
      lines.push(
        `_Static_assert(offsetof(struct ${name}, ${field.name}) == ${field.offset}, "offset of ${name}.${field.name}");`,
      );
    }
  }
  lines.push('', '/* Number of arguments of each op. */', '#define PROTO_OP_ARGUMENTS \\');
  const counts = description.ops.map(({ op, arguments: list }) => `\t[${op}] = ${list.length},`);
  lines.push(counts.join(' \\\n'), '', '#endif', '');
  return lines.join('\n');
}
