import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Facts } from '../layout/types.ts';
import { formatFacts } from './format.ts';

const facts: Facts = {
  header: 'drm/x.h',
  kernel: '7.3.4',
  source: { package: 'p', version: '1', sha256: '0'.repeat(64), license: 'MIT' },
  constants: [{ name: 'A', value: 1, line: 1 }],
  enums: [],
  types: [
    {
      name: 's',
      kind: 'struct',
      line: 2,
      members: [
        { name: 'a', type: { array: { scalar: '__u32' }, length: null }, line: 3 },
        { name: null, type: { anonymous: 'union', members: [] }, line: 4 },
      ],
    },
  ],
  typedefs: [],
  ioctls: [],
  unresolved: [{ name: 'x'.repeat(40), line: 1, reason: 'y'.repeat(40) }],
};

test('the text is the facts', () => {
  assert.equal(JSON.parse(formatFacts(facts)), { $schema: '../meta/facts.schema.json', ...facts });
});

test('an entry takes a line where it fits and never more than 110 columns', () => {
  const lines = formatFacts(facts).split('\n');
  assert.ok(lines.includes('  "constants": [{ "name": "A", "value": 1, "line": 1 }],'));
  assert.ok(
    lines.includes('        { "name": null, "type": { "anonymous": "union", "members": [] }, "line": 4 }'),
  );
  assert.is(
    lines.find(line => line.length > 110),
    undefined,
  );
  assert.ok(lines.includes(`      "name": "${'x'.repeat(40)}",`));
});

test.run();
