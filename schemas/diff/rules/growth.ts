/** Rules about new members, and about structs that became longer or shorter. */
import type { Facts } from '../../layout/index.ts';
import { ABI_NAMES } from '../../layout/index.ts';
import type { Remark } from '../../rulebook/rule.ts';
import { isReserved, type Place, shapeText } from '../places.ts';
import { type DiffRule, headers, listed, remark } from '../rule.ts';
import type { StructDelta } from '../struct-delta.ts';
import { DRM_LETTER, kernelReads, usageOf } from '../usage.ts';

const struct = (members: string, name = 'x_args') => `struct ${name} { ${members} };`;
const drm = (members: string, direction = '_IOWR') =>
  `${struct(members)}\n#define DRM_IOCTL_X ${direction}('d', 0x40, struct x_args)`;
const PADDING = 'Documentation/process/botching-up-ioctls.rst:72';
/** drm_ioctl() clears what the caller's request did not bring, and cuts what it has no room for. */
const ZERO_EXTENDS = 'drivers/gpu/drm/drm_ioctl.c:911';

export const growthRules = {
  holeNamed: {
    id: 'wire.hole-named',
    severity: 'error',
    category: 'WIRE',
    summary: 'A member was put into bytes that no member had.',
    reason:
      'Old programs leave in a hole whatever their compiler does: the kernel now takes that for a value.',
    source: PADDING,
    breaks: headers(drm('__u16 a; __u32 b;'), drm('__u16 a; __u16 c; __u32 b;')),
    holds: headers(drm('__u16 a; __u32 b;', '_IOR'), drm('__u16 a; __u16 c; __u32 b;', '_IOR')),
  },
  pointeeHoleNamed: {
    id: 'wire.pointee-hole-named',
    severity: 'warning',
    category: 'WIRE',
    summary: 'A member was put into bytes that no member had, of a struct that only a pointer leads to.',
    reason:
      'No header tells whether the kernel reads it: if it does, it takes what old programs left in the hole for a value.',
    source: PADDING,
    breaks: headers(struct('__u16 a; __u32 b;'), struct('__u16 a; __u16 c; __u32 b;')),
    holds: headers(struct('__u16 a; __u32 b;'), struct('__u16 a; __u16 pad; __u32 b;')),
  },
  padNamed: {
    id: 'source.hole-named-as-pad',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A hole has the name of a reserved member now.',
    reason: 'Nothing changes as long as the kernel goes on to ignore its bytes.',
    source: PADDING,
    breaks: headers(struct('__u16 a; __u32 b;'), struct('__u16 a; __u16 pad; __u32 b;')),
    holds: headers(struct('__u32 a; __u64 b;'), struct('__u32 a; __u64 b; __u32 pad;')),
  },
  padReused: {
    id: 'wire.pad-reused',
    severity: 'error',
    category: 'WIRE',
    summary: 'A member was put into a reserved one, of which nothing says that it had to be 0 before.',
    reason: 'Old programs that left something there ask for what it means now.',
    source: PADDING,
    breaks: headers(drm('__u32 a; __u32 pad;'), drm('__u32 a; __u32 b;')),
    holds: headers(drm('__u32 a; __u32 pad;', '_IOR'), drm('__u32 a; __u32 b;', '_IOR')),
  },
  pointeePadReused: {
    id: 'wire.pointee-pad-reused',
    severity: 'warning',
    category: 'WIRE',
    summary: 'A member was put into a reserved one of a struct that only a pointer leads to.',
    reason:
      'No header tells whether the kernel reads it: if it does, old programs that left something there ask for what it means now.',
    source: PADDING,
    breaks: headers(struct('__u32 a; __u32 pad;'), struct('__u32 a; __u32 b;')),
    holds: headers(struct('__u32 a; __u32 pad;'), struct('__u32 a; __u32 pad; __u32 c;')),
  },
  extended: {
    id: 'wire.struct-extended',
    severity: 'info',
    category: 'WIRE',
    summary: 'The argument of a DRM ioctl has new members at its end.',
    reason:
      'The core gives old programs 0 for them and writes nothing behind the end of theirs: 0 must mean what was.',
    source: ZERO_EXTENDS,
    breaks: headers(drm('__u32 a;'), drm('__u32 a; __u32 b;')),
    holds: headers(drm('__u32 a;'), `${drm('__u32 a;')}\n${struct('__u32 c;', 'x_other')}`),
  },
  elementGrown: {
    id: 'wire.element-grown',
    severity: 'error',
    category: 'WIRE',
    summary: 'A struct that stands in arrays became longer.',
    reason: 'From the second element on an old program and the new kernel look at different bytes.',
    source: 'Documentation/process/botching-up-ioctls.rst:38',
    breaks: headers(
      `${struct('__u32 a;', 'x_item')} ${struct('struct x_item items[4];')}`,
      `${struct('__u32 a; __u32 b;', 'x_item')} ${struct('struct x_item items[4];')}`,
    ),
    holds: headers(
      `${struct('__u32 a; __u32 b;', 'x_item')} ${struct('struct x_item item;')}`,
      `${struct('__u32 a; __u32 b;', 'x_item')} ${struct('struct x_item item; __u64 c;')}`,
    ),
  },
  pointeeGrown: {
    id: 'wire.pointee-grown',
    severity: 'warning',
    category: 'WIRE',
    summary: 'A struct that no ioctl takes by itself became longer.',
    reason:
      'The core does not help here: the kernel must know the length of the caller’s, and no header tells whether it does.',
    source: 'Documentation/process/botching-up-ioctls.rst:65',
    breaks: headers(struct('__u32 a;'), struct('__u32 a; __u32 b;')),
    holds: headers(drm('__u32 a;'), drm('__u32 a; __u32 b;')),
  },
  shrunk: {
    id: 'wire.struct-shrunk',
    severity: 'error',
    category: 'WIRE',
    summary: 'A struct became shorter although its members are where they were.',
    reason: 'What is written behind it, or the next one in an array, is elsewhere.',
    source: 'Documentation/process/botching-up-ioctls.rst:38',
    breaks: headers(
      struct('__u64 a; __u32 b;'),
      'struct x_args { __u64 a; __u32 b; } __attribute__((packed));',
    ),
    holds: headers(struct('__u64 a; __u32 b;'), struct('__u64 a; __u32 b; __u32 pad;')),
  },
  only32: {
    id: 'wire.layout-32-bit',
    severity: 'error',
    category: 'WIRE',
    summary: 'A layout changed for 32-bit programs only.',
    reason: 'Nobody on a 64-bit machine sees it, and every 32-bit program breaks.',
    source: 'Documentation/process/botching-up-ioctls.rst:33',
    breaks: headers(struct('__u32 a; __u64 b; __u32 c;'), struct('__u32 a; __aligned_u64 b; __u32 c;')),
    holds: headers(struct('__u64 a; __u64 b;'), struct('__aligned_u64 a; __aligned_u64 b;')),
  },
  added: {
    id: 'added.member',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A struct has a new member where that hurts nobody.',
    reason: 'In a union beside another one, or in bytes that only the kernel writes.',
    source: 'Documentation/process/botching-up-ioctls.rst:65',
    breaks: headers(struct('union { __u32 a; __u32 b; };'), struct('union { __u32 a; __u32 b; __u16 c; };')),
    holds: headers(struct('union { __u32 a; };'), struct('union { __u32 a; };')),
  },
} satisfies Record<string, DiffRule>;

