import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause } from '../../spec/index.ts';
import { openTarget } from '../targets/open.ts';
import { identifyRas } from './identify.ts';
import { judgeRas } from './judge.ts';
import { rasCases } from './ras-cases.ts';
import { rasMutants } from './ras-mutants.ts';

/** The clauses that differ on the target, of the cases that tell of one of these. */
async function violated(name: string, wanted: readonly string[]): Promise<Set<string>> {
  const target = await openTarget(name);
  const found = new Set<string>();
  // What the strict model has: a mutant that numbers nodes otherwise must not plan for itself.
  const strict = await openTarget('reference:drm-ras');
  const peer = await identifyRas(strict.link);
  for (const { program, instances } of rasCases(peer)) {
    const own = instances.filter(each => wanted.includes(each.clause));
    if (own.length === 0) continue;
    const judged = await judgeRas(await target.link.run(program), peer);
    for (const { clause: id, probes, about = () => true } of own)
      if (probes.some(step => judged[step]!.differences.some(about))) found.add(id);
  }
  await Promise.all([target.close(), strict.close()]);
  return found;
}

test('every mutant should die by each clause that it names', async () => {
  assert.ok(rasMutants.length >= 38);
  for (const { id, clauses } of rasMutants) {
    const found = await violated(`reference:drm-ras,mutant=${id}`, clauses);
    for (const each of clauses) assert.ok(found.has(each), `${id} should die by ${each}`);
  }
});

test('every clause of a peer should have a mutant', () => {
  const dynamic = new Set(rasMutants.flatMap(({ clauses }) => clauses));
  for (const id of ['nodes', 'listed', 'read', 'unknown', 'sparse', 'unprivileged', 'strict', 'commands'])
    assert.ok(dynamic.has(`ras.${id}` as never), id);
  for (const id of dynamic) assert.is(clause(id).observable, 'dynamic', id);
});

test('the strict model should differ nowhere, and the model as found where the record says so', async () => {
  const all = [...new Set(rasMutants.flatMap(({ clauses }) => clauses))];
  assert.equal([...(await violated('reference:drm-ras', all))], []);
  const found = await violated('reference:drm-ras,as=linux-7.3', [
    'ras.sparse',
    'ras.multipart',
    'ras.strict',
  ]);
  assert.equal([...found].sort(), ['ras.multipart', 'ras.sparse']);
});

test.run();
