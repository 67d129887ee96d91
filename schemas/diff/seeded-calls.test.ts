/** Breaks put into real descriptions: each is named by its rule, and by no other of severity error. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Rule, ruleName } from '../catalogue/rules.ts';
import {
  bodyOf,
  check,
  errorsOf,
  remarksOf,
  rule,
  type Seed,
  semantics,
  struct,
  u32,
} from './seeded.test.helper.ts';

const seeds: readonly Seed[] = [
  [
    'a check that comes earlier',
    'ethosu',
    copy => {
      const { do: rules } = rule(copy, 'submit', 'each-job') as unknown as { do: Rule[] };
      rules.unshift(
        ...rules.splice(
          rules.findIndex(each => ruleName(each) === 'commands-unknown'),
          1,
        ),
      );
    },
    'behaviour.pinned-order-changed',
  ],
  [
    'a check after the object is made',
    'ethosu',
    copy => {
      const rules = bodyOf(copy, 'bo_create');
      const at = rules.findIndex(each => ruleName(each) === 'size-negative');
      rules.splice(6, 0, ...rules.splice(at, 1));
    },
    'behaviour.effect-before-check',
  ],
  [
    'another errno',
    'ethosu',
    copy => {
      rule(copy, 'bo_create', 'size-zero').errno = 'E2BIG';
    },
    'behaviour.errno-changed',
  ],
  [
    'a flag that is refused now',
    'ethosu',
    copy => {
      rule(copy, 'bo_create', 'flags-unknown').when = {
        unknownBits: { field: 'flags' },
        values: { constants: [] },
      };
    },
    'wire.value-refused',
  ],
  [
    'a pad that is refused now',
    'drm',
    copy => bodyOf(copy, 'gem_close').unshift(check('pad', { nonzero: { field: 'pad' } }, 'reserved.field')),
    'wire.reserved-enforced',
  ],
  [
    'a new limit',
    'ethosu',
    copy => bodyOf(copy, 'bo_create').splice(1, 0, check('size-large', { gt: [{ field: 'size' }, 65536] })),
    'behaviour.check-added',
  ],
  [
    'a lower limit',
    'ethosu',
    copy => {
      rule(copy, 'bo_create', 'size-beyond-offsets').when = {
        gt: [{ roundUp: [{ field: 'size' }, { param: 'page_size' }], width: 'u64' }, 0x1000000],
      };
    },
    'behaviour.check-tightened',
  ],
  [
    'a size that comes back otherwise',
    'ethosu',
    copy => {
      rule(copy, 'bo_create', 'size').to = { equals: { field: 'size' } };
    },
    'wire.size-out-changed',
  ],
  [
    'a handle that may be any number',
    'ethosu',
    copy => {
      rule(copy, 'bo_create', 'handle').to = { opaque: true };
    },
    'behaviour.output-changed',
  ],
  [
    'a buffer that is written further',
    'ethosu',
    copy => {
      const [, select] = bodyOf(copy, 'dev_query') as unknown as { otherwise: Record<string, unknown>[] }[];
      select!.otherwise.find(each => 'write' in each)!.length = { field: 'size' };
    },
    'wire.short-changed',
  ],
  [
    'a call for the administrator',
    'ethosu',
    copy => {
      semantics(copy, 'submit').access = ['render', 'root'];
    },
    'behaviour.privilege-raised',
  ],
  [
    'a member that the kernel reads now',
    'drm',
    copy => {
      Object.assign(semantics(copy, 'gem_close').fields.pad!, { direction: 'in', role: 'value' });
    },
    'wire.field-read',
  ],
  [
    'a new member that must not be 0',
    'ethosu',
    copy => {
      struct(copy, 'drm_ethosu_bo_create').members.push(u32('domain'), u32('more'));
      const call = semantics(copy, 'bo_create');
      for (const name of ['domain', 'more']) call.fields[name] = { direction: 'in', role: 'value' };
      call.body.unshift(check('domain-zero', { eq: [{ field: 'domain' }, 0] }));
    },
    'wire.new-member-refuses-zero',
  ],
];

for (const [what, of, edit, expected] of seeds)
  test(`${what} in ${of} should be ${expected}`, () => {
    const { ids, all } = errorsOf(remarksOf(of, edit));
    assert.equal(ids, [expected], all);
  });

/** Changes that are likely to hurt, without an error. */
const warnings: readonly Seed[] = [
  [
    'two checks swapped',
    'ethosu',
    copy => {
      const rules = bodyOf(copy, 'bo_create');
      [rules[1], rules[2]] = [rules[2]!, rules[1]!];
    },
    'behaviour.check-reordered',
  ],
  [
    'a check that is gone',
    'ethosu',
    copy => bodyOf(copy, 'bo_create').splice(1, 1),
    'behaviour.check-removed',
  ],
];

for (const [what, of, edit, expected] of warnings)
  test(`${what} in ${of} should be ${expected}, and no error`, () => {
    const remarks = remarksOf(of, edit);
    const { ids, all } = errorsOf(remarks);
    assert.equal(ids, [], all);
    assert.ok(remarks.some(each => each.rule.id === expected));
  });

test.run();
