/** Messages of netlink and generic netlink as bytes (include/uapi/linux/netlink.h and genetlink.h; little-endian). */

/** Bits of nlmsg_flags. */
export const NLM_F = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  echo: 0x8,
  /** In an answer: the dump is not consistent. */
  intr: 0x10,
  /** NLM_F_ROOT and NLM_F_MATCH. */
  dump: 0x300,
  /** In an answer: the request is not repeated, or extended acks follow. */
  capped: 0x100,
  ackTlvs: 0x200,
} as const;

/** nlmsg_type below the numbers of families. */
export const NLMSG = { noop: 1, error: 2, done: 3, overrun: 4, firstFamily: 0x10 } as const;

/** struct nlmsghdr, struct genlmsghdr. */
export const HEADER_BYTES = 16;
export const GENERIC_BYTES = 4;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  readonly payload: Uint8Array;
}

export interface GenericHeader {
  readonly command: number;
  readonly version: number;
  readonly reserved?: number;
}

export const align = (length: number): number => (length + 3) & ~3;

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One message; the next one would begin at a multiple of 4. */
export function encodeMessage({ type, flags, sequence, port, payload }: NetlinkMessage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = viewOf(bytes);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  view.setUint32(12, port, true);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** The messages of a datagram, and what is wrong with the bytes behind them. */
export function decodeMessages(bytes: Uint8Array): { messages: NetlinkMessage[]; wrong?: string } {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (at < bytes.length) {
    const left = bytes.length - at;
    if (left < HEADER_BYTES) return { messages, wrong: `${left} bytes at ${at} are no header` };
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || length > left)
      return {
        messages,
        wrong: `the message at ${at} says it has ${length} bytes, of ${left} that are there`,
      };
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      port: view.getUint32(at + 12, true),
      payload: bytes.slice(at + HEADER_BYTES, at + length),
    });
    at += align(length);
  }
  return { messages };
}

/** The payload of a message of a generic netlink family. */
export function encodeGeneric(
  { command, version, reserved = 0 }: GenericHeader,
  attributes: Uint8Array,
): Uint8Array {
  const head = new Uint8Array(GENERIC_BYTES);
  viewOf(head).setUint16(2, reserved, true);
  head.set([command, version]);
  return join([head, attributes]);
}

export function decodeGeneric(
  payload: Uint8Array,
): { command: number; version: number; reserved: number; attributes: Uint8Array } | undefined {
  if (payload.length < GENERIC_BYTES) return undefined;
  return {
    command: payload[0]!,
    version: payload[1]!,
    reserved: viewOf(payload).getUint16(2, true),
    attributes: payload.subarray(GENERIC_BYTES),
  };
}
