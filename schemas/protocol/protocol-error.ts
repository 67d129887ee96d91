/** The other side does not speak the protocol. The message is one clear sentence for the user. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** The start of some bytes, quoted for a sentence: printable text as it is, the rest escaped. */
export function quoted(bytes: Uint8Array, limit = 40): string {
  let text = '';
  for (const byte of bytes.subarray(0, limit)) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else if (byte === 0x0a) text += '\\n';
    else if (byte === 0x0d) text += '\\r';
    else text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return bytes.length > limit ? `"${text}..."` : `"${text}"`;
}
