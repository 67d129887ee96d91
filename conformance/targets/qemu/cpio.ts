/** One member of an initramfs. Names have no leading slash; a directory comes before what it holds. */
export type CpioEntry =
  | { readonly type: 'directory'; readonly name: string; readonly permissions?: number }
  | {
      readonly type: 'file';
      readonly name: string;
      readonly permissions?: number;
      readonly data: Uint8Array;
    }
  | {
      readonly type: 'character device';
      readonly name: string;
      readonly permissions?: number;
      readonly major: number;
      readonly minor: number;
    };

/** File type bits and default permissions, as in <linux/stat.h>. */
const types = {
  directory: { bits: 0o040000, permissions: 0o755 },
  file: { bits: 0o100000, permissions: 0o644 },
  'character device': { bits: 0o020000, permissions: 0o600 },
} as const;

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const HEADER_SIZE = 110;
const ALIGNMENT = 4;
/** Sizes are eight hexadecimal digits. */
const MAX_SIZE = 0xffffffff;

const empty = new Uint8Array(0);
const encoder = new TextEncoder();

function padded(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

function header(fields: readonly number[]): string {
  return MAGIC + fields.map(field => field.toString(16).padStart(8, '0')).join('');
}

function member(inode: number, entry: CpioEntry | undefined): Uint8Array {
  const name = encoder.encode(`${entry?.name ?? TRAILER}\0`);
  const data = entry?.type === 'file' ? entry.data : empty;
  const [major, minor] = entry?.type === 'character device' ? [entry.major, entry.minor] : [0, 0];
  if (data.length > MAX_SIZE) throw new RangeError(`${entry?.name}: too large for a cpio archive`);
  let mode = 0;
  if (entry !== undefined)
    mode = types[entry.type].bits | (entry.permissions ?? types[entry.type].permissions);
  const links = entry?.type === 'directory' ? 2 : 1;
  // ino, mode, uid, gid, nlink, mtime, filesize, device (2), rdevice (2), namesize, check
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, name.length, 0];
  const start = padded(HEADER_SIZE + name.length);
  const bytes = new Uint8Array(start + padded(data.length));
  bytes.set(encoder.encode(header(fields)));
  bytes.set(name, HEADER_SIZE);
  bytes.set(data, start);
  return bytes;
}

/**
 * An archive in the `newc` format that the kernel unpacks as its first root
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Owner and times are zero: the same entries give
 * the same bytes.
 */
export function cpio(entries: readonly CpioEntry[]): Uint8Array {
  const members = [...entries.map((entry, index) => member(index + 1, entry)), member(0, undefined)];
  const archive = new Uint8Array(members.reduce((size, bytes) => size + bytes.length, 0));
  let offset = 0;
  for (const bytes of members) {
    archive.set(bytes, offset);
    offset += bytes.length;
  }
  return archive;
}
