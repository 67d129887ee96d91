/** What a call has written to its caller's memory, as the kernel takes it. */
import type { Written } from './caller-memory.ts';
import type { Piece } from './frames.ts';

/** What stands in the caller's memory afterwards, as pieces without overlap, in the order of their addresses. */
export function merged(written: readonly Written[]): Written[] {
  let pieces: Written[] = [];
  for (const { base, bytes } of written) {
    const end = base + BigInt(bytes.length);
    const touching = pieces.filter(
      piece => piece.base <= end && piece.base + BigInt(piece.bytes.length) >= base,
    );
    const all = [...touching, { base, bytes }];
    const from = all.reduce((least, piece) => (piece.base < least ? piece.base : least), base);
    const to = all.reduce((most, piece) => {
      const last = piece.base + BigInt(piece.bytes.length);
      return last > most ? last : most;
    }, end);
    const whole = new Uint8Array(Number(to - from));
    for (const piece of all) whole.set(piece.bytes, Number(piece.base - from));
    pieces = [...pieces.filter(piece => !touching.includes(piece)), { base: from, bytes: whole }];
  }
  return pieces.sort((a, b) => (a.base < b.base ? -1 : 1));
}

export function joined(pieces: readonly Written[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes, at);
    at += piece.bytes.length;
  }
  return bytes;
}

export function samePieces(a: readonly Piece[], b: readonly Piece[]): boolean {
  return (
    a.length === b.length &&
    a.every((piece, at) => piece.base === b[at]!.base && piece.length === b[at]!.length)
  );
}
