/** Rules about request macros. */
import {
  ABI_NAMES,
  type CType,
  type IoctlFact,
  LayoutError,
  requestNumber,
  type TypeTable,
} from '../../layout/index.ts';
import type { Remark } from '../../rulebook/rule.ts';
import type { HeaderPair, HeaderSide } from '../interface.ts';
import { placesOf, shapeText } from '../places.ts';
import { type DiffRule, headers, remark } from '../rule.ts';
import { argumentOf, DRM_LETTER } from '../usage.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const args = 'struct x_args { __u32 a; };\nstruct x_long { __u32 a; __u64 b; };\n';
const one = (request: string, name = 'DRM_IOCTL_X') => `${args}#define ${name} ${request}`;
const DRM = "_IOWR('d', 0x40, struct x_args)";

export const ioctlRules = {
  removed: {
    id: 'wire.ioctl-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An ioctl is gone.',
    reason: 'An old program gets ENOTTY or EINVAL for what worked, and cannot be compiled again.',
    source: NO_REGRESSIONS,
    breaks: headers(one(DRM), args),
    holds: headers(one(DRM), `${one(DRM)}\n#define DRM_IOCTL_Y _IO('d', 0x41)`),
  },
  renumbered: {
    id: 'wire.ioctl-number-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An ioctl has another number.',
    reason: 'The number that an old program sends belongs to nobody or to another ioctl.',
    source: NO_REGRESSIONS,
    breaks: headers(one(DRM), one(DRM.replace('0x40', '0x41'))),
    holds: headers(one(DRM), one(DRM.replace('0x40', '64'))),
  },
  resized: {
    id: 'wire.ioctl-size-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'The argument of an ioctl outside DRM has another size, and the ioctl another number with it.',
    reason: 'Only the DRM core takes arguments of any length; elsewhere the number has to match whole.',
    source: 'drivers/dma-buf/dma-buf.c:550',
    breaks: headers(one("_IOW('b', 0, struct x_args)"), one("_IOW('b', 0, struct x_long)")),
    holds: headers(one(DRM), `${one(DRM)}\n#define X_NEW _IOW('b', 1, struct x_long)`),
  },
  narrowed: {
    id: 'wire.ioctl-direction-narrowed',
    severity: 'error',
    category: 'WIRE',
    summary: 'The kernel no longer reads, or no longer writes, the argument of an ioctl.',
    reason: 'The core copies only what the request of the program and its own both say.',
    source: 'drivers/gpu/drm/drm_ioctl.c:876',
    breaks: headers(one(DRM), one(DRM.replace('_IOWR', '_IOW'))),
    holds: headers(one(DRM.replace('_IOWR', '_IOW')), one(DRM)),
  },
  widened: {
    id: 'wire.ioctl-direction-widened',
    severity: 'info',
    category: 'WIRE',
    summary: 'The kernel now also reads, or writes, the argument of a DRM ioctl.',
    reason: 'The core leaves that out for the request of an old program.',
    source: 'drivers/gpu/drm/drm_ioctl.c:876',
    breaks: headers(one(DRM.replace('_IOWR', '_IOW')), one(DRM)),
    holds: headers(one(DRM), one(DRM)),
  },
  turned: {
    id: 'wire.ioctl-direction-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An ioctl outside DRM has another direction, and another number with it.',
    reason: 'Elsewhere than on a DRM node the number has to match whole.',
    source: 'drivers/dma-buf/dma-buf.c:550',
    breaks: headers(one("_IOW('b', 0, struct x_args)"), one("_IOWR('b', 0, struct x_args)")),
    holds: headers(one(DRM.replace('_IOWR', '_IOR')), one(DRM)),
  },
  reused: {
    id: 'wire.ioctl-number-reused',
    severity: 'error',
    category: 'WIRE',
    summary: 'The number of an ioctl that is gone belongs to another one with another argument.',
    reason: 'An old program reaches a handler that takes its argument for something else.',
    source: NO_REGRESSIONS,
    breaks: headers(one(DRM), one(DRM.replace('x_args', 'x_long'), 'DRM_IOCTL_Y')),
    holds: headers(one(DRM), `${one(DRM)}\n#define DRM_IOCTL_Y _IOWR('d', 0x41, struct x_long)`),
  },
  argument: {
    id: 'wire.ioctl-argument-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An ioctl takes another argument.',
    reason: 'The kernel takes what an old program gives for something else.',
    source: NO_REGRESSIONS,
    breaks: headers(one(DRM), one(DRM.replace('struct x_args', '__u64'))),
    holds: headers(
      one(DRM.replace('struct x_args', '__u32')),
      one(DRM.replace('struct x_args', 'unsigned int')),
    ),
  },
  renamed: {
    id: 'source.ioctl-renamed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'An ioctl of the same number and argument has another name.',
    reason: 'Programs that use the old name no longer compile.',
    source: 'Documentation/dev-tools/checkuapi.rst:338',
    breaks: headers(one(DRM), one(DRM, 'DRM_IOCTL_Y')),
    holds: headers(one(DRM), `${one(DRM)}\n#define DRM_IOCTL_Y DRM_IOCTL_X`),
  },
  added: {
    id: 'added.ioctl',
    severity: 'info',
    category: 'SOURCE',
    summary: 'An ioctl is new.',
    reason: 'Older kernels answer it with ENOTTY or EINVAL.',
    source: 'Documentation/process/botching-up-ioctls.rst:60',
    breaks: headers(args, one(DRM)),
    holds: headers(one(DRM), one(DRM)),
  },
} satisfies Record<string, DiffRule>;

