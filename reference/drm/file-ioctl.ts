/**
 * ioctl() of the files that an accelerator hands out: dma-bufs and sync files. They compare the whole request, and
 * their handlers copy by themselves (drivers/dma-buf/dma-buf.c: dma_buf_ioctl, drivers/dma-buf/sync_file.c:
 * sync_file_ioctl).
 */
import {
  type CallDescription,
  type DriverDescription,
  encodeRequest,
  layoutOf,
  sizeOfType,
} from '../../schemas/index.ts';
import { type Origin, runHandler, writeUpToFault } from './handler.ts';
import type { IoctlHost } from './host.ts';
import { type IoctlResult, Undescribed } from './ioctl.ts';
import type { KernelObject } from './objects.ts';

const LETTERS = { 'dma-buf': 'b', 'sync-file': '>' } as const;

function callFor(host: IoctlHost, letter: number, request: number): CallDescription | undefined {
  return [...host.driver.calls.values()].find(
    call => call.request?.letter === letter && requestOf(host.driver, call, host) === request,
  );
}

function requestOf(driver: DriverDescription, call: CallDescription, host: IoctlHost): number {
  const { argument } = call.request!;
  return encodeRequest({
    ...call.request!,
    size: argument ? sizeOfType(driver.types, argument, host.abi) : 0,
  });
}

export function fileIoctl(
  host: IoctlHost,
  kind: 'dma-buf' | 'sync-file' | 'syncobj',
  object: KernelObject,
  request: bigint,
  address: bigint,
): IoctlResult {
  const nothing = { origins: [], argument: { address, length: 0 } };
  // drm_syncobj_file_fops has no ioctl operation (drivers/gpu/drm/drm_syncobj.c:679).
  if (kind === 'syncobj') return { errno: 'ENOTTY', ...nothing };
  const letter = LETTERS[kind].charCodeAt(0);
  const number = Number(BigInt.asUintN(32, request));
  const call = callFor(host, letter, number);
  if (!call) {
    const defined = host.driver.numbers.files.some(
      each =>
        each.letter === letter &&
        encodeRequest({
          ...each,
          size: each.argument ? sizeOfType(host.driver.types, each.argument, host.abi) : 0,
        }) === number,
    );
    if (defined) throw new Undescribed(`ioctl 0x${number.toString(16)} of a ${kind}`);
    return { errno: 'ENOTTY', ...nothing };
  }
  const size = call.argument ? layoutOf(host.driver.types, call.argument, host.abi).size : 0;
  const origins: Origin[] = [];
  const { memory } = host;
  const readable = memory.readable(address, BigInt(size));
  const data = readable ? memory.read(address, size) : new Uint8Array(size);
  const bound = new Map([['file', object]]);
  const result = runHandler(
    host,
    undefined,
    call,
    call.semantics.body,
    { data, address, outSize: size },
    origins,
    bound,
  );
  const out = result.errno ? 0 : size;
  if (out > 0 && call.request!.direction !== 'write') writeUpToFault(memory, address, data);
  return { ...result, call, origins, argument: { address, length: out } };
}
