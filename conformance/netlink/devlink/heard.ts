/** What sockets of a trace heard without asking. */
import {
  decodeFields,
  decodeGeneric,
  decodeMessages,
  type Fields,
  type NetlinkFamily,
  type Trace,
} from '../../../schemas/index.ts';
import { datagrams, isNotification } from '../answers.ts';

export interface Heard {
  /** The step that heard it. */
  readonly read: number;
  /** The last step before that did something. */
  readonly cause: number;
  /** Slot of the socket. */
  readonly socket: number;
  readonly operation: string;
  readonly fields: Fields;
}

const ACTS: ReadonlySet<string> = new Set(['write', 'writefile']);

/** @param modelled operations that the model tells of; others are of the same family and left out */
export function heardOf(
  family: NetlinkFamily,
  number: number,
  trace: Trace,
  modelled: ReadonlySet<string>,
): Heard[] {
  const { steps } = trace.program;
  const causes = new Map<number, number>();
  let cause = 0;
  for (const [index, { op }] of steps.entries()) {
    if (ACTS.has(op)) cause = index;
    causes.set(index, cause);
  }
  const notifications = new Map(
    [...family.operations.values()].flatMap(each => (each.overlay.sent ? [[each.reply, each] as const] : [])),
  );
  const heard: Heard[] = [];
  for (const { step, op, socket, bytes } of datagrams(trace)) {
    if (op !== 'read') continue;
    for (const message of decodeMessages(bytes).messages) {
      if (!isNotification(message, number)) continue;
      const generic = decodeGeneric(message.payload);
      const told = generic && notifications.get(generic.command);
      if (!told || !modelled.has(told.name)) continue;
      const fields = decodeFields(family.spec, told.spec['attribute-set'], generic.attributes);
      heard.push({ read: step, cause: causes.get(step)!, socket, operation: told.name, fields });
    }
  }
  return heard;
}
