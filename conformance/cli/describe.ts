/** `accel-uapi describe DRIVER[.IOCTL]`: what the description says, in English or as JSON. */
import {
  ABI_NAMES,
  type AbiName,
  type Body,
  type CallDescription,
  catalogue,
  type DriverDescription,
  encodeRequest,
  layoutOf,
  printCondition,
  printTerm,
  ruleName,
  type TypeTable,
} from '../../schemas/index.ts';
import { wrapText } from '../report/wrap.ts';
import { UsageError } from '../run/usage-error.ts';
import { describeInterface, interfaceNames } from './describe-interface.ts';
import { ruleSentence } from './explain.ts';
import { nearest } from './nearest.ts';

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

/** The shape of `schemas/meta/describe.schema.json`. */
export function describeJson(driver: DriverDescription, only?: CallDescription) {
  const { facts, types } = driver;
  const ioctls = only?.request ? [only.request] : facts.ioctls;
  const structs = only ? (only.argument ? [only.argument] : []) : facts.types.map(type => type.name);
  return {
    driver: driver.name,
    structs: structs.map(name => ({ name, abi: layoutJson(types, name) })),
    ioctls: ioctls.map(ioctl => {
      const argument = ioctl.argument && 'named' in ioctl.argument ? ioctl.argument.named : null;
      return {
        name: ioctl.name,
        argument,
        abi: perAbi(abi => {
          const size = argument ? layoutOf(types, argument, abi).size : 0;
          return {
            number: `0x${encodeRequest({ direction: ioctl.direction, letter: ioctl.letter, number: ioctl.number, size }).toString(16)}`,
            size,
          };
        }),
      };
    }),
    constants: only
      ? []
      : [...facts.constants, ...facts.enums.flatMap(each => each.members)].map(({ name }) => ({
          name,
          value: constantJson(types.constantValue(name)),
        })),
  };
}

function constantJson(value: bigint): number | string {
  return value >= -(1n << 53n) && value < 1n << 53n
    ? Number(value)
    : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function bodyLines(body: Body, depth: number): string[] {
  const pad = '  '.repeat(depth);
  return body.flatMap(rule => {
    if ('select' in rule) {
      const branches = rule.select.flatMap((branch, index) => [
        `${pad}${index === 0 ? 'when' : 'or when'} ${printCondition(branch.when)}:`,
        ...bodyLines(branch.do, depth + 1),
      ]);
      return [
        ...branches,
        ...(rule.otherwise ? [`${pad}otherwise:`, ...bodyLines(rule.otherwise, depth + 1)] : []),
      ];
    }
    if ('check' in rule || 'set' in rule || 'write' in rule)
      return [`${pad}${ruleSentence(rule)} [${ruleName(rule)}; ${rule.basis}]`];
    if ('create' in rule) {
      const properties = Object.entries(rule.properties).map(([name, term]) => `${name} ${printTerm(term)}`);
      return [
        `${pad}a ${rule.create} comes to be${properties.length > 0 ? ` with ${properties.join(', ')}` : ''}`,
      ];
    }
    if ('find' in rule)
      return [`${pad}${rule.find} is the object of ${printTerm((rule.handle ?? rule.descriptor)!)}`];
    if ('each' in rule)
      return [
        `${pad}for each ${rule.each} of ${rule.member ?? printTerm(rule.at!)}${rule.count === undefined ? '' : `, ${printTerm(rule.count)} of them`}:`,
        ...bodyLines(rule.do, depth + 1),
      ];
    if ('assign' in rule) return [`${pad}${rule.assign.replace('.', "'s ")} becomes ${printTerm(rule.to)}`];
    if ('attach' in rule) return [`${pad}${rule.to} refers to ${rule.attach}`];
    if ('effect' in rule)
      return [
        `${pad}${rule.effect.replaceAll('_', ' ')}${rule.of?.length ? ` (${rule.of.map(printTerm).join(', ')})` : ''}`,
      ];
    if ('release' in rule) return [`${pad}${printTerm(rule.release)} stops to be a ${rule.resource}`];
    return [...bodyLines(rule.before ?? [], depth), `${pad}the handler of the number runs`];
  });
}

function describeCall(
  driver: DriverDescription,
  call: CallDescription,
  width: number,
  write: (text: string) => void,
): void {
  const put = (text: string, indent = 0) => {
    const own = text.length - text.trimStart().length;
    wrapText(text.trimStart(), width - indent - own - 2).forEach((part, index) => {
      write(`${' '.repeat(indent + own + (index > 0 ? 2 : 0))}${part}\n`);
    });
  };
  put(`${call.name}: ${call.semantics.summary}`);
  if (call.semantics.note) put(call.semantics.note, 2);
  if (call.request && call.argument) {
    const layout = layoutOf(driver.types, call.argument, 'x86_64');
    const number = encodeRequest({ ...call.request, size: layout.size });
    put(`request 0x${number.toString(16)}, struct ${call.argument}, ${layout.size} bytes`, 2);
    for (const field of layout.fields) {
      const role = call.semantics.fields[field.path];
      if (role)
        put(
          `${String(field.offset).padStart(4)} ${field.path.padEnd(20)} ${role.direction.padEnd(7)} ${role.role}${role.note ? ` (${role.note})` : ''}`,
          2,
        );
    }
  }
  put('in this order:', 2);
  for (const line of bodyLines(call.semantics.body, 2)) put(line, 0);
  if (call.semantics.environmental)
    put(`the machine may also cause ${call.semantics.environmental.join(', ')}`, 2);
  write('\n');
}

function find(name: string): { driver: DriverDescription; call?: CallDescription } {
  const { core, drivers } = catalogue();
  const files = { ...core, name: 'file', calls: core.files };
  const known = new Map([['drm', core], ['file', files], ...drivers]);
  const [driverName, ...rest] = name.split('.');
  const driver = known.get(driverName!);
  if (!driver) {
    const names = [...known.keys(), ...interfaceNames()];
    throw new UsageError(
      `there is no description named ${driverName}${nearest(driverName!, names)}; expected ${names.join(', ')}`,
    );
  }
  if (rest.length === 0) return { driver };
  const wanted = rest.join('.');
  const call = [...driver.calls.values()].find(each =>
    [each.name, each.semantics.key].some(own => own.toLowerCase() === wanted.toLowerCase()),
  );
  if (!call) {
    const keys = [...driver.calls.values()].map(each => each.semantics.key);
    throw new UsageError(
      `${driverName} has no call ${wanted}${nearest(wanted, keys)}; expected ${keys.join(', ')}`,
    );
  }
  return { driver, call };
}

export function runDescribe(
  name: string,
  options: { format?: 'pretty' | 'json' },
  width: number,
  write: (text: string) => void,
): number {
  if (describeInterface(name, options, width, write)) return 0;
  const { driver, call } = find(name);
  if (options.format === 'json') {
    write(`${JSON.stringify(describeJson(driver, call), null, 2)}\n`);
    return 0;
  }
  const own = [...driver.calls.values()].filter(each => call === undefined || each === call);
  if (!call)
    write(
      `${driver.name}: ${driver.manifest.header}, Linux ${driver.manifest.kernel}, level ${driver.manifest.level}\n\n`,
    );
  for (const each of own) describeCall(driver, each, width, write);
  return 0;
}
