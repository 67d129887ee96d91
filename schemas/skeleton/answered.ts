/** Answers as a description: a call whose questions all have one gets roles, checks and outputs, others stay skeletons. */
import type { DriverManifest } from '../generated/types/driver.ts';
import type { FieldRole, Question, Semantics } from '../generated/types/semantics.ts';
import { layoutOf } from '../layout/layout.ts';
import type { TypeTable } from '../layout/type-table.ts';
import type { IoctlFact } from '../layout/types.ts';
import {
  type Answer,
  type AskedField,
  type AskedOf,
  type AskedQuestion,
  fieldsOf,
  NONE,
  questionsOf,
  roleOfField,
  type Told,
} from './questions.ts';
import { callKeys, driverSkeleton } from './skeleton.ts';

/** Documents that say what a driver must refuse: their lines are those of the collection's own rules. */
const ZERO = 'Documentation/process/botching-up-ioctls.rst:72';
const NO_HANDLE = 'Documentation/gpu/drm-uapi.rst:559';

/**
 * What a driver may answer although no rule says so: only roles are described, and a refusal may come of a check that
 * nobody has written down. That a call is accepted where it must be refused is judged all the same.
 */
const REFUSALS = [
  'E2BIG',
  'EACCES',
  'EAGAIN',
  'EBUSY',
  'EEXIST',
  'EFAULT',
  'EINTR',
  'EINVAL',
  'EIO',
  'ENODATA',
  'ENODEV',
  'ENOENT',
  'ENOMEM',
  'ENOSPC',
  'EOPNOTSUPP',
  'EOVERFLOW',
  'EPERM',
  'ERANGE',
  'ETIME',
  'ETIMEDOUT',
] as const;
const ROLES_ONLY =
  'Made of answers: only roles are described, and every refusal is allowed. With the checks of the driver in the body, the list of environmental errnos becomes what the machine may cause.';

type Body = Semantics['body'];

export interface Answered {
  readonly manifest: DriverManifest;
  readonly calls: readonly Semantics[];
  /** Questions without an answer. */
  readonly open: readonly AskedQuestion[];
}

const list = (answer: Answer | undefined): string[] =>
  Array.isArray(answer) ? answer : typeof answer === 'string' && answer !== '' ? [answer] : [];

export function answered(asked: AskedOf, told: Told): Answered {
  const all = questionsOf(asked, told);
  const open = all.filter(({ id }) => told(id) === undefined);
  const keys = callKeys(asked.driver, asked.facts.ioctls);
  const calls = asked.facts.ioctls.map(ioctl => {
    const key = keys.get(ioctl.name)!;
    const left = open.filter(({ id }) => id.startsWith(`${key}.`));
    return new AnsweredCall(ioctl, key, asked, told).semantics(left);
  });
  return { manifest: manifestOf(asked, told, open), calls, open };
}

function asQuestions(open: readonly AskedQuestion[], below: string): Question[] {
  return open.map(({ id, ask }) => ({ about: id.slice(below.length + 1), ask }));
}

function manifestOf({ driver, facts }: AskedOf, told: Told, open: readonly AskedQuestion[]): DriverManifest {
  const skeleton = driverSkeleton(driver, facts);
  const own = open.filter(({ id }) => id.startsWith('driver.'));
  const { questions: _, node: __, ...rest } = skeleton;
  const text = (id: string, otherwise: string) => String(told(id) ?? otherwise);
  return {
    ...rest,
    driver: text('driver.name', driver),
    module: text('driver.module', driver),
    features: list(told('driver.features')) as DriverManifest['features'],
    since: text('driver.since', facts.kernel),
    level: open.length === 0 ? 'L2' : 'L1',
    ...(own.length === 0 ? versionOf(text('driver.name', driver)) : {}),
    ...(told('driver.node') === 'render' ? { node: 'render' as const } : {}),
    ...(own.length > 0 ? { questions: asQuestions(own, 'driver') as [Question, ...Question[]] } : {}),
  };
}

/** What VERSION tells of every driver, and a profile with which a reference can stand for it. */
function versionOf(name: string): Pick<DriverManifest, 'params' | 'profiles'> {
  const texts = { name, desc: name, date: '0' };
  const numbers = { major: 1, minor: 0, patchlevel: 0 };
  const param = (part: string, type: 'text' | 'number') =>
    [`version.${part}`, { type, summary: `Driver ${part}`, from: 'version' }] as const;
  return {
    params: Object.fromEntries([
      ...Object.keys(texts).map(part => param(part, 'text')),
      ...Object.keys(numbers).map(part => param(part, 'number')),
    ]) as DriverManifest['params'],
    profiles: {
      plain: Object.fromEntries(
        Object.entries({ ...texts, ...numbers }).map(([part, value]) => [`version.${part}`, value]),
      ),
    },
  };
}

