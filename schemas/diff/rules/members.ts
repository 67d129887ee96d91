/** Rules about the members that two versions of a struct both have, or that are gone. */
import type { Remark } from '../../rulebook/rule.ts';
import { type Place, shapeText } from '../places.ts';
import { type DiffRule, headers, listed, remark } from '../rule.ts';
import type { Moved, StructDelta } from '../struct-delta.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const struct = (members: string, name = 'x_args') => `struct ${name} { ${members} };`;
const FIRST = '__u32 a; __u32 b;';

export const memberRules = {
  moved: {
    id: 'wire.field-moved',
    severity: 'error',
    category: 'WIRE',
    summary: 'A member lies at another offset.',
    reason: 'An old program puts it where the new kernel reads another member.',
    source: NO_REGRESSIONS,
    breaks: headers(struct(FIRST), struct('__u32 b; __u32 a;')),
    holds: headers(struct(FIRST), struct(`${FIRST} __u64 c;`)),
  },
  retyped: {
    id: 'wire.field-type-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A member has another size or another kind of type.',
    reason: 'The kernel takes more or fewer bytes than an old program gave, or reads them as something else.',
    source: NO_REGRESSIONS,
    breaks: headers(struct('__u32 a; __u32 b;'), struct('__u16 a; __u32 b;')),
    holds: headers(struct('unsigned int a;'), struct('__u32 a;')),
  },
  resigned: {
    id: 'wire.field-sign-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A number is signed now, or no longer.',
    reason: 'Values with the highest bit set mean something else to one of the two sides.',
    source: NO_REGRESSIONS,
    breaks: headers(struct('__u32 a;'), struct('__s32 a;')),
    holds: headers(struct('__u32 a;'), struct('unsigned int a;')),
  },
  relengthed: {
    id: 'wire.array-length-changed',
    severity: 'error',
    category: 'WIRE',
    summary: 'An array member has another number of elements.',
    reason: 'One side writes or reads beyond what the other one has, and what follows moves.',
    source: NO_REGRESSIONS,
    breaks: headers(struct('__u32 a[4]; __u32 b;'), struct('__u32 a[8]; __u32 b;')),
    holds: headers(struct('__u32 n; __u32 a[2];'), struct('__u32 n; __u32 a[4];')),
  },
  inserted: {
    id: 'wire.member-inserted',
    severity: 'error',
    category: 'WIRE',
    summary: 'A new member stands before others, which move.',
    reason: 'An old program puts every later member where the new kernel reads another one.',
    source: 'Documentation/process/botching-up-ioctls.rst:65',
    breaks: headers(struct(FIRST), struct('__u32 a; __u32 c; __u32 b;')),
    holds: headers(struct(FIRST), struct(`${FIRST} __u32 c;`)),
  },
  removed: {
    id: 'wire.member-removed',
    severity: 'error',
    category: 'WIRE',
    summary: 'A member is gone.',
    reason:
      'What an old program asks for in it is no longer done, what it waits for in it no longer comes, and it cannot be compiled again.',
    source: NO_REGRESSIONS,
    breaks: headers(struct(FIRST), struct('__u32 a;')),
    holds: headers(struct(FIRST), struct('__u32 a; union { __u32 b; __u32 c; };')),
  },
  replaced: {
    id: 'wire.member-replaced',
    severity: 'error',
    category: 'WIRE',
    summary: 'Another member of another type lies where one was.',
    reason: 'The kernel takes what an old program put there for something else.',
    source: NO_REGRESSIONS,
    breaks: headers(struct('__u64 a; __u32 b;'), struct('__u64 a; __u16 c[2];')),
    holds: headers(struct('__u64 a; __u32 b;'), struct('__u64 a; union { __u32 b; __u16 c[2]; };')),
  },
  retired: {
    id: 'wire.field-retired',
    severity: 'warning',
    category: 'WIRE',
    summary: 'A member became a reserved one.',
    reason:
      'Old programs still fill it: the kernel must go on to accept that, and what they ask for is no longer done.',
    source: 'Documentation/process/botching-up-ioctls.rst:72',
    breaks: headers(struct(FIRST), struct('__u32 a; __u32 reserved;')),
    holds: headers(struct(FIRST), struct(`${FIRST} __u32 reserved;`)),
  },
  renamed: {
    id: 'source.member-renamed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A member of the same place and type has another name.',
    reason: 'Programs that use the old name no longer compile.',
    source: 'Documentation/dev-tools/checkuapi.rst:338',
    breaks: headers(struct(FIRST), struct('__u32 a; __u32 beta;')),
    holds: headers(struct(FIRST), struct('__u32 a; union { __u32 b; __u32 beta; };')),
  },
  padGone: {
    id: 'source.pad-removed',
    severity: 'warning',
    category: 'SOURCE',
    summary: 'A reserved member is gone.',
    reason: 'Programs that clear it by its name no longer compile.',
    source: 'Documentation/process/botching-up-ioctls.rst:72',
    breaks: headers(struct('__u16 a; __u16 pad; __u32 b;'), struct('__u16 a; __u32 b;')),
    holds: headers(struct('__u32 a; __u32 pad; __u64 b;'), struct('__u32 a; __u32 pad; __u64 b; __u64 c;')),
  },
} satisfies Record<string, DiffRule>;

