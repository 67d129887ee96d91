/**
 * What has to be known of a driver for a description of level L2, as exact questions with a guess for each. A question
 * that follows from another answer is asked once that one is there, or its guess stands.
 */
import type { Answer, AskedQuestion } from '../generated/types/answers.ts';
import type { FieldRole } from '../generated/types/semantics.ts';
import { type FieldLayout, layoutOf } from '../layout/layout.ts';
import { memberPath, membersOf, spellType } from '../layout/spelling.ts';
import type { TypeTable } from '../layout/type-table.ts';
import type { Facts, IoctlFact } from '../layout/types.ts';
import { guessDirection, guessRole, type Role } from './guess-role.ts';
import { callKeys, enumOf } from './skeleton.ts';

export type { Answer, AskedQuestion };

const ROLES: readonly Role[] = [
  'bytes',
  'count',
  'flags',
  'handle',
  'descriptor',
  'selector',
  'pointer',
  'reserved',
  'timeout',
  'offset',
  'value',
  'address',
  'number',
  'array',
];
const DIRECTIONS = ['in', 'out', 'inout', 'unused'];
const FILES = ['node', 'dma-buf', 'syncobj', 'sync-file', 'eventfd'];
/** Names of calls that give something back behind a pointer. */
const WRITES = /(QUERY|GET|INFO|READ|DEBUG|STAT)/;
const ENDS = /(DESTROY|CLOSE|FREE|RELEASE|DELETE|FINI)/;
export const NONE = 'none';

/** What the answers say; undefined where a question is open. */
export type Told = (id: string) => Answer | undefined;

/** The answers by the id of their question: `yes` is the guess. */
export function toldBy(questions: readonly AskedQuestion[]): Told {
  const answers = new Map(
    questions.flatMap(({ id, guess, answer }): [string, Answer][] => {
      if (answer === undefined || answer === null || answer === '') return [];
      if (typeof answer === 'number') return [[id, String(answer)]];
      return [[id, answer === 'yes' || answer === true ? guess : answer === false ? 'no' : answer]];
    }),
  );
  return id => answers.get(id);
}

export interface AskedOf {
  readonly driver: string;
  readonly facts: Facts;
  readonly types: TypeTable;
}

/** Every question, in the order of the header, those answered included. */
export function questionsOf({ driver, facts, types }: AskedOf, told: Told): AskedQuestion[] {
  const accel = facts.header.endsWith('_accel.h');
  const keys = callKeys(driver, facts.ioctls);
  return [
    { id: 'driver.name', ask: 'Which name does VERSION report?', guess: driver },
    { id: 'driver.module', ask: 'What is the module called?', guess: driver },
    {
      id: 'driver.features',
      ask: 'Which features of the DRM core does the driver have? Of GEM, SYNCOBJ, SYNCOBJ_TIMELINE, MODESET, DUMB, PRIME_IMPORT.',
      guess: guessFeatures(facts),
    },
    { id: 'driver.since', ask: 'Which kernel release has the driver first?', guess: facts.kernel },
    {
      id: 'driver.node',
      ask: 'Which kind of node does it make?',
      guess: accel ? 'accel' : 'render',
      one_of: ['accel', 'render'],
    },
    ...facts.ioctls.flatMap(ioctl => ofCall(ioctl, keys.get(ioctl.name)!, types, told, accel)),
  ];
}

function guessFeatures({ ioctls }: Facts): string[] {
  const names = ioctls.map(({ name }) => name).join(' ');
  return /(_BO_|_GEM_|MMAP)/.test(names) ? ['GEM'] : [];
}

