import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RAS_NODES } from '../../reference/index.ts';
import { packageRoot } from '../cli/version.ts';

const source = readFileSync(join(packageRoot(), 'reference/ras-module/accel_ras_provider.c'), 'utf8');

test('the nodes of the module should be those of the model', () => {
  const nodes = [...source.matchAll(/NODE\("([^"]+)", "([^"]+)", (\d+), (\d+), (\w+), (\w+)\)/g)].map(
    ([, device, name, first, last, , clear]) => [device, name, Number(first), Number(last), clear !== 'NULL'],
  );
  assert.equal(
    nodes,
    RAS_NODES.map(({ device, name, first, last, clears }) => [device, name, first, last, clears]),
  );
});

test('the counters of the module should be those of the model', () => {
  for (const { name, counters } of RAS_NODES) {
    if (counters.length > 50) continue;
    const list = name === 'link' ? 'link_errors' : name;
    const text = new RegExp(`struct counter ${list}\\[\\] = \\{([^;]+)\\};`).exec(source)?.[1] ?? '';
    const found = [...text.matchAll(/\{ (\d+), "([^"]+)"(?:, \.(\w+) = -(\w+))? \}/g)].map(
      ([, id, label, field, errno]) => [
        Number(id),
        { name: label, value: 0, ...(field ? { [field]: errno } : {}) },
      ],
    );
    assert.equal(found, counters, name);
  }
});

test.run();