const hex = (number: number) => `0x${number.toString(16).padStart(2, '0')}`;

function numberText({ letter, number }: IoctlFact): string {
  return `'${String.fromCharCode(letter)}' ${hex(number)}`;
}

function typeText(type: CType | null): string {
  if (!type) return 'nothing';
  if ('named' in type) return `struct ${type.named}`;
  if ('scalar' in type) return type.scalar;
  if ('pointer' in type) return `${type.pointer} *`;
  return 'array' in type ? `${typeText(type.array)}[${type.length ?? ''}]` : type.anonymous;
}

/** Members and places as text: two structs of the same text are the same bytes. */
function layoutText(side: HeaderSide, type: CType | null): string {
  if (!type) return 'nothing';
  const tag = 'named' in type ? type.named : undefined;
  const places = tag === undefined ? undefined : placesOf(side.types, tag);
  if (!places) return tag === undefined ? sizeText(side, type) : typeText(type);
  return [...places.members.values()]
    .map(({ shape, offset }) => `${offset.x86_64} ${shapeText({ ...shape, tag: '' })}`)
    .join(', ');
}

function sizeText({ types }: HeaderSide, type: CType): string {
  const size = numberOn(types, { direction: 'none', letter: 0, number: 0, argument: type } as IoctlFact);
  return size === undefined ? typeText(type) : `${size >>> 16} bytes`;
}

function numberOn(types: TypeTable, ioctl: IoctlFact, abi = ABI_NAMES[0]!): number | undefined {
  try {
    return requestNumber(ioctl, types, abi);
  } catch (error) {
    if (error instanceof LayoutError) return undefined;
    throw error;
  }
}

/** Tags of arguments that took the place of another one of the same ioctl: old -> new. */
export function replacedArguments({ old, new: now }: HeaderPair): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const before of old.facts.ioctls) {
    const after = now.facts.ioctls.find(({ name }) => name === before.name);
    const [from, to] = [argumentOf(before, old.facts), after && argumentOf(after, now.facts)];
    if (from !== undefined && to !== undefined && from !== to) pairs.set(from, to);
  }
  return pairs;
}

