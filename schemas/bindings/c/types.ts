/** Constants, enums, structs and requests of a header, as C. */
import { requestNumber } from '../../layout/request.ts';
import type { TypeTable } from '../../layout/type-table.ts';
import {
  type CompositeFact,
  type ConstantFact,
  type CType,
  type EnumFact,
  type Facts,
  factToBigint,
  type IoctlFact,
  type MemberFact,
} from '../../layout/types.ts';
import type { AbiName } from '../../program/program.ts';
import { perAbi } from './abi-tests.ts';

const INT_MAX = 0x7fffffffn;
const INT_MIN = -0x80000000n;
const UINT_MAX = 0xffffffffn;

/** A number as a C constant whose type holds it. */
export function cNumber(value: bigint): string {
  if (value < INT_MIN) return value === -(1n << 63n) ? '(-0x7fffffffffffffffLL - 1)' : `(${value}LL)`;
  if (value < 0n) return `(${value})`;
  const text = value > 4096n ? `0x${value.toString(16)}` : value.toString();
  if (value <= INT_MAX) return text;
  return value <= UINT_MAX ? `${text}U` : `${text}ULL`;
}

function define({ name, value, abi }: ConstantFact): string {
  const of = (own: AbiName) => `#define ${name} ${cNumber(factToBigint(abi?.[own] ?? value))}\n`;
  return abi ? perAbi(of) : of('x86_64');
}

/** A member beyond int is no ISO C, so that it becomes a macro. */
const fits = ({ value }: ConstantFact) => {
  const number = factToBigint(value);
  return number >= INT_MIN && number <= INT_MAX;
};

function enumeration({ name, members }: EnumFact): string {
  const own = members.filter(fits);
  const lines = own.map(member => `\t${member.name} = ${cNumber(factToBigint(member.value))},\n`);
  const macros = members.filter(member => !fits(member)).map(define);
  const body = own.length === 0 ? '' : `enum ${name === null ? '' : `${name} `}{\n${lines.join('')}};\n`;
  return body + macros.join('');
}

/** A declaration of something called `name`. */
function declaration(type: CType, name: string, types: TypeTable, pad: string): string {
  // An enum without a tag; its members are constants of their own. GCC and Clang give it this type.
  if ('scalar' in type) return `${type.scalar === 'enum' ? 'unsigned int' : type.scalar} ${name}`;
  if ('pointer' in type) return `${type.pointer} *${name}`;
  if ('named' in type) return `${types.composites.get(type.named)?.kind ?? 'struct'} ${type.named} ${name}`;
  if ('array' in type) return declaration(type.array, `${name}[${type.length ?? ''}]`, types, pad);
  const inner = type.members.map(member => memberLine(member, types, `${pad}\t`)).join('');
  return `${type.anonymous} {\n${inner}${pad}}${attributes(type)}${name === '' ? '' : ` ${name}`}`;
}

function attributes({ packed, align }: { packed?: boolean; align?: number }): string {
  return (packed ? ' __attribute__((packed))' : '') + (align ? ` __attribute__((aligned(${align})))` : '');
}

/** Whether ISO C++ or ISO C calls a member an extension: a struct without a name, an array without a length. */
function isExtension({ name, type }: MemberFact): boolean {
  return name === null || ('array' in type && (type.length ?? 0) === 0);
}

/** Names that C++ keeps for itself, as the kernel's headers use them; such a member has a low line behind it there. */
const CPP_WORDS = new Set(
  'class delete export friend namespace new operator private protected public template this throw try typename using virtual'.split(
    ' ',
  ),
);

/** Whether a member goes by another name in C++. */
export const isCppWord = (path: string) => path.split(/[.[]/).some(part => CPP_WORDS.has(part));

function memberLine(member: MemberFact, types: TypeTable, pad: string): string {
  const own = attributes({ ...(member.align ? { align: member.align } : {}) });
  const extension = isExtension(member) ? '__extension__ ' : '';
  const line = (name: string) => `${pad}${extension}${declaration(member.type, name, types, pad)}${own};\n`;
  const name = member.name ?? '';
  if (!CPP_WORDS.has(name)) return line(name);
  return `#ifdef __cplusplus\n${line(`${name}_`)}#else\n${line(name)}#endif\n`;
}

function composite(fact: CompositeFact, types: TypeTable): string {
  const members = fact.members.map(member => memberLine(member, types, '\t'));
  return `${fact.kind} ${fact.name} {\n${members.join('')}}${attributes(fact)};\n`;
}

const MACROS = { none: '_IO', read: '_IOR', write: '_IOW', readwrite: '_IOWR' } as const;

function request(ioctl: IoctlFact, types: TypeTable): string {
  const { name, direction, letter, number, argument } = ioctl;
  const of = argument === null ? '' : `, ${declaration(argument, '', types, '').trim()}`;
  return `#define ${name} ${MACROS[direction]}('${String.fromCharCode(letter)}', 0x${number.toString(16)}${of})\n`;
}

/** Everything that the header defines, in its order within each kind. */
export function definitions(facts: Facts, types: TypeTable): string {
  const requests = new Set(facts.ioctls.map(({ name }) => name));
  const constants = facts.constants.filter(({ name }) => !requests.has(name)).map(define);
  const enums = facts.enums.flatMap(fact => {
    const members = fact.members.filter(({ name }) => !requests.has(name));
    return members.length === 0 ? [] : [enumeration({ ...fact, members })];
  });
  const typedefs = facts.typedefs.map(({ name, type }) => `typedef ${declaration(type, name, types, '')};\n`);
  const composites = facts.types.map(fact => composite(fact, types));
  return [
    constants.join(''),
    enums.join('\n'),
    [...typedefs, ...composites].join('\n'),
    facts.ioctls.map(ioctl => request(ioctl, types)).join(''),
  ]
    .filter(part => part !== '')
    .join('\n');
}

/** The request number on one ABI, as C sees it. */
export function requestAssert(ioctl: IoctlFact, types: TypeTable, abi: AbiName): string {
  const number = requestNumber(ioctl, types, abi);
  return `ACCEL_UAPI_ASSERT((unsigned int)${ioctl.name} == 0x${number.toString(16)}U, "number of ${ioctl.name}");\n`;
}
