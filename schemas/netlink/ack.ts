/** NLMSG_ERROR and NLMSG_DONE with their extended acks (include/uapi/linux/netlink.h: enum nlmsgerr_attrs). */
import { encodeAttribute, readAttributes } from './attributes.ts';
import {
  align,
  encodeMessage,
  HEADER_BYTES,
  join,
  type NetlinkMessage,
  NLM_F,
  NLMSG,
  viewOf,
} from './message.ts';

const ATTR = { message: 1, offset: 2, cookie: 3, policy: 4, missingType: 5, missingNest: 6 } as const;
const ERRNO_BYTES = 4;

export interface ExtendedAck {
  readonly message?: string;
  /** Of the attribute that is wrong, from the start of the request. */
  readonly offset?: number;
  /** Number of the attribute that is missing. */
  readonly missingType?: number;
  /** Offset of the nest that it is missing in; none when it is missing outside of any. */
  readonly missingNest?: number;
}

export interface Ack extends ExtendedAck {
  /** 0 for success. */
  readonly errno: number;
  /** The request, with its attributes unless it was capped. Absent in a DONE. */
  readonly request?: Uint8Array;
}

const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
};

function encodeExtended({ message, offset, missingType, missingNest }: ExtendedAck): Uint8Array {
  return join([
    ...(message === undefined
      ? []
      : [encodeAttribute(ATTR.message, new TextEncoder().encode(`${message}\0`))]),
    ...(offset === undefined ? [] : [encodeAttribute(ATTR.offset, word(offset))]),
    ...(missingType === undefined ? [] : [encodeAttribute(ATTR.missingType, word(missingType))]),
    ...(missingNest === undefined ? [] : [encodeAttribute(ATTR.missingNest, word(missingNest))]),
  ]);
}

function decodeExtended(bytes: Uint8Array): ExtendedAck {
  const found = new Map(readAttributes(bytes).attributes.map(({ number, bytes: value }) => [number, value]));
  const numeric = (name: string, number: number) => {
    const value = found.get(number);
    return value?.length === 4 ? { [name]: viewOf(value).getUint32(0, true) } : {};
  };
  const message = found.get(ATTR.message);
  return {
    ...(message && message.at(-1) === 0
      ? { message: new TextDecoder().decode(message.subarray(0, -1)) }
      : {}),
    ...numeric('offset', ATTR.offset),
    ...numeric('missingType', ATTR.missingType),
    ...numeric('missingNest', ATTR.missingNest),
  };
}

/** The errno of an answer is negative in it. */
const negative = (errno: number): Uint8Array => word(-errno >>> 0);

/** The answer to a whole request, as its sender without NETLINK_CAP_ACK gets it. */
export function encodeAck(
  request: Uint8Array,
  errno: number,
  port: number,
  extended: ExtendedAck = {},
): Uint8Array {
  const more = encodeExtended(extended);
  const length = viewOf(request).getUint32(0, true);
  const told = errno === 0 ? request.subarray(0, HEADER_BYTES) : request.subarray(0, length);
  const padded = new Uint8Array(align(told.length));
  padded.set(told);
  return encodeMessage({
    type: NLMSG.error,
    flags: (errno === 0 ? NLM_F.capped : 0) | (more.length > 0 ? NLM_F.ackTlvs : 0),
    sequence: viewOf(request).getUint32(8, true),
    port,
    payload: join([negative(errno), padded, more]),
  });
}

/** The end of several messages that answer a do; it carries nothing (Documentation/userspace-api/netlink/intro.rst). */
export function encodeBareDone(sequence: number, port: number): Uint8Array {
  return encodeMessage({
    type: NLMSG.done,
    flags: NLM_F.multi,
    sequence,
    port,
    payload: new Uint8Array(0),
  });
}

/** The end of a dump. */
export function encodeDone(
  sequence: number,
  errno: number,
  port: number,
  extended: ExtendedAck = {},
): Uint8Array {
  const more = encodeExtended(extended);
  return encodeMessage({
    type: NLMSG.done,
    flags: NLM_F.multi | (more.length > 0 ? NLM_F.ackTlvs : 0),
    sequence,
    port,
    payload: join([negative(errno), more]),
  });
}

/** What a message of the types error and done says; undefined for another one, or one that is too short. */
export function decodeAck({ type, flags, payload }: NetlinkMessage): Ack | undefined {
  if (type === NLMSG.done && payload.length === 0) return { errno: 0 };
  if ((type !== NLMSG.error && type !== NLMSG.done) || payload.length < ERRNO_BYTES) return undefined;
  const view = viewOf(payload);
  const errno = -view.getInt32(0, true);
  const more = (from: number) => (flags & NLM_F.ackTlvs ? decodeExtended(payload.subarray(from)) : {});
  if (type === NLMSG.done) return { errno, ...more(ERRNO_BYTES) };
  if (payload.length < ERRNO_BYTES + HEADER_BYTES) return undefined;
  const length = flags & NLM_F.capped ? HEADER_BYTES : view.getUint32(ERRNO_BYTES, true);
  const end = ERRNO_BYTES + length;
  return { errno, request: payload.slice(ERRNO_BYTES, end), ...more(align(end)) };
}
