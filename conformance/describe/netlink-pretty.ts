/** A netlink family or one of its operations in English. */
import type { NetlinkDescription } from '../../schemas/index.ts';
import type { Paragraphs } from '../report/paragraphs.ts';
import type { DescribedAttribute, DescribedExchange, DescribedOperation } from './netlink.ts';

const REPLY = {
  none: 'nothing comes back but the acknowledgement',
  one: 'one reply',
  many: 'any number of replies',
};
const ACK = {
  message: 'a message',
  attribute: 'where the attribute is',
  missing: 'which attribute is missing',
} as const;

function typeOf({ type, many, set, enum: named, flags }: DescribedAttribute): string {
  const values = named ? ` of ${named}${flags ? ' bits' : ''}` : '';
  return `${type}${values}${set ? ` ${set}` : ''}${many ? ', any number' : ''}`;
}

function printAttributes(attributes: readonly DescribedAttribute[], out: Paragraphs, indent: number): void {
  for (const attribute of attributes)
    out.put(
      `${String(attribute.number).padStart(3)} ${attribute.name} (${typeOf(attribute)}): ${attribute.doc}`,
      indent,
      4,
    );
}

type Check = DescribedExchange['checks'][number];

function printCheck(
  { id, errno, when, basis, extack, source, note }: Check,
  out: Paragraphs,
  indent: number,
): void {
  const how = errno === 'driver' ? "refused with the driver's errno" : `refused with ${errno}`;
  const told = extack ? `, telling ${extack.map(each => ACK[each as keyof typeof ACK]).join(' and ')},` : '';
  out.put(`${how}${told} when ${when} [${id.slice(id.lastIndexOf('.') + 1)}; ${basis}; ${source}]`, indent);
  if (note) out.put(note, indent + 2);
}

/** With `folded`, checks that several operations begin with stand there by the name of their list. */
function printExchange(mode: string, exchange: DescribedExchange, folded: boolean, out: Paragraphs): void {
  const { request, required, oneOf, reply, replies, always = [], repliesWhen } = exchange;
  out.put(`${mode}:`, 2);
  const need = oneOf?.map(names => names.join(' and ')).join(', or ');
  const marked = request.map(name => (required.includes(name) ? `${name} (required)` : name));
  out.put(`takes ${marked.join(', ') || 'no attribute'}${need ? `; needs ${need}` : ''}`, 4);
  const rest = replies.filter(name => !always.includes(name));
  const may =
    rest.length === 0 ? '' : `${always.length > 0 ? ', and may have ' : ' with '}${rest.join(', ')}`;
  out.put(
    `${repliesWhen ? `when ${repliesWhen}: ` : ''}${REPLY[reply]}${always.length > 0 ? ` with ${always.join(', ')}` : ''}${may}`,
    4,
  );
  if (exchange.note) out.put(exchange.note, 4);
  const { before } = exchange;
  const own = exchange.checks.filter(({ id }) => !folded || !before.includes(id.split('.')[1]!));
  if (folded) out.put(`first the checks of ${before.join(', ')}${own.length > 0 ? ', then' : ''}`, 4);
  else out.put('in this order:', 4);
  for (const check of own) printCheck(check, out, 6);
}

function printOperation(operation: DescribedOperation, folded: boolean, out: Paragraphs): void {
  const { name, constant, request, reply, privilege, sent, since } = operation;
  const numbers =
    request === undefined || request === reply || reply === undefined
      ? (request ?? reply)
      : `${request}, replies ${reply}`;
  out.put(
    `${name}: ${operation.doc} [${sent ? 'notification' : 'operation'} ${constant} ${numbers}${privilege ? `, ${privilege}` : ''}${since ? `, since ${since}` : ''}]`,
  );
  if (operation.note) out.put(operation.note, 2);
  if (sent) {
    out.put(`sent to the group ${sent.group}: ${sent.when} [${sent.source}]`, 2);
    const rest = sent.attributes.filter(each => !sent.always.includes(each));
    out.put(`with ${sent.always.join(', ')}${rest.length > 0 ? `, and may have ${rest.join(', ')}` : ''}`, 2);
  }
  if (operation.do) printExchange('do', operation.do, folded, out);
  if (operation.dump) printExchange('dump', operation.dump, folded, out);
  if (operation.emits) {
    out.put('causes, in this order:', 2);
    for (const { notification, times, when, note } of operation.emits)
      out.put(
        `${notification}${times === 'any' ? ', any number of them' : ''}${when ? `, when ${when}` : ''}${note ? `. ${note}` : ''}`,
        4,
      );
  }
  out.blank();
}

/** The lists of checks that operations begin with, each once. */
function printLists({ operations }: NetlinkDescription, out: Paragraphs): void {
  const exchanges = operations.flatMap(each => [each.do, each.dump]).filter(each => each !== undefined);
  for (const list of new Set(exchanges.flatMap(({ before }) => before))) {
    const { checks } = exchanges.find(({ before }) => before.includes(list))!;
    out.put(`checks ${list}`);
    for (const check of checks.filter(({ id }) => id.split('.')[1] === list)) printCheck(check, out, 2);
    out.blank();
  }
}

export function printNetlink(
  description: NetlinkDescription,
  parts: readonly { readonly title: string; readonly note?: string }[],
  whole: boolean,
  out: Paragraphs,
): void {
  const { family, name, protocol, header, kernel, groups } = description;
  if (whole) {
    out.put(
      `${family}: ${protocol} family ${name}, ${header}, Linux ${kernel}${groups.length > 0 ? `, multicast group ${groups.join(', ')}` : ''}`,
    );
    out.put(description.doc, 2);
    out.blank();
    printLists(description, out);
  }
  for (const { title, note } of parts) {
    const own = description.operations.filter(({ part }) => part === title);
    if (own.length === 0) continue;
    if (whole) {
      out.put(`-- ${title}`);
      if (note) out.put(note, 2);
      out.blank();
    }
    for (const operation of own) printOperation(operation, whole, out);
  }
  for (const { name: set, doc, attributes } of description.sets) {
    out.put(`attributes ${set}: ${doc}`);
    printAttributes(attributes, out, 2);
    out.blank();
  }
  for (const { name: named, doc, entries } of description.enums) {
    out.put(`values ${named}: ${doc}`);
    for (const entry of entries)
      out.put(`${String(entry.value).padStart(3)} ${entry.name}${entry.doc ? `: ${entry.doc}` : ''}`, 2, 4);
    out.blank();
  }
}
