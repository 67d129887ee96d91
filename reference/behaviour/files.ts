/** What the calls on dma-bufs and sync files do (drivers/dma-buf/dma-buf.c, drivers/dma-buf/sync_file.c). */
import { systemConstant } from '../../schemas/index.ts';
import type { Behaviour, Scene } from '../model/scene.ts';
import { Undetermined } from '../model/unknown.ts';
import { merged, statusOf, together, unwrap } from '../sync/array.ts';
import type { Fence } from '../sync/fence.ts';
import { fencesFor, reserve } from '../sync/reservation.ts';
import { fenceOfFile, holdInFile, nameOfFile, setNameOfFile } from '../sync/sync-file.ts';

const WRITE = BigInt(systemConstant('DMA_BUF_SYNC_WRITE'));
/** Bytes of a sync file's name and of each name in what is told of a fence (linux/sync_file.h). */
const NAME_BYTES = 32;
/** struct sync_fence_info: two names, then status, flags and time. */
const INFO = { size: 80, driver: 32, status: 64, time: 72 } as const;

/** The bytes of a text before its end; undefined where they cannot be read. As many as `limit` are looked at. */
function textAt(scene: Scene, address: bigint, limit: bigint): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let at = 0n; at < limit; at += 1n) {
    const [byte] = scene.bytes(address + at, 1n) ?? [];
    if (byte === undefined) return undefined;
    if (byte === 0) break;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The fence of the sync file that the call is made on. */
function ownFence(scene: Scene): Fence {
  const fence = fenceOfFile(scene.object('file')!);
  if (!fence) throw new Undetermined('the fence of a sync file');
  return fence;
}

const write = (flags: bigint) => (flags & WRITE) !== 0n;

export const files: Behaviour = {
  states: {
    /** of: an address, and how many bytes may be there with the 0 at the end. */
    text_unreadable: (scene, [address, limit]) => textAt(scene, address!, limit!) === undefined,
    text_longer: (scene, [address, limit]) =>
      textAt(scene, address!, limit!)?.length === Number(BigInt.asIntN(32, limit!)),
  },
  numbers: {
    sync_file_fences: scene => {
      const inside = unwrap(ownFence(scene), scene.clock);
      return inside && BigInt(inside.length);
    },
    sync_file_status: scene => {
      const status = statusOf(ownFence(scene), scene.clock);
      return status === undefined ? undefined : BigInt.asUintN(32, status);
    },
  },
  effects: {
    /** of: the flags; object: the buffer. Whoever may still write it, or use it at all, is waited for. */
    cpu_access_begun: ({ clock }, [flags], [buffer]) => {
      const pending = fencesFor(buffer!, write(flags!));
      const ends = pending.map(({ endsAt }) => endsAt);
      if (clock.sleep && ends.includes(undefined)) throw new Undetermined('the end of a wait');
      for (const end of ends) if (end !== undefined && end > clock.now()) clock.sleep?.(end);
      for (const fence of pending) fence.signal();
    },
    /** of: the address of the name, bytes that it may have; object: the buffer. */
    buffer_named: (scene, [address, limit], [buffer]) =>
      setNameOfFile(buffer!, textAt(scene, address!, limit!) ?? new Uint8Array(0)),
    /** of: the flags; objects: the new sync file, the buffer. */
    buffer_exported: ({ clock }, [flags], [made, buffer]) =>
      holdInFile(made!, together(fencesFor(buffer!, write(flags!)), clock)),
    /** of: the flags; objects: the buffer, the sync file. */
    sync_file_imported: ({ clock }, [flags], [buffer, file]) => {
      const fence = fenceOfFile(file!);
      const inside = fence && (unwrap(fence, clock) ?? [fence]);
      for (const each of inside ?? []) reserve(buffer!, each, write(flags!));
    },
    /** of: the address of the argument, which begins with the name; objects: the new sync file, both others. */
    sync_files_merged: (scene, [argument], [made, a, b]) => {
      const fences = [fenceOfFile(a!), fenceOfFile(b!)];
      if (fences[0] && fences[1]) holdInFile(made!, merged(fences[0], fences[1], scene.clock));
      setNameOfFile(made!, textAt(scene, argument!, BigInt(NAME_BYTES - 1)) ?? new Uint8Array(0));
    },
  },
  writes: {
    /** The name that it was given, else one of which only the kernel knows the numbers. */
    sync_file_name: ({ clock }, _of, [file]) => {
      const own = nameOfFile(file!);
      const text = own?.length ? own : new TextEncoder().encode('reference-fence1-1');
      return own?.length || clock.sleep ? Uint8Array.from([...text, 0]) : undefined;
    },
    /** What each fence is, which only its driver knows; the times are the machine's. */
    fence_infos: ({ clock }, _of, [file]) => {
      const fence = fenceOfFile(file!);
      const inside = fence && unwrap(fence, clock);
      if (!clock.sleep || !inside) return undefined;
      const bytes = new Uint8Array(INFO.size * inside.length);
      const view = new DataView(bytes.buffer);
      for (const [index, each] of inside.entries()) {
        const status = statusOf(each, clock) ?? 0n;
        bytes.set(new TextEncoder().encode('fence'), INFO.size * index);
        bytes.set(new TextEncoder().encode('reference'), INFO.size * index + INFO.driver);
        view.setInt32(INFO.size * index + INFO.status, Number(status), true);
        if (status !== 0n) view.setBigUint64(INFO.size * index + INFO.time, each.endsAt || 1n, true);
      }
      return bytes;
    },
  },
};
