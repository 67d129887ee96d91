import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Body } from '../../schemas/index.ts';
import { type CallContext, runBody } from './body.ts';
import { firstCheck } from './oracle.ts';

const START = 0x1008n;
const STRIDE = 8;

/** A body over an array without a length, which lies in memory behind its struct; the addresses that were looked at. */
function over(count: number, readable: number) {
  const places: (bigint | undefined)[] = [];
  const body = [{ each: 'entry', member: 'table.entries', count, do: [] }];
  const context = {
    name: 'call',
    oracle: firstCheck,
    env: {
      undecided: [],
      bytes: (address: bigint) =>
        address < START + BigInt(readable * STRIDE) ? new Uint8Array(STRIDE) : undefined,
    },
    environmental: [],
    bindings: new Map(),
    arrayOf: () => ({ address: START, stride: STRIDE }),
    element: (_rule: unknown, element: { address?: bigint }) => {
      places.push(element.address);
      return { ...context, env: { ...context.env, undecided: [] } };
    },
  };
  runBody(body as unknown as Body, context as unknown as CallContext);
  return places;
}

test('an array without a length should have as many elements as its count says', () => {
  assert.equal(over(3, 9), [START, START + 8n, START + 16n]);
  assert.equal(over(0, 9), []);
});

test('elements that cannot be read should end it', () => {
  assert.equal(over(3, 2), [START, START + 8n]);
});

test.run();