class AnsweredCall {
  private readonly ioctl: IoctlFact;
  private readonly key: string;
  private readonly told: Told;
  private readonly header: string;
  private readonly types: TypeTable;
  private readonly fields: readonly (AskedField & Pick<FieldRole, 'role' | 'direction'>)[];

  constructor(ioctl: IoctlFact, key: string, { types, facts }: AskedOf, told: Told) {
    this.ioctl = ioctl;
    this.key = key;
    this.told = told;
    this.header = facts.header;
    this.types = types;
    this.fields = fieldsOf(ioctl, types).map(field => ({
      ...field,
      ...roleOfField(ioctl, key, field, told),
    }));
  }

  private of(path: string, what: string): Answer | undefined {
    return this.told(`${this.key}.${path}.${what}`);
  }

  semantics(open: readonly AskedQuestion[]): Semantics {
    const { told, key, ioctl } = this;
    const summary = told(`${key}.summary`);
    const access = list(told(`${key}.access`));
    const tier = told(`${key}.tier`);
    const left = [...asQuestions(open, key), ...this.beyond()];
    return {
      call: ioctl.name,
      key,
      summary: typeof summary === 'string' && summary !== '' ? summary : 'Not described yet.',
      ...(access.length > 0 ? { access: access as NonNullable<Semantics['access']> } : {}),
      ...(tier === undefined || tier === 'reversible'
        ? {}
        : { tier: tier as NonNullable<Semantics['tier']> }),
      fields: Object.fromEntries(this.fields.map(field => [field.layout.path, this.role(field)])),
      ...this.structs(),
      ...(left.length === 0 ? { note: ROLES_ONLY, environmental: [...REFUSALS] } : {}),
      body: left.length === 0 ? this.body() : [],
      ...(left.length > 0 ? { questions: left as [Question, ...Question[]] } : {}),
    };
  }

  /** What no answer can say: what a call writes behind a pointer is a rule of its own. */
  private beyond(): Question[] {
    return this.fields
      .filter(({ layout }) => this.of(layout.path, 'written') === 'yes')
      .map(({ layout: { path } }) => ({
        about: 'body',
        ask: `what does the call write where ${path} leads to? Complete the body by hand: a rule "write" says it.`,
      }));
  }

  /** Members of what pointers lead to: only that they are there. */
  private structs(): Pick<Semantics, 'structs'> {
    const named = this.fields.flatMap(({ layout, role }) => {
      const struct = role === 'pointer' ? this.target(layout.path)?.struct : undefined;
      return struct === undefined ? [] : [struct];
    });
    if (named.length === 0) return {};
    const roles = (struct: string) =>
      layoutOf(this.types, struct, 'x86_64').fields.map(({ path, array }): [string, FieldRole] => [
        path,
        { direction: 'in', role: array ? 'array' : 'value' },
      ]);
    return { structs: Object.fromEntries(named.map(struct => [struct, Object.fromEntries(roles(struct))])) };
  }

  /** A GEM object has whole pages (drivers/gpu/drm/drm_gem.c, drm_gem_private_object_init()). */
  private size(): object {
    const bytes = this.fields.find(({ role, direction }) => role === 'bytes' && direction !== 'out');
    return bytes
      ? { size: { roundUp: [{ field: bytes.layout.path }, { param: 'page_size' }], width: 'u64' } }
      : {};
  }

  private role({ layout, role, direction }: (typeof this.fields)[number]): FieldRole {
    const { path } = layout;
    const values = this.values(path);
    const resource = this.of(path, 'resource');
    const kind = this.of(path, 'kind');
    const clock = this.of(path, 'clock');
    const valid = list(this.of(path, 'valid'));
    const target = role === 'pointer' ? this.target(path) : undefined;
    return {
      direction,
      role,
      ...(values ? { values } : {}),
      ...(resource !== undefined ? { resource: String(resource) } : {}),
      ...(kind !== undefined ? { descriptor: kind as NonNullable<FieldRole['descriptor']> } : {}),
      ...(clock !== undefined ? { clock: clock as NonNullable<FieldRole['clock']> } : {}),
      ...(target ? { target } : {}),
      ...(valid.length > 0 ? { valid: valid.map(numberOf) } : {}),
    };
  }

  private values(path: string): FieldRole['values'] {
    const answer = this.of(path, 'values');
    if (answer === undefined) return undefined;
    return typeof answer === 'string' ? { enum: answer } : { constants: list(answer) };
  }

  private target(path: string): FieldRole['target'] {
    const [what, length] = [this.of(path, 'target'), this.of(path, 'length')].map(answer =>
      String(answer ?? ''),
    );
    const known = this.fields.some(({ layout }) => layout.path === length);
    const fixed = /^\d+$/.test(length!) ? { fixed: Number(length) } : {};
    if (what === '' || (!known && !('fixed' in fixed))) return undefined;
    if (what === 'bytes' || what === 'text')
      return { ...(known ? { bytes: length! } : fixed), ...(what === 'text' ? { text: true } : {}) };
    const element = what === 'u32' || what === 'u64' ? { element: what } : { struct: what! };
    return { ...element, ...(known ? { count: length! } : fixed) } as FieldRole['target'];
  }

