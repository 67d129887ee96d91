import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMutant, createReference, mutantById } from '../../reference/index.ts';
import { catalogue, type Link, walk } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import { context } from './context.test.helper.ts';
import { isolationFamily } from './isolation.ts';
import { findSecret, secretOf } from './isolation-secret.ts';
import { ownLines, SHARED } from './isolation-shared.ts';

const CONTEXTS = ['ethosu', 'accelref', 'vgem'].map(context);
const plans = new Map(CONTEXTS.map(each => [each.driver.name, isolationFamily(each)]));

/** What every instance of a case finds by looking. */
async function findings(link: Link, { program, instances }: Case): Promise<string[]> {
  const trace = await link.run(program);
  return instances.flatMap(({ look }) => look?.(trace) ?? []);
}

const onMutant = (id: string, name: string) => {
  const mutant = mutantById(id)!;
  const one = plans.get(mutant.driver)!.find(each => each.name === name)!;
  return findings(createMutant(mutant, { restarts: true }), one);
};

test('every instance should stand there once, and every call that can be made should be one', () => {
  for (const [driver, cases] of plans) {
    const ids = cases.flatMap(({ instances }) =>
      instances.map(({ clause, instance }) => `${clause}@${instance}`),
    );
    assert.is(new Set(ids).size, ids.length, driver);
    assert.ok(ids.includes('isolation.interference@DRM_IOCTL_GEM_CLOSE'), driver);
    assert.ok(ids.includes('isolation.secret@calls.died'), driver);
  }
});

test('only what is wanted should be made', () => {
  const [ethosu] = CONTEXTS;
  const wanted = ({ instance }: { readonly instance: string }) => instance === 'memory.died';
  const cases = isolationFamily({ ...ethosu!, wanted }).filter(({ instances }) => instances.length > 0);
  assert.equal(
    cases.map(({ name }) => name),
    ['secret.died'],
  );
});

test('nothing should be found on a strict reference', async () => {
  for (const { driver } of CONTEXTS) {
    const link = createReference({
      driver,
      profile: Object.keys(driver.manifest.profiles)[0]!,
      restarts: true,
    });
    for (const one of plans.get(driver.name)!) assert.equal(await findings(link, one), [], one.name);
  }
});

test('a number that depends on another client should be told with its place, and when it is seen', async () => {
  const [first] = await onMutant('isolation.numbers-of-the-device', 'interference');
  assert.match(
    first!,
    /^beside another client, step \d+: .* gives handle 0x[0-9a-f]{2}, and 0x[0-9a-f]{2} alone/,
  );
  const [total] = await onMutant('isolation.total-of-all', 'interference');
  assert.match(total!, /^beside another client, .*fdinfo reads "drm-total-memory:/);
});

test('memory and names of another client should be told, in which step and from where', async () => {
  const [memory] = await onMutant('isolation.memory-reused', 'secret.closed');
  assert.match(memory!, /^step \d+: load from it: byte 0 of what it loads begins 8 bytes/);
  const [name] = await onMutant('isolation.name-of-another', 'secret.beside');
  assert.match(name!, /^step \d+: read its fdinfo: byte \d+ of what it writes/);
  assert.equal(await onMutant('isolation.name-of-another', 'secret.closed'), []);
});

test('a secret in the answer of a call should be told with the call', async () => {
  const [ethosu] = CONTEXTS;
  const one = plans.get('ethosu')!.find(({ name }) => name === 'secret.died')!;
  const { look, probes } = one.instances.find(({ instance }) => instance === 'calls.died')!;
  const link = createReference({ driver: ethosu!.driver, profile: 'u65', restarts: true });
  const trace = await link.run(one.program);
  const leak = { buffer: 0, offset: 4, bytes: secretOf(ethosu!).subarray(3, 12) };
  const results = trace.results.map(result =>
    result.step === probes[2] ? { ...result, diffs: [...result.diffs, leak] } : result,
  );
  assert.is(look!(trace), undefined);
  assert.match(
    look!({ ...trace, results })!,
    new RegExp(`^step ${probes[2]}: DRM_IOCTL_.* from byte 4 on begins 8`),
  );
});

test('eight bytes of a secret should be recognised wherever they begin, seven should not', () => {
  const secret = secretOf(CONTEXTS[0]!);
  assert.is(secret.length, 16);
  const around = (bytes: Uint8Array) => Uint8Array.from([0, 0, ...bytes, 0]);
  for (let from = 0; from < secret.length; from += 1) {
    const twice = Uint8Array.from([...secret, ...secret]);
    assert.is(findSecret(secret, around(twice.subarray(from, from + 8))), 2);
    assert.is(findSecret(secret, around(twice.subarray(from, from + 7))), undefined);
  }
  assert.not.equal(secretOf({ ...CONTEXTS[0]!, seed: 2 }), secret);
});

test('everything that is said to be shared should be in a description', () => {
  const rules = [...catalogue().drivers.values()].flatMap(({ calls }) =>
    [...calls.values()].flatMap(call => [...walk(call.semantics.body)]),
  );
  const text = JSON.stringify(rules, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  for (const { kind, name } of SHARED) {
    if (kind === 'stable') assert.match(text, new RegExp(`"stable":"[a-z]+\\.${name}"`));
    if (kind === 'state' || kind === 'write' || kind === 'number')
      assert.ok(text.includes(`"model":"${name}"`), name);
  }
});

test('of fdinfo only what is the client its own should be compared', () => {
  const text = 'pos:\t0\ndrm-driver:\tx\ndrm-client-id:\t7\ndrm-engine-job:\t9 ns\ndrm-total-memory:\t0\n';
  assert.is(ownLines(text), 'drm-driver:\tx\ndrm-total-memory:\t0\n');
});

test.run();
