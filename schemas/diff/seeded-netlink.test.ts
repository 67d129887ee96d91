/** Breaks put into a netlink family: each is named by its rule, and by no other of severity error. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { diff } from './diff.ts';
import type { Interface } from './interface.ts';
import { readFamily } from './netlink.ts';
import { type Deep, errorsOf } from './seeded.test.helper.ts';

/** The family drm-ras in short. */
const RAS = {
  name: 'drm-ras',
  'attribute-sets': [
    {
      name: 'error-counter-attrs',
      attributes: [
        { name: 'node-id', type: 'u32' },
        { name: 'error-id', type: 'u32' },
        { name: 'error-value', type: 'u32' },
      ],
    },
  ],
  operations: {
    list: [
      { name: 'list-nodes', 'attribute-set': 'error-counter-attrs', flags: ['admin-perm'], dump: {} },
      {
        name: 'get-error-counter',
        'attribute-set': 'error-counter-attrs',
        do: { request: { attributes: ['node-id'] }, reply: { attributes: ['error-value'] } },
      },
    ],
  },
};
const OVERLAY = { operations: { 'get-error-counter': { do: { required: ['node-id'], checks: [] } } } };

const netlinkSeeds: readonly [string, (spec: Deep<typeof RAS>, overlay: typeof OVERLAY) => void, string][] = [
  [
    'a required attribute',
    (_, overlay) => overlay.operations['get-error-counter'].do.required.push('error-id'),
    'nl.attr-now-required',
  ],
  [
    'a wider attribute',
    spec => {
      spec['attribute-sets'][0]!.attributes[2]!.type = 'u64';
    },
    'nl.attr-type-changed',
  ],
  ['operations in another order', spec => spec.operations.list.reverse(), 'nl.op-id-moved'],
  [
    'an operation for the administrator',
    spec => {
      Object.assign(spec.operations.list[1]!, { flags: ['admin-perm'] });
    },
    'nl.privilege-raised',
  ],
];

for (const [what, edit, expected] of netlinkSeeds)
  test(`${what} in drm-ras should be ${expected}`, () => {
    const [spec, overlay] = structuredClone([RAS, OVERLAY]) as unknown as [Deep<typeof RAS>, typeof OVERLAY];
    edit(spec, overlay);
    const side = (data: unknown, with_: typeof OVERLAY): Interface => ({
      name: 'drm-ras',
      facts: [],
      calls: [],
      families: [readFamily('drm_ras.yaml', data, [with_])],
    });
    const { ids, all } = errorsOf(diff(side(RAS, OVERLAY), side(spec, overlay)));
    assert.equal(ids, [expected], all);
  });

test.run();