/** What semantics say of a struct; nothing without them. */
export interface Knowledge {
  /** Whether the kernel refused any bit in a reserved member before. */
  enforced(struct: string, path: string): boolean;
  /** Whether the kernel reads a struct behind a pointer. */
  reads(struct: string): boolean | undefined;
  /** How long the kernel takes a struct behind a pointer to be. */
  pointed(struct: string): 'elements' | 'sized' | undefined;
}

const text = (place: Place) => `${shapeText(place.shape)} at ${place.offset.x86_64}`;
const paths = (places: readonly Place[]) => listed(places.map(({ path }) => path));

function grown(delta: StructDelta, facts: Facts, known: Knowledge): Remark[] {
  const { old, new: now, appended } = delta;
  const [before, after] = [old.size.x86_64, now.size.x86_64];
  const change = { old: `${before} bytes`, new: `${after} bytes` };
  const what = `${now.name} has ${after} bytes, it had ${before}${appended.length > 0 ? `: ${paths(appended)} ${appended.length > 1 ? 'are' : 'is'} new` : ''}`;
  const usage = usageOf(facts, now.name);
  const array = usage.embedded.find(each => each.array);
  const pointed = known.pointed(now.name);
  const say = (rule: DiffRule, more: string) => [
    remark(rule, now.name, `${what}; ${more}`, {
      ...change,
      at: `${facts.header}:${lineOf(facts, now.name)}`,
    }),
  ];
  if (array) return say(growthRules.elementGrown, `${array.owner}.${array.member} is an array of it`);
  if (pointed === 'elements')
    return say(growthRules.elementGrown, 'a pointer leads to many of it, and no member tells their size');
  // For other ioctls the size is part of the number, which has a rule of its own.
  if (usage.arguments.some(({ letter }) => letter !== DRM_LETTER)) return [];
  const [first] = usage.arguments;
  if (first) return say(growthRules.extended, `the core extends the argument of ${first.name} with 0`);
  if (pointed === 'sized') return say(growthRules.extended, 'the caller tells the length of its own');
  // What becomes of the struct that it stands in is told there.
  if (usage.embedded.length > 0) return [];
  return say(growthRules.pointeeGrown, 'the caller’s may be shorter');
}

