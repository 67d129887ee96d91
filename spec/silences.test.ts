import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { validate } from '../schemas/index.ts';
import { isClauseId, silences } from './index.ts';

test('every silence should have its own id and cite clauses that exist', () => {
  assert.is(new Set(silences.map(({ id }) => id)).size, silences.length);
  for (const { id, clauses } of silences)
    for (const cited of clauses) assert.ok(isClauseId(cited), `${id} cites ${cited}`);
});

test('a silence should be one: no document settles it for all, or two parties differ', () => {
  for (const { id, drivers } of silences) {
    const names = drivers.map(({ driver }) => driver);
    assert.ok(
      new Set(drivers.map(({ does }) => does)).size > 1 || names.length === 1,
      `${id}: all do the same`,
    );
  }
});

test('what a driver does should stand in its own source, and what a document says in a document', () => {
  for (const { id, drivers, documents } of silences) {
    for (const { driver, source } of drivers) {
      const own =
        driver === 'core'
          ? /^(drivers\/gpu\/drm|drivers\/dma-buf|drivers\/accel\/drm_accel|include\/|fs\/)/
          : new RegExp(`^(drivers/accel/${driver}/|include/uapi/drm/${driver}_accel\\.h)`);
      assert.match(source, own, `${id}: ${driver}`);
    }
    for (const { source } of documents)
      assert.match(source, /^(Documentation|include\/uapi)\/.*:\d+$/, `${id}: ${source}`);
  }
});

test('a source without a line should be refused with its place', () => {
  const wrong = {
    kernel: '7.3.4',
    silences: [{ ...silences[0]!, documents: [{ says: 'nothing', source: 'Documentation/gpu' }] }],
  };
  assert.throws(() => validate('silences', 'silences.yaml', wrong), /documents\.0\.source .*pattern/);
});

test.run();
