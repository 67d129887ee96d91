/** A description in lines for people; a line's indentation is part of it. */
import {
  ABI_NAMES,
  type AbiName,
  type CallDescription,
  type IoctlFact,
  layoutOf,
  type Owner,
  requestNumber,
  spellType,
} from '../../schemas/index.ts';
import { bodyLines } from './body.ts';
import { enumsOf, type Found, structsOf } from './find.ts';
import { argumentOf } from './json.ts';
import { constantLines, structLines } from './layout.ts';

/** What becomes of the argument. */
export const WAYS = {
  none: 'nothing is copied',
  read: 'copied out',
  write: 'copied in',
  readwrite: 'copied in and out',
} as const;

/** `0x40206445 on x86_64, aarch64; 0x401c6445 on i386`. */
export function numbersText(owner: Pick<Owner, 'types'>, ioctl: IoctlFact, only?: AbiName): string {
  const groups = new Map<number, AbiName[]>();
  for (const abi of only === undefined ? ABI_NAMES : [only]) {
    const number = requestNumber(ioctl, owner.types, abi);
    groups.set(number, [...(groups.get(number) ?? []), abi]);
  }
  return [...groups]
    .map(
      ([number, abis]) =>
        `0x${number.toString(16)} on ${abis.length === ABI_NAMES.length ? 'every ABI' : abis.join(', ')}`,
    )
    .join('; ');
}

function ioctlLines(owner: Owner, ioctl: IoctlFact, only: AbiName | undefined): string[] {
  const argument = argumentOf(ioctl);
  const other = ioctl.argument && argument === null ? `, a ${spellType(ioctl.argument, owner.types)}` : '';
  return [
    `  request ${numbersText(owner, ioctl, only)}, ${WAYS[ioctl.direction]}${other}`,
    ...(argument === null ? [] : structLines(owner.types, argument, only).map(line => `  ${line}`)),
  ];
}

function roleLines(owner: Owner, call: CallDescription): string[] {
  if (!call.argument) return [];
  const { fields } = layoutOf(owner.types, call.argument, 'x86_64');
  return fields.flatMap(({ path }) => {
    const role = call.semantics.fields[path];
    return role
      ? [
          `    ${path.padEnd(20)} ${role.direction.padEnd(7)} ${role.role}${role.note ? ` (${role.note})` : ''}`,
        ]
      : [];
  });
}

function questionLines(call: CallDescription): string[] {
  const { questions } = call.semantics;
  if (!questions) return [];
  return ['  a skeleton with open questions:', ...questions.map(({ about, ask }) => `    ${about}: ${ask}`)];
}

function callLines(owner: Owner, call: CallDescription, only: AbiName | undefined): string[] {
  const { semantics, request } = call;
  const roles = roleLines(owner, call);
  return [
    `${call.name}: ${semantics.summary}`,
    ...(semantics.note ? [`  ${semantics.note}`] : []),
    ...(semantics.level ? [`  level ${semantics.level}: what it does is not described to its end`] : []),
    ...(request ? ioctlLines(owner, request, only) : []),
    ...(roles.length > 0 ? ['  roles:', ...roles] : []),
    ...(semantics.questions ? questionLines(call) : ['  in this order:', ...bodyLines(semantics.body, 2)]),
    ...(semantics.environmental
      ? [`  the machine may also cause ${semantics.environmental.join(', ')}`]
      : []),
  ];
}

function headLines(owner: Owner): string[] {
  const { facts, driver, described } = owner;
  const level = driver ? `, level ${driver.manifest.level}` : '';
  const headers = facts.map(({ header }) => header).join(', ');
  const semantics = described ? [] : ['its header only: what the calls check and do is not described yet'];
  const core = driver ? ["the calls of every driver's node are those of drm and file"] : [];
  return [`${owner.name}: ${headers}, Linux ${facts[0]!.kernel}${level}`, ...semantics, ...core];
}

function allLines(owner: Owner, only: AbiName | undefined): string[] {
  const { types } = owner;
  const taken = new Set(owner.ioctls.map(argumentOf));
  const structs = structsOf(owner).filter(name => !taken.has(name));
  const macros = owner.facts.flatMap(({ constants }) => constants.map(({ name }) => name));
  const undescribed = owner.ioctls.filter(({ name }) => !owner.calls.has(name));
  const section = (title: string, lines: string[]) => (lines.length > 0 ? ['', title, ...lines] : []);
  // What a driver answers otherwise than the core without a request of its own.
  const own = [...(owner.driver?.calls.values() ?? [])].filter(
    call => !call.request && call.id.startsWith(`${owner.name}.`),
  );
  return [
    ...headLines(owner),
    ...[...new Set([...owner.calls.values(), ...own])].flatMap(call => ['', ...callLines(owner, call, only)]),
    ...undescribed.flatMap(ioctl => ['', ioctl.name, ...ioctlLines(owner, ioctl, only)]),
    ...section(
      'structs that no request takes itself',
      structs.flatMap(name => structLines(types, name, only).map(line => `  ${line}`)),
    ),
    ...enumsOf(owner).flatMap(({ name, members }) =>
      section(
        name === null ? 'enum without a name' : `enum ${name}`,
        constantLines(
          types,
          members.map(member => member.name),
          only,
        ).map(line => `  ${line}`),
      ),
    ),
    ...section(
      'constants',
      constantLines(types, macros, only).map(line => `  ${line}`),
    ),
  ];
}

/** Who takes a struct, and where a constant stands. */
function usersOf(owner: Owner, struct: string): string[] {
  const users = owner.ioctls.filter(ioctl => argumentOf(ioctl) === struct).map(({ name }) => name);
  return users.length > 0 ? [`  the argument of ${users.join(', ')}`] : [];
}

function placeOf(owner: Owner, name: string): string[] {
  for (const { header, constants, enums } of owner.facts) {
    const macro = constants.find(each => each.name === name);
    if (macro)
      return [
        `  ${header}:${macro.line}`,
        ...(macro.externals
          ? [`  rests on ${macro.externals.join(', ')}, which the header does not define`]
          : []),
      ];
    for (const each of enums) {
      const member = each.members.find(one => one.name === name);
      if (member)
        return [
          `  ${header}:${member.line}, in ${each.name === null ? 'an enum without a name' : `enum ${each.name}`}`,
        ];
    }
  }
  return [];
}

export function describeLines(owner: Owner, found: Found, only: AbiName | undefined): string[] {
  const { types } = owner;
  switch (found.kind) {
    case 'all':
      return allLines(owner, only);
    case 'call':
      return callLines(owner, found.call, only);
    case 'ioctl':
      return [
        found.ioctl.name,
        ...ioctlLines(owner, found.ioctl, only),
        '  what the call checks and does is not described yet',
      ];
    case 'struct':
      return [...structLines(types, found.name, only), ...usersOf(owner, found.name)];
    case 'enum': {
      const names = found.fact.members.map(({ name }) => name);
      return [`enum ${found.fact.name}`, ...constantLines(types, names, only).map(line => `  ${line}`)];
    }
    default:
      return [...constantLines(types, [found.name], only), ...placeOf(owner, found.name)];
  }
}
