/**
 * What a description costs against code: the ordered checks of five calls as compiled functions, beside the same as
 * hand-written `if`s that ask the same environment, beside `if`s over the bare bytes, and beside the interpreter.
 */
import {
  type CheckRule,
  catalogue,
  checks as checksOf,
  conditionFunction,
  type Environment,
  interpretCondition,
  layoutOf,
  readScalar,
  valuesOf,
  writeScalar,
} from '../../../schemas/index.ts';
import { compare, timed } from '../measure.ts';
import type { Section } from '../section.ts';
import { bareChecks, type Known } from './bare-checks.ts';

/** Calls looked at in one repetition; a quick one makes fewer. */
const CALLS = 200_000;
const QUICK_CALLS = 40_000;

const GOAL = {
  ratio: 0.5,
  why: 'A description that costs more than twice the code would be rewritten by hand where it counts.',
};

const GOAL_BARE = {
  ratio: 0.5,
  why: 'The whole cost of a description: exact integers, and members and handles asked of an environment by name.',
};
const GOAL_INTERPRETER = {
  ratio: 1,
  why: 'Functions that are no faster than their oracle would not be worth a second implementation.',
};

/** Device parameters and handles of the environment that both sides ask. */
const PARAMS: Readonly<Record<string, bigint>> = {
  page_size: 4096n,
  'feature.gem': 1n,
  'feature.syncobj': 1n,
};
const KNOWN_HANDLE = 3n;
const NOW = 1000n;

type Written = (env: Environment) => string | undefined;

interface Call {
  readonly driver: string;
  readonly call: string;
  readonly struct: string;
  /** Arguments, some good and some refused, by member. */
  readonly passed: readonly Readonly<Record<string, bigint>>[];
  readonly written: Written;
}

const roundUp = (value: bigint, step: bigint) =>
  BigInt.asUintN(64, step === 0n ? value : ((value + step - 1n) / step) * step);

const CALLS_MADE: readonly Call[] = [
  {
    driver: 'ethosu',
    call: 'DRM_IOCTL_ETHOSU_BO_CREATE',
    struct: 'drm_ethosu_bo_create',
    passed: [{ size: 4096n }, { size: 5000n, flags: 1n }, { size: 65536n }, { size: 1n << 63n }],
    written: env => {
      if (env.field('size') === 0n) return 'EINVAL';
      if ((env.field('flags') & ~1n) !== 0n) return 'EINVAL';
      if (env.field('size') !== 0n && roundUp(env.field('size'), env.param('page_size')) === 0n)
        return 'ENOSPC';
      if (roundUp(env.field('size'), env.param('page_size')) > 0x7fff_ffff_ffff_ffffn) return 'EINVAL';
      if (roundUp(env.field('size'), env.param('page_size')) > 0xff_fff0_0000n) return 'ENOSPC';
      return undefined;
    },
  },
  {
    driver: 'ethosu',
    call: 'DRM_IOCTL_ETHOSU_BO_WAIT',
    struct: 'drm_ethosu_bo_wait',
    passed: [{ handle: 3n }, { handle: 3n, timeout_ns: 5000n }, { handle: 9n }, { handle: 3n, pad: 1n }],
    written: env => {
      if (env.field('pad') !== 0n) return 'EINVAL';
      if (!env.handle('gem_handle', env.field('handle'))) return 'ENOENT';
      if (env.model('used_after', [env.field('timeout_ns')], 'bo'))
        if (BigInt.asIntN(64, env.field('timeout_ns')) <= env.now()) return 'ETIME';
      return undefined;
    },
  },
  {
    driver: 'ethosu',
    call: 'DRM_IOCTL_GEM_CLOSE',
    struct: 'drm_gem_close',
    passed: [{ handle: 3n }, { handle: 3n, pad: 7n }, { handle: 4n }],
    written: env => {
      if (env.param('feature.gem') === 0n) return 'EOPNOTSUPP';
      if (!env.handle('gem_handle', env.field('handle'))) return 'EINVAL';
      return undefined;
    },
  },
  {
    driver: 'accelref',
    call: 'DRM_IOCTL_SYNCOBJ_CREATE',
    struct: 'drm_syncobj_create',
    passed: [{ flags: 0n }, { flags: 1n }, { flags: 6n }],
    written: env => {
      if (env.param('feature.syncobj') === 0n) return 'EOPNOTSUPP';
      if ((env.field('flags') & ~1n) !== 0n) return 'EINVAL';
      return undefined;
    },
  },
  {
    driver: 'vgem',
    call: 'DRM_IOCTL_VGEM_FENCE_ATTACH',
    struct: 'drm_vgem_fence_attach',
    passed: [{ handle: 3n }, { handle: 3n, flags: 1n }, { handle: 3n, flags: 2n }, { handle: 8n }],
    written: env => {
      if ((env.field('flags') & ~1n) !== 0n) return 'EINVAL';
      if (env.field('pad') !== 0n) return 'EINVAL';
      if (!env.handle('gem_handle', env.field('handle'))) return 'ENOENT';
      if (env.model('fence_conflicts', [env.field('flags')], 'bo')) return 'EBUSY';
      return undefined;
    },
  },
];

