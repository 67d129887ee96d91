/** What the steps of a trace said and heard over netlink. */
import {
  type Ack,
  decodeAck,
  decodeFields,
  decodeGeneric,
  decodeMessages,
  errnoName,
  type Fields,
  type FieldValue,
  type NetlinkFamily,
  type NetlinkMessage,
  NLM_F,
  NLMSG,
  type Program,
  type Trace,
} from '../../schemas/index.ts';

/** Everything that came with the number of one request. */
export interface Exchange {
  /** The step that sent it. */
  readonly step: number;
  readonly operation: string;
  readonly dump: boolean;
  readonly answers: readonly Answer[];
}

export type Answer =
  | { readonly kind: 'reply'; readonly operation: string; readonly fields: Fields; readonly multi: boolean }
  | { readonly kind: 'ack' | 'done'; readonly ack: Ack }
  | { readonly kind: 'other'; readonly what: string };

/** A socket by the slot that keeps it; undefined for what is no socket. */
function sockets(program: Program): ReadonlySet<number> {
  const slots = program.steps.flatMap(({ op, captures = [] }) =>
    op === 'netlink' ? captures.map(({ slot }) => slot) : [],
  );
  return new Set(slots);
}

/** The bytes of each read that got something, in order, and those of each write. */
export function* datagrams({
  program,
  results,
}: Trace): Generator<{ step: number; op: 'read' | 'write'; socket: number; bytes: Uint8Array }> {
  const known = sockets(program);
  const content = program.buffers.map(({ size, data }) => {
    const bytes = new Uint8Array(size);
    bytes.set(data);
    return bytes;
  });
  for (const result of results) {
    const { op, args } = program.steps[result.step]!;
    for (const { buffer, offset, bytes } of result.diffs) content[buffer]!.set(bytes, offset);
    const [fd, address, length] = args;
    if ((op !== 'read' && op !== 'write') || fd?.kind !== 'slot' || !known.has(fd.slot)) continue;
    if (address?.kind !== 'address' || result.errno !== 0) continue;
    const count = op === 'write' && length?.kind === 'const' ? length.value : result.ret;
    yield { step: result.step, op, socket: fd.slot, bytes: content[address.buffer]!.slice(0, Number(count)) };
  }
}

function answerOf(family: NetlinkFamily, number: number, message: NetlinkMessage): Answer {
  const ack = decodeAck(message);
  if (ack) return { kind: message.type === NLMSG.done ? 'done' : 'ack', ack };
  const generic = message.type === number ? decodeGeneric(message.payload) : undefined;
  const operation = [...family.operations.values()].find(({ reply }) => reply === generic?.command);
  if (!generic || !operation) return { kind: 'other', what: `a message of the type ${message.type}` };
  return {
    kind: 'reply',
    operation: operation.name,
    fields: decodeFields(family.spec, operation.spec['attribute-set'], generic.attributes),
    multi: (message.flags & NLM_F.multi) !== 0,
  };
}

/** What nobody asked for comes from the kernel's own port and has no number. */
export const isNotification = ({ type, sequence, port }: NetlinkMessage, number: number): boolean =>
  type === number && sequence === 0 && port === 0;

/** Every request with its answers; what answers no request belongs to the last one before it. */
export function exchangesOf(family: NetlinkFamily, number: number, trace: Trace): Exchange[] {
  const made: { step: number; sequence: number; operation: string; dump: boolean; answers: Answer[] }[] = [];
  for (const { step, op, bytes } of datagrams(trace)) {
    const { messages, wrong } = decodeMessages(bytes);
    if (op === 'write') {
      for (const { sequence, flags, payload } of messages) {
        const request = decodeGeneric(payload)?.command;
        const found = [...family.operations.values()].find(each => each.request === request);
        const dump = (flags & NLM_F.dump) === NLM_F.dump;
        made.push({ step, sequence, operation: found?.name ?? `command ${request}`, dump, answers: [] });
      }
      continue;
    }
    for (const message of messages) {
      if (isNotification(message, number)) continue;
      const own = made.find(({ sequence }) => sequence === message.sequence);
      const into = own ?? made.at(-1);
      into?.answers.push(
        own
          ? answerOf(family, number, message)
          : { kind: 'other', what: `a message with the sequence number ${message.sequence} of no request` },
      );
    }
    if (wrong) made.at(-1)?.answers.push({ kind: 'other', what: wrong });
  }
  return made;
}

const shown = (value: FieldValue): string =>
  value instanceof Uint8Array
    ? [...value].map(byte => byte.toString(16).padStart(2, '0')).join('')
    : Array.isArray(value)
      ? `{${printFields(value as Fields)}}`
      : typeof value === 'object'
        ? `${(value as { value: number }).value}/${(value as { selector: number }).selector}`
        : String(value);

export function printFields(fields: Fields): string {
  return fields.map(([name, value]) => `${name} ${shown(value)}`).join(', ');
}

/** Without the words of an extended ack, which change from release to release. */
export function printAnswer(answer: Answer): string {
  if (answer.kind === 'other') return answer.what;
  if (answer.kind === 'reply') return `${answer.operation}: ${printFields(answer.fields)}`;
  const { errno, message, offset, missingType, missingNest } = answer.ack;
  return [
    answer.kind === 'done' ? `end of the dump: ${errnoName(errno)}` : errnoName(errno),
    ...(message === undefined ? [] : ['with a message']),
    ...(offset === undefined ? [] : [`at the offset ${offset}`]),
    ...(missingType === undefined ? [] : [`the attribute ${missingType} is missing`]),
    ...(missingNest === undefined ? [] : [`in the nest at ${missingNest}`]),
  ].join(', ');
}
