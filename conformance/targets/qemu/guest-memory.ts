import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A window of 32-bit little-endian registers; offsets are bytes from its start and multiples of four. */
export interface Registers {
  read32(offset: number): number;
  write32(offset: number, value: number): void;
}

/** The guest's memory as a file that QEMU maps shared, so that both sides see every store. */
export interface GuestMemory {
  /** Open descriptor of the file. It has no name any more: it is gone with the last process that holds it. */
  readonly fd: number;
  readonly size: number;
  /** Registers at `start` (bytes from the start of the file), `length` bytes long. */
  registers(start: number, length: number): Registers;
  /** A copy of `length` bytes from `start`. */
  read(start: number, length: number): Buffer;
  close(): void;
}

/** Memory file system of Linux; a file here never causes disk writes. */
const MEMORY_FILE_SYSTEM = '/dev/shm';
const REGISTER_SIZE = 4;

function hasRoom(directory: string, size: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= size;
  } catch {
    return false;
  }
}

function createUnnamed(parent: string): number {
  const directory = mkdtempSync(join(parent, 'accel-uapi-ram-'));
  try {
    return openSync(join(directory, 'ram'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Makes zeroed memory of `size` bytes, in /dev/shm when all of it would fit there (a guest that meets a full file
 * system dies of SIGBUS), otherwise in the directory for temporary files.
 */
export function createGuestMemory(size: number): GuestMemory {
  const fd = createUnnamed(hasRoom(MEMORY_FILE_SYSTEM, size) ? MEMORY_FILE_SYSTEM : tmpdir());
  ftruncateSync(fd, size);
  let open = true;
  return {
    fd,
    size,
    registers(start, length) {
      const at = (offset: number) => {
        if (!Number.isInteger(offset / REGISTER_SIZE) || offset < 0 || offset + REGISTER_SIZE > length) {
          throw new RangeError(`register offset ${offset} is not a multiple of 4 below ${length}`);
        }
        if (!open) throw new Error('the virtual machine is closed');
        return start + offset;
      };
      return {
        read32(offset) {
          const bytes = Buffer.alloc(REGISTER_SIZE);
          readSync(fd, bytes, 0, REGISTER_SIZE, at(offset));
          return bytes.readUInt32LE(0);
        },
        write32(offset, value) {
          const bytes = Buffer.alloc(REGISTER_SIZE);
          bytes.writeUInt32LE(value >>> 0, 0);
          writeSync(fd, bytes, 0, REGISTER_SIZE, at(offset));
        },
      };
    },
    read(start, length) {
      if (start < 0 || length < 0 || start + length > size) {
        throw new RangeError(`${length} bytes at ${start} are not inside memory of ${size} bytes`);
      }
      if (!open) throw new Error('the virtual machine is closed');
      const bytes = Buffer.alloc(length);
      readSync(fd, bytes, 0, length, start);
      return bytes;
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}