function changed(before: IoctlFact, after: IoctlFact, pair: HeaderPair): Remark[] {
  const at = `${pair.new.facts.header}:${after.line}`;
  const { name } = after;
  const say = (rule: DiffRule, message: string, old: string, now: string) => [
    remark(rule, name, `${name} ${message}`, { old, new: now, at }),
  ];
  const [was, is] = [numberText(before), numberText(after)];
  if (was !== is) return say(ioctlRules.renumbered, `has the number ${is}, it had ${was}`, was, is);
  const remarks: Remark[] = [];
  const isDrm = after.letter === DRM_LETTER;
  const bits = { none: 0, write: 1, read: 2, readwrite: 3 } as const;
  if (before.direction !== after.direction) {
    const lost = (bits[before.direction] & ~bits[after.direction]) !== 0;
    const rule = isDrm ? (lost ? ioctlRules.narrowed : ioctlRules.widened) : ioctlRules.turned;
    remarks.push(
      ...say(
        rule,
        `has the direction ${after.direction}, it had ${before.direction}`,
        before.direction,
        after.direction,
      ),
    );
  }
  const [from, to] = [typeText(before.argument), typeText(after.argument)];
  const structs =
    before.argument && after.argument && 'named' in before.argument && 'named' in after.argument;
  // Two structs are compared member by member; see replacedArguments.
  if (!structs && layoutText(pair.old, before.argument) !== layoutText(pair.new, after.argument))
    remarks.push(...say(ioctlRules.argument, `takes ${to}, it took ${from}`, from, to));
  else if (!isDrm) {
    const abis = ABI_NAMES.filter(
      abi => numberOn(pair.old.types, before, abi)! >>> 16 !== numberOn(pair.new.types, after, abi)! >>> 16,
    );
    const sizes = (types: TypeTable, ioctl: IoctlFact) =>
      `${(numberOn(types, ioctl, abis[0])! >>> 16) & 0x3fff} bytes`;
    if (abis.length > 0 && before.direction === after.direction) {
      const [wasSize, isSize] = [sizes(pair.old.types, before), sizes(pair.new.types, after)];
      const where = abis.length < ABI_NAMES.length ? ` on ${abis.join(', ')}` : '';
      remarks.push(
        ...say(ioctlRules.resized, `takes ${isSize}${where}, it took ${wasSize}`, wasSize, isSize),
      );
    }
  }
  return remarks;
}

/** @param elsewhere names of ioctls that another header of the newer version has */
export function ioctlRemarks(pair: HeaderPair, elsewhere: ReadonlySet<string>): Remark[] {
  const { old, new: now } = pair;
  const names = new Set(old.facts.ioctls.map(({ name }) => name));
  const fresh = now.facts.ioctls.filter(({ name }) => !names.has(name));
  const taken = new Set<IoctlFact>();
  const remarks = old.facts.ioctls.flatMap((before): Remark[] => {
    const after = now.facts.ioctls.find(({ name }) => name === before.name);
    if (after) return changed(before, after, pair);
    if (elsewhere.has(before.name)) return [];
    const heir = fresh.find(({ letter, number }) => letter === before.letter && number === before.number);
    const was = `${numberText(before)} ${typeText(before.argument)}`;
    if (!heir)
      return [
        remark(ioctlRules.removed, before.name, `${before.name}, ${numberText(before)}, is gone`, {
          old: was,
        }),
      ];
    taken.add(heir);
    const same = layoutText(old, before.argument) === layoutText(now, heir.argument);
    const at = `${now.facts.header}:${heir.line}`;
    return [
      same
        ? remark(ioctlRules.renamed, before.name, `${before.name} is called ${heir.name} now`, {
            old: before.name,
            new: heir.name,
            at,
          })
        : remark(
            ioctlRules.reused,
            before.name,
            `${before.name} is gone and its number ${numberText(before)} belongs to ${heir.name}, which takes ${typeText(heir.argument)}`,
            { old: was, new: `${heir.name} ${typeText(heir.argument)}`, at },
          ),
    ];
  });
  const added = fresh
    .filter(ioctl => !taken.has(ioctl))
    .map(ioctl =>
      remark(ioctlRules.added, ioctl.name, `${ioctl.name} is new, ${numberText(ioctl)}`, {
        new: numberText(ioctl),
        at: `${now.facts.header}:${ioctl.line}`,
      }),
    );
  return [...remarks, ...added];
}
