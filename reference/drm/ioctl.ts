/**
 * drm_ioctl(): what the core does around every handler, then the handler's own body
 * (drivers/gpu/drm/drm_ioctl.c:833).
 */
import {
  type Body,
  type CallDescription,
  decodeRequest,
  type HandlerRule,
  layoutOf,
  type Rule,
} from '../../schemas/index.ts';
import type { AddressSpace } from '../machine/address-space.ts';
import { type BodyResult, runBody } from '../model/body.ts';
import { BodyContext } from './body-context.ts';
import { isDefined } from './environment.ts';
import { type Origin, runHandler, writeUpToFault } from './handler.ts';
import type { IoctlHost } from './host.ts';
import { callOf } from './numbers.ts';
import type { Client } from './objects.ts';

export type { Origin } from './handler.ts';
export type { IoctlHost } from './host.ts';

/** The number is defined, but no description says what the call does. */
export class Undescribed extends Error {
  override name = 'Undescribed';
}

export interface IoctlResult extends BodyResult {
  /** The description of the handler that the number leads to. */
  readonly call?: CallDescription;
  readonly origins: readonly Origin[];
  /** The argument's bytes that are copied out. */
  readonly argument: { readonly address: bigint; readonly length: number };
}

type Compat = NonNullable<CallDescription['semantics']['compat']>;

interface Halves {
  readonly before: Rule[];
  readonly handler: HandlerRule;
  readonly after: Rule[];
}

const halves = new WeakMap<Body, Halves>();
function splitAtHandler(body: Body): Halves {
  let known = halves.get(body);
  if (!known) {
    const at = body.findIndex(rule => 'handler' in rule);
    known = { before: body.slice(0, at), handler: body[at] as HandlerRule, after: body.slice(at + 1) };
    halves.set(body, known);
  }
  return known;
}

/** Runs one ioctl of a client on the model. */
export function ioctl(host: IoctlHost, client: Client, request: bigint, address: bigint): IoctlResult {
  const { driver, memory, faults } = host;
  const encoded = decodeRequest(Number(BigInt.asUintN(32, request)));
  const number = faults.route?.(encoded.number) ?? encoded.number;
  const call = callOf(driver, number);
  const careless = call !== undefined && faults.careless?.(call.name) === true;
  if (memory.fetches) memory.fetches.careless = careless;
  const compat = call && compatOf(host, call);
  if (compat) return compatIoctl(host, client, call, compat, address);
  const definition = call?.request;
  const known = driver.calls.get('ioctl')!;
  const defined = call?.argument ? layoutOf(driver.types, call.argument, host.abi).size : 0;
  const both = (bit: 'read' | 'write') =>
    goes(encoded.direction, bit) && definition !== undefined && goes(definition.direction, bit);
  let inSize = both('write') ? encoded.size : 0;
  let outSize = both('read') ? encoded.size : 0;
  const origins: Origin[] = [];
  const argument = () => ({ address, length: outSize });
  if (definition && BigInt(encoded.letter) === driver.types.constantValue('DRM_IOCTL_BASE')) {
    const changed = faults.sizes?.({ encoded: encoded.size, defined, in: inSize, out: outSize });
    if (changed?.refuse) return { errno: changed.refuse, call: call!, origins, argument: argument() };
    if (changed) ({ in: inSize, out: outSize } = changed);
  }
  const fields: Record<string, bigint> = {
    letter: BigInt(encoded.letter),
    number: BigInt(number),
    argument: address,
    in_size: BigInt(inSize),
    out_size: BigInt(outSize),
  };
  const dispatch = new BodyContext(host, known, client, name => fields[name]!);
  const { before, handler, after } = splitAtHandler(known.semantics.body);
  const refused = host.calls.resumed ? {} : runBody(before, dispatch);
  if (refused.errno)
    return { ...refused, ...(call ? { call } : {}), origins, argument: { address, length: 0 } };
  // The number check has let the call through although nothing is behind the number: nothing happens.
  if (!call && !isDefined(driver, number)) return { origins, argument: { address, length: 0 } };
  if (!call) throw new Undescribed(`ioctl number 0x${number.toString(16)} of ${driver.name}`);

  const data = new Uint8Array(Math.max(inSize, outSize, defined));
  data.set(readOrZeros(memory, address, inSize));
  faults.extend?.(data.subarray(inSize));
  const copyable = memory.writable(address, BigInt(outSize));
  host.oracle.hidden?.(!copyable);
  const permitted = handler.before ? runBody(handler.before, dispatch) : {};
  if (careless) data.set(readOrZeros(memory, address, inSize));
  const result = permitted.errno
    ? permitted
    : runHandler(
        host,
        client,
        call,
        call.semantics.body,
        { data, address, outSize: copyable ? outSize : 0 },
        origins,
      );
  faults.scribble?.(data, call.name);
  host.oracle.hidden?.(false);
  const late = runBody(after, dispatch);
  writeUpToFault(memory, address, data.subarray(0, outSize));
  if (late.errno) return { ...late, call, origins, argument: argument() };
  return { ...result, call, origins, argument: argument() };
}

