/** What a valid stream copies from region to region in one dimension: the one work whose result needs no arithmetic. */
import { OPERATIONS, TWO_WORDS } from './commands.ts';
import { initialState, setRegister, U64_MAX } from './state.ts';

export interface PlainCopy {
  readonly from: { readonly region: number; readonly offset: bigint };
  readonly to: { readonly region: number; readonly offset: bigint };
  readonly length: bigint;
}

const WORD = 4;

export function plainCopies(stream: Uint8Array): PlainCopy[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const words = Math.floor(stream.length / WORD);
  const state = initialState();
  const copies: PlainCopy[] = [];
  for (let at = 0; at < words; at += 1) {
    const word = view.getUint32(at * WORD, true);
    const command = word & 0xffff;
    const parameter = word >>> 16;
    let address = 0n;
    if (command & TWO_WORDS) {
      at += 1;
      if (at >= words) break;
      address = (BigInt(parameter & 0xff) << 32n) | BigInt(view.getUint32(at * WORD, true));
    }
    if (command !== OPERATIONS.NPU_OP_DMA_START) {
      setRegister(state, command, parameter, address);
      continue;
    }
    const { source: from, destination: to, mode } = state.dma;
    const known = from.length !== U64_MAX && from.offset !== U64_MAX && to.offset !== U64_MAX;
    if (mode === 0 && from.region >= 0 && to.region >= 0 && known)
      copies.push({
        from: { region: from.region, offset: from.offset },
        to: { region: to.region, offset: to.offset },
        length: from.length,
      });
  }
  return copies;
}