function lineOf(facts: Facts, name: string): number {
  return facts.types.find(type => type.name === name)?.line ?? 1;
}

/** Every change of one struct that is about new members, its length, or 32-bit programs alone. */
export function growthRemarks(
  delta: StructDelta,
  facts: Facts,
  before: Facts,
  known: Knowledge,
  at: (place: Place) => string,
): Remark[] {
  const { old, new: now } = delta;
  const reads = kernelReads(before, old.name) ?? known.reads(old.name);
  const name = (place: Place) => `${now.name}.${place.path}`;
  const fresh = (rule: DiffRule, place: Place, message: string, was?: string) =>
    remark(rule, name(place), message, { old: was, new: text(place), at: at(place) });
  const remarks = delta.inHole.map(place => {
    if (isReserved(place.path))
      return fresh(
        growthRules.padNamed,
        place,
        `${name(place)} names a hole at offset ${place.offset.x86_64}`,
      );
    return reads === false
      ? fresh(growthRules.added, place, `${name(place)} is new in a hole that only the kernel writes`)
      : fresh(
          reads ? growthRules.holeNamed : growthRules.pointeeHoleNamed,
          place,
          `${name(place)} is new in a hole at offset ${place.offset.x86_64}`,
        );
  });
  for (const { place, before: pad } of delta.padReused) {
    const enforced = known.enforced(old.name, pad.path);
    remarks.push(
      reads === false || enforced
        ? fresh(
            growthRules.added,
            place,
            `${name(place)} is new in ${pad.path}, which ${enforced ? 'had to be 0' : 'only the kernel writes'}`,
          )
        : fresh(
            reads ? growthRules.padReused : growthRules.pointeePadReused,
            place,
            `${name(place)} is new in the reserved ${pad.path}`,
            pad.path,
          ),
    );
  }
  for (const place of delta.alternative)
    remarks.push(fresh(growthRules.added, place, `${name(place)} is new beside others`));
  // A layout that is broken anyway is told by what broke it.
  const { moved, retyped, relengthed, inserted, removed } = delta;
  if (moved.length + retyped.length + relengthed.length + inserted.length + removed.length > 0)
    return remarks;
  if (now.size.x86_64 > old.size.x86_64) remarks.push(...grown(delta, facts, known));
  else if (now.size.x86_64 < old.size.x86_64)
    remarks.push(
      remark(
        growthRules.shrunk,
        now.name,
        `${now.name} has ${now.size.x86_64} bytes, it had ${old.size.x86_64}`,
        { old: `${old.size.x86_64} bytes`, new: `${now.size.x86_64} bytes` },
      ),
    );
  // The core takes arguments of any length; elements of arrays and other structs must have the same.
  const usage = usageOf(facts, now.name);
  const fixed = usage.embedded.some(({ array }) => array) || known.pointed(now.name) === 'elements';
  const longer = fixed ? delta.longer32 : [];
  const narrow = ABI_NAMES.filter(abi => delta.only32.includes(abi) || longer.includes(abi));
  if (narrow.length > 0) {
    const sides = (side: typeof old) =>
      narrow
        .map(abi => {
          const members = [...side.members.values()].filter(({ path }) => {
            const [a, b] = [old.members.get(path), now.members.get(path)];
            return a && b && (a.offset[abi] !== b.offset[abi] || a.size[abi] !== b.size[abi]);
          });
          return `${abi} ${[...members.map(each => `${each.path}@${each.offset[abi]}`), `size ${side.size[abi]}`].join(' ')}`;
        })
        .join(', ');
    remarks.push(
      remark(
        growthRules.only32,
        now.name,
        `${now.name} changed for 32-bit programs: ${sides(now)}; it was ${sides(old)}`,
        {
          old: sides(old),
          new: sides(now),
          at: `${facts.header}:${lineOf(facts, now.name)}`,
        },
      ),
    );
  }
  return remarks;
}