function ofCall(
  ioctl: IoctlFact,
  key: string,
  types: TypeTable,
  told: Told,
  accel: boolean,
): AskedQuestion[] {
  const struct = structOf(ioctl);
  const about: AskedQuestion[] = [
    { id: `${key}.summary`, ask: `${ioctl.name}: what does the call do, in one sentence?`, guess: '' },
    {
      id: `${key}.access`,
      ask: `${ioctl.name}: which permission flags does the driver's table give it? Of root, auth, master, render.`,
      guess: accel ? [] : ['render'],
    },
    {
      id: `${key}.tier`,
      ask: `${ioctl.name}: what may it do to the machine and to others?`,
      guess: 'reversible',
      one_of: ['observe', 'reversible', 'disturbing', 'destructive'],
    },
  ];
  if (struct === undefined) return about;
  return [...about, ...fieldsOf(ioctl, types).flatMap(field => ofField(ioctl, key, field, types, told))];
}

export function structOf({ argument }: IoctlFact): string | undefined {
  return argument && 'named' in argument ? argument.named : undefined;
}

/** A member of the argument with what can be guessed of it. */
export interface AskedField {
  readonly layout: FieldLayout;
  /** As the header spells its type. */
  readonly type: string;
  readonly names: readonly string[];
}

export function fieldsOf(ioctl: IoctlFact, types: TypeTable): AskedField[] {
  const struct = structOf(ioctl);
  if (struct === undefined) return [];
  const layout = layoutOf(types, struct, 'x86_64');
  const names = layout.fields.map(({ path }) => path);
  const spelled = new Map(membersOf(types, struct).map(({ path, type }) => [path, spellType(type, types)]));
  return layout.fields.map(field => ({
    layout: field,
    type: spelled.get(memberPath(field.path)) ?? 'unknown',
    names,
  }));
}

/** The role and direction that count: those answered, else those guessed. */
export function roleOfField(
  { name, direction }: Pick<IoctlFact, 'name' | 'direction'>,
  key: string,
  { layout, names }: AskedField,
  told: Told,
): Pick<FieldRole, 'role' | 'direction'> {
  const id = `${key}.${layout.path}`;
  const role = (told(`${id}.role`) ?? guessRole(layout, names)) as Role;
  const guess = role === 'reserved' ? 'unused' : guessDirection(name, direction, role, layout.path);
  return { role, direction: (told(`${id}.direction`) ?? guess) as FieldRole['direction'] };
}

function ofField(
  ioctl: IoctlFact,
  key: string,
  field: AskedField,
  types: TypeTable,
  told: Told,
): AskedQuestion[] {
  const { layout, type, names } = field;
  const id = `${key}.${layout.path}`;
  const what = `${type} ${layout.path}`;
  const { role, direction } = roleOfField(ioctl, key, field, told);
  const guessed = roleOfField(ioctl, key, field, () => undefined);
  const way: AskedQuestion[] =
    ioctl.direction === 'readwrite' && role !== 'reserved'
      ? [
          {
            id: `${id}.direction`,
            ask: `${what}: which way does it go?`,
            guess: direction,
            one_of: DIRECTIONS,
          },
        ]
      : [];
  return [
    { id: `${id}.role`, ask: `${what}: what is it?`, guess: guessed.role, one_of: [...ROLES] },
    ...way,
    ...ofRole(ioctl, id, what, role, direction, { types, names, path: layout.path, type }),
  ];
}

interface Beside {
  readonly types: TypeTable;
  readonly names: readonly string[];
  readonly path: string;
  readonly type: string;
}

