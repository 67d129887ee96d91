import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMutant, createReference, mutantById, profileParams } from '../../reference/index.ts';
import { type AbiName, catalogue, errnoNumber, type Facts, type Link } from '../../schemas/index.ts';
import type { VerdictEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { validate } from '../run/validate.ts';

interface Wanted {
  readonly mutant?: string;
  readonly abi?: AbiName;
  readonly select?: string;
  readonly seed?: number;
  /** The user has the header. */
  readonly header?: boolean;
  readonly change?: (link: Link, facts: Facts) => { link?: Link; facts?: Facts };
}

/** A device whose driver reports a name that the collection does not have. */
async function unknown(name: string, wanted: Wanted = {}) {
  const driver = catalogue().drivers.get(name)!;
  const [profile] = Object.keys(driver.manifest.profiles);
  const params = new Map([...profileParams(driver, profile!), ['version.name', 'newdrv'] as const]);
  const { abi, mutant } = wanted;
  const options = { driver, profile: profile!, params, ...(abi ? { abi } : {}) };
  const plain = mutant ? createMutant(mutantById(mutant)!, options) : createReference(options);
  const { link = plain, facts = driver.facts } = wanted.change?.(plain, driver.facts) ?? {};
  const verdicts: VerdictEvent[] = [];
  let description = '';
  const render = driver.manifest.node === 'render';
  const end = await validate(
    {
      name: 'a device',
      kind: 'reference',
      met: 'model',
      link,
      ...(render ? { nodePath: '/dev/dri/renderD128' } : {}),
      close: () => link.close(),
    },
    {
      seed: wanted.seed ?? 1,
      runs: 2,
      tier: 'reversible',
      select: new Selection(wanted.select),
      requireMust: false,
      version: '0',
      now: () => 0,
      ...(wanted.header === false ? {} : { facts }),
    },
    event => {
      if (event.event === 'verdict') verdicts.push(event);
      if (event.event === 'run') description = `${event.target.description} ${event.target.level}`;
    },
  );
  const own = verdicts.filter(({ instance }) => instance.includes(`_${name.toUpperCase()}_`));
  return { end, verdicts, own, description };
}

const bad = (verdicts: readonly VerdictEvent[]) =>
  verdicts
    .filter(({ verdict }) => !['conforms', 'not reached', 'not claimed'].includes(verdict))
    .map(({ verdict, clause, instance, reason }) => `${verdict} ${clause} ${instance} ${reason}`);

/** The core's calls take most of the time, and are the same for all three. */
const DRIVERS: readonly [name: string, select: string][] = [
  ['ethosu', 'dispatch,node,argument.feature,output'],
  ['accelref', '!isolation,!race,!model'],
  ['vgem', 'dispatch,node,argument.feature,output'],
];

for (const [name, select] of DRIVERS)
  test(`nothing should be held against ${name} under another name, without and with its header`, async () => {
    const bare = await unknown(name, { header: false, select: 'argument,output,dispatch' });
    assert.equal(bad(bare.verdicts), []);
    assert.is(bare.description, 'core L0');
    assert.equal(bare.own, []);
    const { verdicts, own, description } = await unknown(name, { seed: 7, select });
    assert.equal(bad(verdicts), []);
    assert.is(description, `${catalogue().drivers.get(name)!.facts.header} L1`);
    const calls = catalogue().drivers.get(name)!.facts.ioctls.length;
    assert.ok(own.filter(({ verdict }) => verdict === 'conforms').length >= 3 * calls);
  });

test('nothing should be held against 32-bit programs of it', async () => {
  const { verdicts, own } = await unknown('accelref', { abi: 'i386', select: 'dispatch,output.untouched' });
  assert.equal(bad(verdicts), []);
  assert.ok(own.some(({ verdict }) => verdict === 'conforms'));
});

/** Faults of how an ioctl reaches its handler, and the clause by which the header alone shows each. */
const FAULTS: readonly [mutant: string, clause: string][] = [
  ['dispatch.long-tail-cleared', 'dispatch.long-argument'],
  ['dispatch.long-refused', 'dispatch.long-argument'],
  ['dispatch.definition-decides-size', 'dispatch.short-argument'],
  ['dispatch.short-tail-garbage', 'dispatch.short-argument'],
  ['dispatch.size-must-match', 'dispatch.short-argument'],
  ['dispatch.write-bit-ignored', 'dispatch.direction'],
  ['dispatch.read-bit-ignored', 'dispatch.direction'],
  ['dispatch.null-is-invalid', 'dispatch.null-argument'],
  ['drop.drm.ioctl.copy-out', 'dispatch.bad-argument'],
  ['errno.drm.ioctl.copy-in', 'dispatch.bad-argument'],
];

for (const [mutant, clause] of FAULTS)
  test(`${mutant} should show in the calls of the header`, async () => {
    const { own, end } = await unknown('ethosu', { mutant, select: clause });
    const found = own.filter(({ verdict }) => verdict === 'violates');
    assert.ok(found.length > 0);
    assert.ok(found.every(each => each.clause === clause && each.level === 'MUST'));
    assert.is(end.status, 1);
  });

test('a number that the header does not have should be found', async () => {
  const without = (_: Link, facts: Facts) => ({
    facts: { ...facts, ioctls: facts.ioctls.filter(({ name }) => name !== 'DRM_IOCTL_ETHOSU_BO_WAIT') },
  });
  const found: string[] = [];
  // Every number of the range is tried in a few seeds.
  for (let seed = 1; seed <= 6 && found.length === 0; seed += 1)
    found.push(
      ...bad((await unknown('ethosu', { select: 'dispatch.number', seed, change: without })).verdicts),
    );
  assert.ok(found[0]?.startsWith('violates dispatch.number driver'), found.join());
});

test('a call that the kernel does not have, or that waits, should be not reached', async () => {
  const [first] = catalogue().drivers.get('ethosu')!.facts.ioctls;
  const more = (_: Link, facts: Facts) => ({
    facts: {
      ...facts,
      ioctls: [...facts.ioctls, { ...first!, name: 'DRM_IOCTL_ETHOSU_LATER', number: 0x5f }],
    },
  });
  const later = await unknown('ethosu', { change: more, select: 'dispatch.short-argument' });
  const verdict = later.own.find(({ instance }) => instance === 'DRM_IOCTL_ETHOSU_LATER');
  assert.is(verdict?.verdict, 'not reached');
  assert.match(verdict!.reason, /every call ends with EINVAL, as when the kernel does not have the number/);
  const waits = await unknown('ethosu', {
    select: 'dispatch.short-argument,kernel.alive',
    change: link => ({
      link: {
        ...link,
        run: async program => {
          const trace = await link.run(program);
          const at = program.steps.findIndex(({ op, args }) => {
            const request = op === 'ioctl' ? args[1] : undefined;
            return request?.kind === 'const' && (request.value & 0xffffn) === 0x6442n;
          });
          if (at < 0) return trace;
          const results = trace.results.slice(0, at + 1);
          results[at] = { ...results[at]!, status: 'deadline', ret: 0n, errno: 0, signal: 9, diffs: [] };
          return { ...trace, results, end: { ...trace.end, status: 'cut' as const } };
        },
      },
    }),
  });
  assert.equal(bad(waits.verdicts), []);
  assert.ok(
    waits.own.some(({ reason }) => reason === 'a call with zeros does not return'),
    waits.own.map(({ reason }) => reason).join(),
  );
});

test('an answer that is another one every time should tell nothing', async () => {
  let count = 0;
  const { own } = await unknown('ethosu', {
    select: 'dispatch.short-argument',
    change: link => ({
      link: {
        ...link,
        run: async program => {
          const trace = await link.run(program);
          return {
            ...trace,
            results: trace.results.map(result => {
              if (result.errno !== errnoNumber('ENOENT')) return result;
              count += 1;
              return count % 3 === 0 ? { ...result, errno: errnoNumber('EPERM') } : result;
            }),
          };
        },
      },
    }),
  });
  assert.ok(own.some(({ reason }) => /^the same zeros are answered with E/.test(reason)));
  assert.equal(bad(own), []);
});

test.run();
