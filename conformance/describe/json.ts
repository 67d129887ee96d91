/** Layouts, requests and constants in the shape of `schemas/meta/describe.schema.json`. */
import {
  ABI_NAMES,
  type AbiName,
  type IoctlFact,
  layoutOf,
  type Owner,
  requestNumber,
  sizeOfType,
  type TypeTable,
} from '../../schemas/index.ts';
import { constantsOf, type Found, structsOf } from './find.ts';

type PerAbi<T> = Record<AbiName, T>;
const perAbi = <T>(make: (abi: AbiName) => T): PerAbi<T> =>
  Object.fromEntries(ABI_NAMES.map(abi => [abi, make(abi)])) as PerAbi<T>;

function layoutJson(types: TypeTable, name: string) {
  return perAbi(abi => {
    const { size, align, fields, holes } = layoutOf(types, name, abi);
    return {
      size,
      align,
      fields: fields.map(field => ({ name: field.path, offset: field.offset, size: field.size })),
      holes,
    };
  });
}

/** The struct or union that a request takes. */
export function argumentOf(ioctl: IoctlFact): string | null {
  return ioctl.argument && 'named' in ioctl.argument ? ioctl.argument.named : null;
}

function ioctlJson(types: TypeTable, ioctl: IoctlFact) {
  return {
    name: ioctl.name,
    argument: argumentOf(ioctl),
    abi: perAbi(abi => ({
      number: `0x${requestNumber(ioctl, types, abi).toString(16)}`,
      size: ioctl.argument ? sizeOfType(types, ioctl.argument, abi) : 0,
    })),
  };
}

function constantJson(value: bigint): number | string {
  return value >= -(1n << 53n) && value < 1n << 53n
    ? Number(value)
    : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** What of an owner is asked for. */
function chosen(owner: Owner, found: Found) {
  const none = { ioctls: [] as IoctlFact[], structs: [] as string[], constants: [] as string[] };
  switch (found.kind) {
    case 'all':
      return { ioctls: owner.ioctls, structs: structsOf(owner), constants: constantsOf(owner) };
    case 'call':
    case 'ioctl': {
      const ioctl = found.kind === 'call' ? found.call.request : found.ioctl;
      const argument = ioctl && argumentOf(ioctl);
      return { ...none, ioctls: ioctl ? [ioctl] : [], structs: argument ? [argument] : [] };
    }
    case 'struct':
      return { ...none, structs: [found.name] };
    case 'enum':
      return { ...none, constants: found.fact.members.map(({ name }) => name) };
    default:
      return { ...none, constants: [found.name] };
  }
}

export function describeJson(owner: Owner, found: Found) {
  const { types } = owner;
  const { ioctls, structs, constants } = chosen(owner, found);
  return {
    driver: owner.name,
    structs: structs.map(name => ({ name, abi: layoutJson(types, name) })),
    ioctls: ioctls.map(ioctl => ioctlJson(types, ioctl)),
    constants: constants.map(name => ({ name, value: constantJson(types.constantValue(name)) })),
  };
}
