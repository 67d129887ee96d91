import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMutant, createReference, type Mutant } from '../../reference/index.ts';
import { catalogue, type Link, type Trace, validate as validateData } from '../../schemas/index.ts';
import { prettyReport } from '../report/pretty.ts';
import type { EndEvent, StreamEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';
import { CoverageWatch } from './coverage.ts';

const driver = catalogue().drivers.get('ethosu')!;

/** Every SUBMIT is refused, whatever it is given. */
const refusing: Mutant = {
  id: 'test.refuses',
  class: 'C13',
  clauses: ['dispatch.valid-call'],
  driver: 'ethosu',
  summary: 'SUBMIT refuses everything.',
  patch: [
    {
      before: 'ethosu.submit.jobs-unreadable',
      insert: [
        {
          check: 'mutant',
          when: { eq: [0, 0] },
          errno: 'EINVAL',
          pinned: true,
          clause: 'dispatch.valid-call',
          basis: 'house',
          source: 'a mutant',
          evidence: 'read',
        },
      ],
    },
  ],
};

async function run(link: Link, query: string): Promise<{ end: EndEvent; shown: string }> {
  let shown = '';
  const report = prettyReport({ write: text => (shown += text) }, { color: false, width: 80 });
  const events: StreamEvent[] = [];
  const target = { name: 'reference:ethosu', kind: 'reference', met: 'model', link, close: async () => {} };
  const options = { seed: 1, runs: 0, tier: 'reversible', requireMust: false, version: 'test' } as const;
  const end = await validate(
    target as never,
    { ...options, select: new Selection(query), now: () => 0 },
    event => {
      events.push(event);
      report(event);
    },
  );
  for (const event of events) validateData('stream', 'the stream', JSON.parse(JSON.stringify(event)));
  return { end, shown };
}

test('a run should tell what it came to, and what it did not', async () => {
  const link = createReference({ driver, profile: 'u65' });
  const { end, shown } = await run(link, 'reserved@DRM_IOCTL_ETHOSU_BO_CREATE*');
  const { cells, fields, clauses, resources, refused } = end.coverage!;
  assert.equal([clauses.seen, clauses.missed.includes('node.major')], [1, true]);
  assert.not.ok(cells.required.missed.includes('DRM_IOCTL_ETHOSU_BO_CREATE EINVAL'));
  assert.ok(cells.required.missed.includes('DRM_IOCTL_ETHOSU_BO_WAIT ENOENT'));
  assert.is(cells.required.seen + cells.required.missed.length, cells.required.of);
  assert.equal(cells.forbidden.seen, []);
  assert.not.ok(fields.missed.includes('DRM_IOCTL_ETHOSU_BO_CREATE.flags'));
  assert.ok(fields.missed.includes('DRM_IOCTL_ETHOSU_SUBMIT.jobs'));
  assert.not.ok(resources.creators.missed.includes('gem_handle DRM_IOCTL_ETHOSU_BO_CREATE'));
  assert.ok(resources.users.missed.includes('gem_handle DRM_IOCTL_ETHOSU_BO_WAIT'));
  assert.equal(refused, []);
  assert.match(shown, /reached 1 of \d+ clauses; errno cells seen: required \d+ of \d+/);
});

test('a call of which none succeeds should be told with what it keeps from being judged', async () => {
  const { end, shown } = await run(createMutant(refusing), 'argument@DRM_IOCTL_ETHOSU_SUBMIT*');
  const [refused] = end.coverage!.refused;
  assert.is(refused?.call, 'DRM_IOCTL_ETHOSU_SUBMIT');
  assert.is(refused!.notReached, end.counts['not reached']);
  assert.ok(refused!.notReached > 5);
  assert.match(shown, /every DRM_IOCTL_ETHOSU_SUBMIT was refused: \d+ clauses not reached/);
});

test('an errno that no description has for the call should be a forbidden cell that was seen', () => {
  const watch = new CoverageWatch(driver, 'x86_64');
  const call = driver.calls.get('DRM_IOCTL_GEM_CLOSE')!;
  const request = { kind: 'const', value: 0x40086409n } as const;
  const step = { op: 'ioctl', args: [request, request, request], deadline: 1 } as const;
  const result = { step: 0, status: 'done', ret: -1n, errno: 9, signal: 0, before: 0n, after: 0n } as const;
  const trace: Trace = {
    program: { buffers: [], slots: 0, steps: [step] },
    results: [{ ...result, diffs: [], hashes: [] }],
    log: [],
    end: { status: 'complete', taint: 0n, stack: '' },
  };
  watch.see(trace, [{ step: 0, call, state: 'judged', differences: [] }]);
  assert.equal(watch.summary().cells.forbidden.seen, ['DRM_IOCTL_GEM_CLOSE EBADF']);
});

test('clauses of the management profile should count where a device has that part of it', () => {
  const missed = (managed: boolean, control: boolean) => {
    const { control_calls: _, ...rest } = driver.manifest;
    const calls: [string] = ['DRM_IOCTL_ETHOSU_DEV_QUERY'];
    const manifest = control ? { ...rest, control_calls: calls } : rest;
    return new CoverageWatch({ ...driver, manifest }, 'x86_64', managed).summary().clauses.missed;
  };
  const has = (ids: readonly string[], family: string) => ids.some(id => id.startsWith(`${family}.`));
  for (const managed of [false, true])
    for (const control of [false, true]) {
      const ids = missed(managed, control);
      assert.equal(
        ['control', 'firmware', 'health', 'ras', 'node'].map(family => has(ids, family)),
        [control, managed, managed, false, true],
      );
    }
});

test.run();
