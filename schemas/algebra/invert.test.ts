import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, checks, fieldOf, layoutOf } from '../index.ts';
import { holds } from './compile.ts';
import type { Environment } from './environment.ts';
import { violations } from './invert.ts';
import { printCondition } from './print.ts';

const driver = catalogue().drivers.get('ethosu')!;

/** Evaluates over fields alone; a condition that needs more throws. */
function environment(values: Record<string, bigint>): Environment {
  const none = (): never => {
    throw new Error('needs more than fields');
  };
  return {
    field: path => values[path] ?? 0n,
    constant: name => driver.types.constantValue(name),
    param: () => 4096n,
    text: () => 'ethosu',
    property: none,
    sizeof: () => 16n,
    handle: none,
    minor: none,
    call: none,
    index: none,
    now: none,
    argument: none,
    number: none,
    model: none,
    forbidden: none,
    unplugged: none,
    descriptor: none,
    absent: none,
    same: none,
    attachedTwice: none,
    predicate: none,
    bytes: none,
    readable: none,
    writable: () => false,
    values: set =>
      (set.constants ?? driver.types.enums.get(set.enum!)!.members.map(member => member.name)).map(name =>
        driver.types.constantValue(name),
      ),
  };
}

test('every value that inversion proposes for a single condition should make it true', () => {
  let tried = 0;
  for (const call of driver.calls.values()) {
    if (!call.argument) continue;
    const layout = layoutOf(driver.types, call.argument, 'x86_64');
    for (const check of checks(call.semantics.body)) {
      if ('all' in check.when) continue;
      const bits = (field: string) => (call.semantics.fields[field] ? fieldOf(layout, field).size * 8 : 0);
      for (const proposal of violations(check.when, { ...environment({}), bits })) {
        if (proposal.kind !== 'value' || !call.semantics.fields[proposal.field]) continue;
        tried += 1;
        const env = environment({ [proposal.field]: proposal.value });
        assert.ok(holds(check.when, env), `${call.name} ${check.check}: ${proposal.title}`);
      }
    }
  }
  assert.ok(tried > 100, `only ${tried} proposals`);
});

test('reserved bits and unknown flags should be proposed one at a time and completely', () => {
  const call = driver.calls.get('DRM_IOCTL_ETHOSU_BO_CREATE')!;
  const check = checks(call.semantics.body).find(each => each.check === 'flags-unknown')!;
  const proposals = violations(check.when, { ...environment({}), bits: () => 32 });
  const values = proposals.map(proposal => (proposal.kind === 'value' ? proposal.value : 0n));
  assert.equal(
    values,
    Array.from({ length: 31 }, (_, bit) => 1n << BigInt(bit + 1)),
  );
});

test('every condition of the catalogue should print', () => {
  for (const call of driver.calls.values()) {
    for (const check of checks(call.semantics.body)) {
      const text = printCondition(check.when);
      assert.not.match(text, /undefined|\[object/);
      assert.ok(text.length > 5);
    }
  }
});

test('a condition on some bits, or on a multiple, should be made true near the good value', () => {
  const env = { ...environment({ size: 0x2000n }), bits: () => 16 };
  const values = (condition: Parameters<typeof violations>[0]) =>
    violations(condition, env).map(proposal => (proposal.kind === 'value' ? proposal.value : undefined));
  assert.equal(values({ nonzero: { and: [{ field: 'size' }, 0x5] } }), [0x2001n, 0x2004n]);
  assert.equal(values({ misaligned: [{ field: 'size' }, 0x1000] }), [0x2001n, 0x2800n, 0x2fffn]);
});

test.run();
