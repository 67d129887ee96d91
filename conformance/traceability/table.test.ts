import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { VerdictFile } from '../../schemas/index.ts';
import { printTraceability } from '../cli/traceability.ts';
import type { VerdictName } from '../run/verdict.ts';
import { groups, metKernel, trace, untested } from './table.ts';

function file(target: string, met: VerdictFile['met'], verdicts: Record<string, VerdictName>): VerdictFile {
  const clauses = Object.fromEntries(
    Object.entries(verdicts).map(([id, worst]) => [id, { worst, counts: { [worst]: 1 } }]),
  );
  const run = { driver: 'd', kernel: '7.3.4', abi: 'x86_64', date: '2026-01-01', kit: '0', seed: 1 } as const;
  return { target, met, ...run, tier: 'reversible', select: '', status: 0, clauses, deviations: {} };
}

const MUTANT = { id: 'm', clauses: ['handle.zero'] } as never;
const rows = trace(
  new Map([['handle.zero', ['handle', 'race']]]),
  [MUTANT],
  [
    file('qemu:a', 'kernel', { 'handle.zero': 'violates (known)', 'handle.closed': 'not reached' }),
    file('reference:a', 'model', { 'handle.zero': 'conforms' }),
  ],
);
const row = (id: string) => rows.find(each => each.id === id)!;

test('a clause should lead to its tests, its mutants, and to kernels apart from models', () => {
  const found = row('handle.zero');
  assert.equal(found.tests, ['handle', 'race']);
  assert.equal(found.mutants, ['m']);
  assert.equal(found.kernels, { 'qemu:a': 'violates (known)' });
  assert.equal(found.models, { 'reference:a': 'conforms' });
  assert.ok(metKernel(found));
});

test('what was not reached, and what no file tells of, should have met no kernel', () => {
  assert.not.ok(metKernel(row('handle.closed')));
  assert.not.ok(metKernel(row('handle.fresh')));
});

test('a MUST that nothing cites should be told, and no clause that only a review can see', () => {
  const ids = untested(rows).map(({ id }) => id as string);
  assert.ok(ids.includes('handle.closed'));
  assert.not.ok(ids.includes('handle.zero'));
  assert.not.ok(ids.includes('layout.padding'));
  assert.not.ok(ids.includes('bring.userspace'));
  assert.not.ok(ids.includes('fdinfo.device'));
});

test('groups should add up to all clauses', () => {
  const all = groups(rows);
  assert.is(
    all.reduce((sum, { clauses }) => sum + clauses, 0),
    rows.length,
  );
  const dynamic = all.find(({ level, observable }) => level === 'MUST' && observable === 'dynamic')!;
  assert.equal([dynamic.tested, dynamic.mutants, dynamic.met], [1, 1, 1]);
});

test('what is printed should name a missing test, and where a verdict comes from', () => {
  let text = '';
  printTraceability(rows, part => {
    text += part;
  });
  assert.match(text, /^MUST +dynamic +\d+ +1 +1 +1$/m);
  assert.match(text, /^SHOULD +no +\d+ +- +- +-$/m);
  assert.match(text, /handle\.zero +handle, race; 1 mutants; qemu:a violates \(known\)\n/);
  assert.match(text, /handle\.closed +NO TEST; 0 mutants; no kernel \(qemu:a not reached\)\n/);
  assert.match(text, /layout\.padding +lint layout\.hole, lint layout\.tail\n/);
  assert.match(text, /bring\.userspace +a review\n/);
  assert.match(text, /errno\.dead +cannot be observed\n/);
});

test.run();
