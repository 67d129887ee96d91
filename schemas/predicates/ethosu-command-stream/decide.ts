/** The walk over the words: ethosu_gem_cmdstream_copy_and_validate, drivers/accel/ethosu/ethosu_gem.c:386-707. */
import type { Decision } from '../predicate.ts';
import { isU65, OPERATIONS, TWO_WORDS } from './commands.ts';
import { dmaCopy } from './dma-size.ts';
import { operate } from './operation-size.ts';
import { Reach } from './reach.ts';
import { initialState, setRegister } from './state.ts';

const WORD = 4;

export function decide(bytes: Uint8Array, npuId: bigint): Decision {
  const u65 = isU65(npuId);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Bytes after the last whole word are never read.
  const words = Math.floor(bytes.length / WORD);
  const state = initialState();
  const reach = new Reach();
  const refuse = (broken: string, wordsRead: number): Decision => ({
    broken,
    properties: new Map(),
    consumed: wordsRead * WORD,
  });

  let stopped = false;
  for (let at = 0; at < words; at++) {
    const word = view.getUint32(at * WORD, true);
    const command = word & 0xffff;
    const parameter = word >>> 16;
    let address = 0n;
    if (command & TWO_WORDS) {
      at++;
      // The driver reads the second word, even past the end, before it counts (:419).
      if (at >= words) return refuse('whole-commands', at + 1);
      address = (BigInt(parameter & 0xff) << 32n) | BigInt(view.getUint32(at * WORD, true));
    }
    let broken: string | undefined;
    if (command === OPERATIONS.NPU_OP_STOP) {
      stopped = at === words - 1;
      broken = stopped ? undefined : 'stop-is-last';
    } else if (command === OPERATIONS.NPU_OP_DMA_START) {
      broken = dmaCopy(state, reach);
    } else {
      broken = operate(state, u65, command, parameter, reach);
      setRegister(state, command, parameter, address);
    }
    if (broken !== undefined) return refuse(broken, at + 1);
  }
  return stopped ? { properties: reach.properties(), consumed: words * WORD } : refuse('stop-present', words);
}