/** One argument as all sides see it. */
interface Given {
  readonly env: Environment;
  readonly view: DataView;
}

const KNOWN: Known = {
  handle: Number(KNOWN_HANDLE),
  pageSize: PARAMS.page_size!,
  now: NOW,
  hasGem: PARAMS['feature.gem'] !== 0n,
  hasSyncobj: PARAMS['feature.syncobj'] !== 0n,
  busy: () => false,
};

function given(driver: string, struct: string, passed: Readonly<Record<string, bigint>>): Given {
  const { types } = catalogue().drivers.get(driver)!;
  const layout = layoutOf(types, struct, 'x86_64');
  const bytes = new Uint8Array(layout.size);
  const fields = new Map(layout.fields.map(field => [field.path, field]));
  for (const [path, value] of Object.entries(passed)) {
    writeScalar(bytes, fields.get(path)!, value);
  }
  const none = (): never => {
    throw new Error('nothing in the checks of the benchmark asks for this');
  };
  const env: Environment = {
    field: path => readScalar(bytes, fields.get(path)!),
    param: name => PARAMS[name] ?? none(),
    constant: name => types.constantValue(name),
    handle: (_resource, handle) => handle === KNOWN_HANDLE,
    model: () => false,
    now: () => NOW,
    values: set => valuesOf(types, set),
    ...{ text: none, property: none, sizeof: none, minor: none, call: none, index: none, argument: none },
    ...{ number: none, forbidden: none, unplugged: none, descriptor: none, absent: none, same: none },
    ...{ attachedTwice: none, predicate: none, bytes: none, readable: none, writable: none },
  };
  return { env, view: new DataView(bytes.buffer) };
}

/** The checks of a call as a function: the first condition that holds gives the errno. */
function compiled(rules: readonly CheckRule[]): Written {
  const made = rules.map(({ when, errno }) => ({ fails: conditionFunction(when), errno }));
  return env => {
    for (const { fails, errno } of made) if (fails(env)) return errno;
    return undefined;
  };
}

/** The same, as the interpreter reads them. */
function interpreted(rules: readonly CheckRule[]): Written {
  return env => rules.find(({ when }) => interpretCondition(when, env))?.errno;
}

export const checks: Section = {
  name: 'checks',
  summary: 'the ordered checks of five calls: compiled, interpreted, and as code of two kinds',
  async measure({ quick }) {
    const rows = [];
    for (const { driver, call, struct, passed, written } of CALLS_MADE) {
      const { semantics } = catalogue().drivers.get(driver)!.calls.get(call)!;
      const rules = checksOf(semantics.body);
      const [described, slow, bare] = [compiled(rules), interpreted(rules), bareChecks[call]!];
      const all = passed.map(each => given(driver, struct, each));
      for (const { env, view } of all)
        if ([written(env), slow(env), bare(view, KNOWN)].some(errno => errno !== described(env)))
          throw new Error(`${call}: what stands beside the compiled checks does something else`);
      const times = Math.ceil((quick ? QUICK_CALLS : CALLS) / all.length);
      const work = (check: (one: Given) => string | undefined) => () =>
        timed(() => {
          let refused = 0;
          for (let done = 0; done < times; done += 1)
            for (const one of all) if (check(one) !== undefined) refused += 1;
          return refused > 0 ? times * all.length : 0;
        });
      const what = `${call}: its ${rules.length} checks in order`;
      const ours = work(({ env }) => described(env));
      const beside = [
        ['hand-written ifs', work(({ env }) => written(env)), GOAL],
        ['ifs on a bare DataView', work(({ view }) => bare(view, KNOWN)), GOAL_BARE],
        ['the interpreter', work(({ env }) => slow(env)), GOAL_INTERPRETER],
      ] as const;
      for (const [against, theirs, goal] of beside)
        rows.push(await compare({ what, unit: 'calls', ours, against, theirs, goal }, quick ? 5 : 15));
    }
    return {
      rests:
        'functions in memory; those on a bare DataView know the offsets, all others ask one environment for members and handles',
      rows,
    };
  },
};
