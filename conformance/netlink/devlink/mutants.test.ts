import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause } from '../../../spec/index.ts';
import { openTarget } from '../../targets/open.ts';
import { devlinkCases } from './cases.ts';
import { judgeDevlink } from './judge.ts';
import { devlinkMutants } from './mutants.ts';
import { identifyDevlink } from './peer.ts';

/** The clauses that differ on the target, of the cases that tell of one of these. */
async function violated(name: string, wanted: readonly string[]): Promise<Set<string>> {
  const target = await openTarget(name);
  const found = new Set<string>();
  const peer = await identifyDevlink(target.link);
  for (const { program, instances } of devlinkCases(peer)) {
    const own = instances.filter(each => wanted.includes(each.clause) && !found.has(each.clause));
    if (own.length === 0) continue;
    const judged = await judgeDevlink(await target.link.run(program), peer);
    for (const { clause: id, probes, about = () => true } of own)
      if (probes.some(step => judged[step]!.differences.some(about))) found.add(id);
  }
  await target.close();
  return found;
}

test('every mutant should die by each clause that it names', async () => {
  assert.ok(devlinkMutants.length >= 50);
  const survivors: string[] = [];
  for (const { id, clauses } of devlinkMutants) {
    const found = await violated(`reference:netdevsim,mutant=${id}`, clauses);
    for (const each of clauses) if (!found.has(each)) survivors.push(`${id} by ${each}`);
  }
  assert.equal(survivors, []);
});

test('every clause of devlink should have a mutant, and be one that shows on a device', async () => {
  const peer = { hello: (await openTarget('reference:netdevsim')).link.hello, family: 1, group: 1 };
  const told = new Set(devlinkCases(peer).flatMap(({ instances }) => instances.map(each => each.clause)));
  const dying = new Set(devlinkMutants.flatMap(({ clauses }) => clauses));
  assert.equal([...told].sort(), [...dying].sort());
  for (const id of told) assert.is(clause(id).observable, 'dynamic', id);
});

test('the strict model should differ nowhere, and the model as found where the record says so', async () => {
  const all = [...new Set(devlinkMutants.flatMap(({ clauses }) => clauses))];
  assert.equal([...(await violated('reference:netdevsim', all))], []);
  const found = await violated('reference:netdevsim,as=linux-7.3', [
    'devlink.grace',
    'devlink.message',
    'devlink.info',
  ]);
  assert.equal([...found].sort(), ['devlink.grace', 'devlink.message']);
});

test.run();