function ofRole(
  ioctl: IoctlFact,
  id: string,
  what: string,
  role: Role,
  direction: FieldRole['direction'],
  beside: Beside,
): AskedQuestion[] {
  const goesIn = direction === 'in' || direction === 'inout' || role === 'reserved';
  const errno = (of: string, guess: string): AskedQuestion => ({
    id: `${id}.errno`,
    ask: `${what}: which errno refuses ${of}? "${NONE}" when it is not looked at.`,
    guess,
  });
  switch (role) {
    case 'reserved':
      return [errno('anything but 0', 'EINVAL')];
    case 'flags':
    case 'selector': {
      const values = enumOf(beside.types, structOf(ioctl)!, beside.path, beside.type);
      const which = role === 'flags' ? 'bits' : 'values';
      return [
        {
          id: `${id}.values`,
          ask: `${what}: which enum of the header has its ${which}, or which constants, as a list? [] when there are none.`,
          // That there are none is a claim that nobody makes by nodding.
          guess: values ?? '',
        },
        ...(goesIn ? [errno(`other ${which}`, 'EINVAL')] : []),
      ];
    }
    case 'handle':
      return [
        { id: `${id}.resource`, ask: `${what}: what does it name?`, guess: guessResource(beside.path) },
        ...(direction === 'in'
          ? [
              errno('a handle that was not given out', 'ENOENT'),
              {
                id: `${id}.ends`,
                ask: `${what}: does the call give the handle up?`,
                guess: ENDS.test(ioctl.name) ? 'yes' : 'no',
                one_of: ['yes', 'no'],
              },
            ]
          : []),
      ];
    case 'descriptor':
      return [
        { id: `${id}.kind`, ask: `${what}: what kind of file is it?`, guess: 'sync-file', one_of: FILES },
      ];
    case 'pointer':
      return [
        {
          id: `${id}.target`,
          ask: `${what}: what does it lead to? A struct by its tag, or u32, u64, bytes, text.`,
          guess: guessTarget(beside),
        },
        {
          id: `${id}.length`,
          ask: `${what}: which member says how much, in elements of a struct or number, else in bytes? Or a number of bytes.`,
          guess: guessLength(beside),
        },
        {
          id: `${id}.written`,
          ask: `${what}: does the call write there?`,
          guess: WRITES.test(ioctl.name) ? 'yes' : 'no',
          one_of: ['yes', 'no'],
        },
      ];
    case 'timeout':
      return [
        {
          id: `${id}.clock`,
          ask: `${what}: a point of CLOCK_MONOTONIC or a duration?`,
          guess: 'absolute',
          one_of: ['absolute', 'relative'],
        },
      ];
    case 'offset':
      return goesIn ? [good(id, what, role)] : [mapped(id, what, beside)];
    case 'array':
      return [];
    default:
      return goesIn ? [good(id, what, role)] : [];
  }
}

/** An offset at which the node maps an object, or any other. */
function mapped(id: string, what: string, { names }: Beside): AskedQuestion {
  return {
    id: `${id}.maps`,
    ask: `${what}: which handle of the call has the object that mmap() maps there? "${NONE}" when it is another offset.`,
    guess: names.find(name => /(^|_)(handle|bo)$/.test(name)) ?? NONE,
  };
}

/** Without a value that a call takes, nothing about the call can be tried. */
function good(id: string, what: string, role: Role): AskedQuestion {
  return {
    id: `${id}.valid`,
    ask: `${what}: which values may a good call have, as a list of numbers?`,
    guess: role === 'bytes' ? ['4096'] : [role === 'count' ? '1' : '0'],
  };
}

function guessResource(path: string): string {
  const name = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  if (/syncobj/.test(name)) return 'syncobj_handle';
  return /(^|_)(handle|bo|gem)$/.test(name) ? 'gem_handle' : name.replace(/_(id|handle)$/, '');
}

const singular = (name: string) => name.replace(/_(ptr|pointer|p)$/, '').replace(/s$/, '');

/** A struct that is named after the member, else bytes. */
function guessTarget({ types, path }: Beside): string {
  const word = singular(path.slice(path.lastIndexOf('.') + 1));
  return [...types.composites.keys()].find(tag => tag.endsWith(`_${word}`)) ?? 'bytes';
}

function guessLength({ names, path }: Beside): string {
  const word = singular(path.slice(path.lastIndexOf('.') + 1));
  const wanted = new RegExp(`^(${word}s?_(count|num|size|len|length|nr)|(num|nr|n|count|size)_${word}s?)$`);
  return (
    names.find(name => wanted.test(name)) ?? names.find(name => /^(size|len|length|count)$/.test(name)) ?? ''
  );
}
