import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { OutputRule, SetRule } from '../../schemas/index.ts';
import { type KernelObject, newObject } from '../drm/objects.ts';
import type { CallContext } from './body.ts';
import { firstCheck, type Oracle } from './oracle.ts';
import { outputValue } from './output.ts';

type Stable = Extract<OutputRule, { stable: string }>;

const PAGE = 0x1000;
const LOW: Stable = { stable: 'bo.address', in: 'file', aligned: PAGE, from: 0x10000, upTo: 0x1ffff };
const HIGH: Stable = { ...LOW, from: 0x20000, upTo: 0x2ffff };

/** An address space with these objects, in which a new one gets its place. */
function placed(to: Stable, taken: readonly [number, number][], oracle: Oracle = firstCheck) {
  const bo = newObject('gem_object', [['size', BigInt(PAGE)]]);
  const space = new Map<bigint, KernelObject>(
    taken.map(([start, size]) => [BigInt(start), newObject('gem_object', [['size', BigInt(size)]])]),
  );
  const context = {
    env: {},
    oracle,
    bindings: new Map([['bo', bo]]),
    visible: () => undefined,
    stable: () => space,
    mayBeGone: () => false,
    scene: { device: { unseen: new Set() } },
  };
  const rule = { set: 'address', to } as SetRule;
  return outputValue(rule, to, context as unknown as CallContext);
}

/** What is wrong with a place that the driver chose. */
function wrong(to: Stable, value: number): string | undefined {
  let reason: string | undefined;
  placed(to, [], {
    ...firstCheck,
    choose: choice => {
      reason = choice.wrong(BigInt(value));
      return BigInt(value);
    },
  });
  return reason;
}

test('a stable place should begin where its part of the address space does', () => {
  assert.is(placed(LOW, []), 0x10000n);
  assert.is(placed(HIGH, []), 0x20000n);
  assert.is(placed(LOW, [[0x10000, 0x2000]]), 0x12000n);
});

test('what lies in another part of the address space should take no room', () => {
  assert.is(placed(LOW, [[0x20000, 0x1000]]), 0x10000n);
  assert.is(placed(HIGH, [[0x10000, 0x1000]]), 0x20000n);
});

test('a place below the first or above the last should be told', () => {
  assert.match(wrong(HIGH, 0x1f000) ?? '', /below/);
  assert.match(wrong(HIGH, 0x30000) ?? '', /above/);
  assert.is(wrong(HIGH, 0x20000), undefined);
  assert.is(wrong(HIGH, 0x2f000), undefined);
});

/** What a new handle is, and what is wrong with one that the driver chose. */
function handles(to: Extract<OutputRule, { fresh: string }>, value: bigint) {
  const buffer = newObject('cb');
  let wrong: string | undefined;
  const asked: bigint[] = [];
  const context = {
    env: {},
    behaviour: { numbers: {} },
    bindings: new Map([['buffer', buffer]]),
    visible: () => undefined,
    find: () => undefined,
    addHandle: () => {},
    lowestFree: (_resource: string, ...numbers: bigint[]) => {
      asked.push(...numbers);
      return 1n;
    },
    oracle: {
      ...firstCheck,
      choose: (choice: Parameters<Oracle['choose']>[0]) => {
        choice.propose();
        wrong = choice.wrong(value);
        return value;
      },
    },
  };
  outputValue({ set: 'handle', to } as SetRule, to, context as unknown as CallContext);
  return { wrong, asked };
}

test('a handle that is no multiple of the step should be told', () => {
  const to = { fresh: 'cb', object: 'buffer', aligned: PAGE } as const;
  assert.match(handles(to, 0x1800n).wrong ?? '', /handle 6144 is no multiple of 4096/);
  assert.is(handles(to, 0x2000n).wrong, undefined);
  assert.equal(handles(to, 0x2000n).asked, [1n, 0x1000n]);
  assert.is(handles({ fresh: 'cb', object: 'buffer' }, 0x1800n).wrong, undefined);
});

test.run();
