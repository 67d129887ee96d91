/**
 * ioctl() of the files that an accelerator hands out: dma-bufs and sync files. They compare the whole request, and
 * their handlers copy by themselves (drivers/dma-buf/dma-buf.c: dma_buf_ioctl, drivers/dma-buf/sync_file.c:
 * sync_file_ioctl). drm_syncobj_file_fops has no ioctl operation (drivers/gpu/drm/drm_syncobj.c:679).
 */
import {
  type CallDescription,
  encodeRequest,
  type FileKind,
  fileCalls,
  layoutOf,
  sizeOfType,
} from '../../schemas/index.ts';
import { type Origin, runHandler, writeUpToFault } from './handler.ts';
import type { IoctlHost } from './host.ts';
import type { IoctlResult } from './ioctl.ts';
import type { KernelObject } from './objects.ts';

/** Bits of a request. */
const LETTER_AND_NUMBER = 0xffff;

function requestOf({ driver, abi }: IoctlHost, { request }: CallDescription): number {
  const { argument } = request!;
  return encodeRequest({ ...request!, size: argument ? sizeOfType(driver.types, argument, abi) : 0 });
}

/** Writes what the handler changed in its copy; it has written the rest to user memory itself. */
function writeChanges(
  { memory }: IoctlHost,
  address: bigint,
  before: Uint8Array,
  after: Uint8Array,
  origins: readonly Origin[],
): void {
  for (const { address: from, length, free } of origins) {
    const at = Number(from - address);
    if (free || at < 0 || at + length > after.length) continue;
    const changed = after.subarray(at, at + length);
    if (changed.some((byte, index) => byte !== before[at + index])) writeUpToFault(memory, from, changed);
  }
}

export function fileIoctl(
  host: IoctlHost,
  kind: Exclude<FileKind, 'node' | 'eventfd'>,
  object: KernelObject,
  request: bigint,
  address: bigint,
): IoctlResult {
  const number = Number(BigInt.asUintN(32, request));
  const none = kind === 'syncobj' || host.faults.narrow === 'no-file-calls';
  const calls = none ? [] : fileCalls(host.driver, kind);
  const told = (whole: number) => (host.faults.filesByNumber ? whole & LETTER_AND_NUMBER : whole);
  const call = calls.find(each => told(requestOf(host, each)) === told(number));
  if (!call) return { errno: 'ENOTTY', origins: [], argument: { address, length: 0 } };
  const size = call.argument ? layoutOf(host.driver.types, call.argument, host.abi).size : 0;
  const origins: Origin[] = [];
  const { memory } = host;
  // The description's own checks refuse what cannot be read; where one is missing, the handler sees zeros.
  const data = memory.readable(address, BigInt(size)) ? memory.read(address, size) : new Uint8Array(size);
  const before = data.slice();
  const result = runHandler(
    host,
    undefined,
    call,
    call.semantics.body,
    { data, address, outSize: size },
    origins,
    new Map([['file', object]]),
  );
  if (!result.errno) writeChanges(host, address, before, data, origins);
  const length = result.errno || call.request!.direction === 'write' ? 0 : size;
  return { ...result, call, origins, argument: { address, length } };
}