const goes = (direction: string, bit: 'read' | 'write') => direction === bit || direction === 'readwrite';

/** The checks of the dispatch body refuse what cannot be read; where one is missing, the handler sees zeros. */
function readOrZeros(memory: AddressSpace, address: bigint, length: number): Uint8Array {
  return memory.readable(address, BigInt(length)) ? memory.read(address, length) : new Uint8Array(length);
}

/** How the core answers a 32-bit program instead; undefined when it passes the call on. */
function compatOf(host: IoctlHost, call: CallDescription): Compat | undefined {
  const { compat } = call.semantics;
  const { abi } = host;
  if (!compat || (abi !== 'i386' && abi !== 'armhf') || host.faults.narrow === 'untranslated')
    return undefined;
  return compat.abis === undefined || compat.abis.includes(abi) ? compat : undefined;
}

/** drm_compat_ioctl(): neither letter nor size nor direction count (drivers/gpu/drm/drm_ioc32.c:351). */
function compatIoctl(
  host: IoctlHost,
  client: Client,
  call: CallDescription,
  { how, passed = 0 }: Compat,
  address: bigint,
): IoctlResult {
  const { driver, memory } = host;
  const size = layoutOf(driver.types, call.argument!, host.abi).size;
  const origins: Origin[] = [];
  const argument = { address, length: size };
  const result = (errno?: string): IoctlResult => ({ ...(errno ? { errno } : {}), call, origins, argument });
  if (how === 'nothing') return result();
  if (how === 'refused') return result('EINVAL');
  if (how === 'cleared') {
    writeUpToFault(memory, address, new Uint8Array(size));
    if (memory.writable(address, BigInt(size))) return result();
    // How much was cleared before the fault is the processor's affair.
    return { ...result('EFAULT'), torn: { address, length: BigInt(size) } };
  }
  if (!memory.readable(address, BigInt(size))) return result('EFAULT');
  const data = memory.read(address, size);
  const copyable = memory.writable(address, BigInt(size));
  host.oracle.hidden?.(!copyable);
  const dispatch = driver.calls.get('ioctl')!;
  const { handler } = splitAtHandler(dispatch.semantics.body);
  const fields: Record<string, bigint> = { number: BigInt(call.request!.number) };
  const permitted = handler.before
    ? runBody(handler.before, new BodyContext(host, dispatch, client, name => fields[name]!))
    : {};
  const outSize = copyable ? size : 0;
  const done = permitted.errno
    ? permitted
    : runHandler(host, client, call, call.semantics.body, { data, address, outSize }, origins);
  host.oracle.hidden?.(false);
  if (done.errno && how === 'copied') return { ...done, call, origins: [], argument: { address, length: 0 } };
  if (how === 'copied-always') data.fill(0, passed);
  writeUpToFault(memory, address, data);
  return copyable ? { ...done, call, origins, argument } : result('EFAULT');
}
