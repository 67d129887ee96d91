/** docs/protocol.md: everything a stranger needs to write an executor, printed from the description. */

import { type Message, protocolCodec } from './codec.ts';
import { named, type ProtocolDescription, type ProtocolFrame, shortName } from './description.ts';
import { examples } from './examples.ts';
import { recordLayout } from './layout.ts';

const hex = (value: number) => (value > 99999 ? `0x${value.toString(16)}` : String(value));
const cell = (text: string) => text.replaceAll('|', '\\|');

/** A Markdown table with aligned columns, as the formatter of this project wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map(row => row.map(cell));
  const widths = head.map((_, column) => Math.max(3, ...cells.map(row => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map(width => '-'.repeat(width)));
  const [first, ...rest] = cells.map(line);
  return [first!, rule, ...rest, ''];
}

function structLines(description: ProtocolDescription, name: string): string[] {
  const type = named(description.types, name);
  const layout = recordLayout(description, name);
  const rows = type.members.map((member, index) => {
    const field = layout.fields[index]!;
    const ctype = 'scalar' in member.type ? member.type.scalar.slice(2) : `\`${member.type.named}\``;
    const values = member.values ? ` One of \`${member.values}\`.` : '';
    return [String(field.offset), String(field.size), ctype, `\`${member.name}\``, member.summary + values];
  });
  return table(['offset', 'bytes', 'type', 'member', ''], rows);
}

function withConstants(description: ProtocolDescription, text: string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => hex(named(description.constants, name).value));
}

function frameLines(description: ProtocolDescription, frame: ProtocolFrame): string[] {
  const types = named(description.enums, 'proto_frame');
  const type = named(types.members, frame.frame);
  const lines = [
    `### ${shortName(types, frame.frame).toUpperCase()}`,
    '',
    `Type ${type.value}. ${type.summary}`,
    '',
  ];
  if (frame.payload === null) return [...lines, 'The payload is empty.', ''];
  const { size } = recordLayout(description, frame.payload);
  lines.push(
    `The payload begins with the ${size} bytes of \`${frame.payload}\`: ${named(description.types, frame.payload).summary}`,
    '',
    ...structLines(description, frame.payload),
    'Directly after it, in this order:',
    '',
    ...table(
      ['part', 'what', 'how many', ''],
      frame.parts.map(part => [
        part.name,
        part.of === 'bytes'
          ? 'bytes'
          : `\`${part.of}\`, ${recordLayout(description, part.of).size} bytes each`,
        `\`${part.count}\``,
        part.summary,
      ]),
    ),
  );
  for (const part of frame.parts.filter(({ of }) => of !== 'bytes'))
    lines.push(
      `\`${part.of}\`: ${named(description.types, part.of).summary}`,
      '',
      ...structLines(description, part.of),
    );
  return lines;
}

function dump(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)].map(byte => byte.toString(16).padStart(2, '0'));
    rows.push(`${at.toString(16).padStart(4, '0')}  ${row.join(' ')}`);
  }
  return rows.join('\n');
}

function exampleLines(description: ProtocolDescription): string[] {
  const codec = protocolCodec(description);
  return examples.flatMap(({ title, message }: { title: string; message: Message }) => [
    `${title}:`,
    '',
    '```',
    dump(codec.encode(message)),
    '```',
    '',
  ]);
}

export function protocolPage(description: ProtocolDescription): string {
  const opEnum = named(description.enums, 'proto_op');
  // Records of frames are shown with the frame.
  const shown = description.frames.flatMap(({ payload, parts }) => [payload, ...parts.map(({ of }) => of)]);
  const others = description.types.filter(({ name }) => name !== 'proto_header' && !shown.includes(name));
  const lines = [
    '<!-- Generated from schemas/protocol/protocol.yaml; do not edit. -->',
    '',
    '# The executor protocol',
    '',
    `Version ${description.protocol}. An executor: ${description.summary}`,
    'The kit (here: the brain) decides what runs and judges what came back; the executor knows nothing about any',
    'driver. This page is all that is needed to write one. A working one in C is `conformance/executor`.',
    '',
    '## Frames',
    '',
    'Every frame is a header and a payload.',
    '',
    ...structLines(description, 'proto_header'),
    ...description.frames.flatMap(frame => frameLines(description, frame)),
    '## Other types',
    '',
    ...others.flatMap(({ name, summary }) => [
      `\`${name}\`: ${summary}`,
      '',
      ...structLines(description, name),
    ]),
    '## Enums',
    '',
    ...description.enums
      .filter(({ name }) => name !== 'proto_op' && name !== 'proto_frame')
      .flatMap(item => [
        `\`${item.name}\`: ${item.summary}`,
        '',
        ...table(
          ['value', 'name', ''],
          item.members.map(member => [
            String(member.value),
            shortName(item, member.name).toUpperCase(),
            member.summary,
          ]),
        ),
      ]),
    '## Ops',
    '',
    'Arguments in order. Every op can fail as its system call does; `ret` is then -1 and `error` the errno.',
    '',
    ...table(
      ['value', 'op', 'arguments', 'returns', ''],
      description.ops.map(op => [
        String(named(opEnum.members, op.op).value),
        shortName(opEnum, op.op),
        op.arguments.map(({ name, summary }) => `\`${name}\` (${summary})`).join(', ') || 'none',
        op.result,
        op.summary,
      ]),
    ),
    '## Rules',
    '',
    ...description.rules.flatMap(({ title, text }) => [
      `### ${title}`,
      '',
      withConstants(description, text).trimEnd(),
      '',
    ]),
    '## Constants',
    '',
    ...table(
      ['name', 'value', ''],
      description.constants.map(({ name, value, summary }) => [`\`${name}\``, hex(value), summary]),
    ),
    '## Example',
    '',
    'Whole frames, header included, as they cross the wire. The program opens /dev/null, stores four bytes in its second',
    'buffer, closes the descriptor and reads from it.',
    '',
    ...exampleLines(description),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