const offset = (place: Place) => `offset ${place.offset.x86_64}`;

/** Every change of members of one struct that is not about new ones. `at` makes a place of a line. */
export function memberRemarks(delta: StructDelta, at: (place: Place) => string): Remark[] {
  const owner = delta.new.name;
  const name = (place: Place) => `${owner}.${place.path}`;
  const moved = delta.moved.map(({ place }) => place.path);
  // What moves the others is told; that they move is told with it.
  const others = (first: Place): string => {
    const later = moved.filter(path => path !== first.path);
    return later.length > 0 ? `, and ${listed(later)} ${later.length > 1 ? 'move' : 'moves'} with it` : '';
  };
  const shape = (
    rule: DiffRule,
    { place, before }: Moved,
    verb: string,
    text: (place: Place) => string = ({ shape: of }) => shapeText(of),
  ) =>
    remark(
      rule,
      name(place),
      `${name(place)} ${verb} ${text(place)}, it was ${text(before)}${others(place)}`,
      { old: text(before), new: text(place), at: at(place) },
    );
  const causes =
    delta.retyped.length + delta.relengthed.length + delta.inserted.length + delta.removed.length;
  return [
    ...delta.retyped.map(each => shape(memberRules.retyped, each, 'is')),
    ...delta.resigned.map(each => shape(memberRules.resigned, each, 'is')),
    ...delta.relengthed.map(each => shape(memberRules.relengthed, each, 'is')),
    ...(causes === 0 ? delta.moved.map(each => shape(memberRules.moved, each, 'lies at', offset)) : []),
    ...delta.inserted.map(place =>
      remark(
        memberRules.inserted,
        name(place),
        `${name(place)} is new at ${offset(place)}${others(place) || ', where other members were'}`,
        { new: `${shapeText(place.shape)} at ${place.offset.x86_64}`, at: at(place) },
      ),
    ),
    ...delta.removed.map(place =>
      remark(
        memberRules.removed,
        name(place),
        `${name(place)}, ${shapeText(place.shape)} at ${offset(place)}, is gone${others(place)}`,
        { old: `${shapeText(place.shape)} at ${place.offset.x86_64}` },
      ),
    ),
    ...delta.replaced.map(({ place, before }) =>
      remark(
        memberRules.replaced,
        name(before),
        `${name(place)}, ${shapeText(place.shape)}, lies where ${before.path}, ${shapeText(before.shape)}, was`,
        { old: shapeText(before.shape), new: `${place.path} ${shapeText(place.shape)}`, at: at(place) },
      ),
    ),
    ...delta.retired.map(({ place, before }) =>
      remark(memberRules.retired, name(before), `${name(before)} became the reserved ${place.path}`, {
        old: before.path,
        new: place.path,
        at: at(place),
      }),
    ),
    ...delta.renamed.map(({ place, before }) =>
      remark(memberRules.renamed, name(before), `${name(before)} is called ${place.path} now`, {
        old: before.path,
        new: place.path,
        at: at(place),
      }),
    ),
    ...delta.padRemoved.map(place =>
      remark(memberRules.padGone, name(place), `${name(place)} is gone`, { old: shapeText(place.shape) }),
    ),
  ];
}