  /** Checks in the order of the members, then what the call makes, gives back and lets go. */
  private body(): Body {
    const ins = this.fields.filter(({ direction }) => direction !== 'out');
    const outs = this.fields
      .filter(({ direction }) => direction === 'out' || direction === 'inout')
      // What a call makes is there before another output is about it.
      .sort((a, b) => Number(b.role === 'handle') - Number(a.role === 'handle'));
    return [
      ...ins.flatMap(field => this.checks(field)),
      ...ins.flatMap(({ layout, role }) =>
        role === 'handle' && this.errno(layout.path) !== undefined
          ? [
              {
                find: nameOf(layout.path),
                handle: { field: layout.path },
                resource: this.resource(layout.path),
              },
            ]
          : [],
      ),
      ...outs.flatMap(field => this.output(field)),
      ...ins.flatMap(({ layout, role }) =>
        role === 'handle' && this.of(layout.path, 'ends') === 'yes'
          ? [
              {
                release: { field: layout.path },
                resource: this.resource(layout.path),
                id: `release-${rule(layout.path)}`,
              },
            ]
          : [],
      ),
    ] as Body;
  }

  /** Whether the body knows the object of a handle: it finds it or makes it. */
  private isBound({ layout, role, direction }: (typeof this.fields)[number]): boolean {
    return role === 'handle' && (direction === 'out' || this.errno(layout.path) !== undefined);
  }

  private resource(path: string): string {
    return String(this.of(path, 'resource'));
  }

  private errno(path: string): string | undefined {
    const errno = this.of(path, 'errno');
    return errno === undefined || errno === NONE ? undefined : String(errno);
  }

  private checks({ layout, role }: (typeof this.fields)[number]): Body[number][] {
    const { path } = layout;
    const errno = this.errno(path);
    const values = this.values(path);
    if (errno === undefined) return [];
    const field = { field: path };
    // What a document demands binds the driver; another errno is what somebody read in its source.
    const by = (document: string, expected: string, binding: boolean) =>
      errno === expected
        ? { basis: 'doc', ...(binding ? { binding: true } : {}), source: document, evidence: 'read' }
        : { basis: 'code', source: `answers: ${this.key}.${path}.errno`, evidence: 'read' };
    const check = (name: string, when: unknown, clause: string, basis: object) =>
      ({ check: `${rule(path)}-${name}`, when, errno, clause, ...basis }) as unknown as Body[number];
    if (role === 'reserved')
      return [check('nonzero', { nonzero: field }, 'reserved.field', by(ZERO, 'EINVAL', true))];
    if (role === 'flags' && values)
      return [check('unknown', { unknownBits: field, values }, 'reserved.flags', by(ZERO, 'EINVAL', true))];
    if (role === 'selector' && values)
      return [check('unknown', { unmatched: field, values }, 'argument.value', by('', '', false))];
    if (role === 'handle')
      return [
        check(
          'unknown',
          { noHandle: field, resource: this.resource(path) },
          'handle.never-issued',
          by(NO_HANDLE, 'ENOENT', false),
        ),
      ];
    return [];
  }

  private output({ layout, role }: (typeof this.fields)[number]): unknown[] {
    const { path } = layout;
    const about = {
      basis: 'header',
      source: `include/uapi/${this.header}:${this.ioctl.line}`,
      evidence: 'read',
    };
    const maps = String(this.of(path, 'maps') ?? NONE);
    const ofHandle = this.fields.find(({ layout: other }) => other.path === maps);
    if (ofHandle && this.isBound(ofHandle)) {
      const stable = `${nameOf(maps)}.mmap_offset`;
      return [
        { set: path, to: { stable, aligned: { param: 'page_size' } }, clause: 'output.field', ...about },
      ];
    }
    if (role !== 'handle') return [{ set: path, to: { opaque: true }, clause: 'output.field', ...about }];
    const resource = this.resource(path);
    const object = nameOf(path);
    return [
      {
        create: resource === 'gem_handle' ? 'gem_object' : resource,
        object,
        properties: resource === 'gem_handle' ? this.size() : {},
      },
      { set: path, to: { fresh: resource, object }, clause: 'handle.fresh', ...about },
    ];
  }
}

/** As semantics have it: text from 2^53 on. */
const numberOf = (text: string) =>
  BigInt(text) >= 2n ** 53n ? `0x${BigInt(text).toString(16)}` : Number(text);

/** Names of rules have dashes, names of objects do not. */
const rule = (path: string) => path.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
const nameOf = (path: string) => `${path.replace(/[^a-z0-9]+/gi, '_').toLowerCase()}_object`;
