import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clauseFiles } from '../../spec/index.ts';
import type { EndEvent, RunEvent, StreamEvent, VerdictEvent } from '../run/events.ts';
import { VERDICTS, type VerdictName } from '../run/verdict.ts';
import { ktapReport } from './ktap.ts';

const RUN = {
  event: 'run',
  target: { name: 'reference:ethosu', driver: 'ethosu', met: 'model', release: '7.3.4' },
  seed: 7,
} as RunEvent;

const end = (complete = true, reason = ''): EndEvent => ({ event: 'end', complete, reason }) as EndEvent;

function verdict(clause: string, name: VerdictName, more: Partial<VerdictEvent> = {}): VerdictEvent {
  return {
    event: 'verdict',
    clause,
    instance: 'CALL.field',
    level: 'MUST',
    verdict: name,
    reason: name === 'conforms' ? '' : 'the reason',
    probes: 1,
    deviations: [],
    ...more,
  };
}

function lines(...events: StreamEvent[]): string[] {
  let text = '';
  const report = ktapReport({
    write: more => {
      text += more;
    },
  });
  for (const event of events) report(event);
  assert.ok(text === '' || text.endsWith('\n'));
  return text.split('\n').slice(0, -1);
}

test('a family is a subtest, an instance a leaf; the plan comes before both', () => {
  const made = lines(RUN, verdict('handle.zero', 'conforms'), verdict('node.major', 'conforms'), end());
  assert.equal(made.slice(0, 3), [
    'KTAP version 1',
    '# reference:ethosu: driver ethosu, model 7.3.4, seed 7',
    '1..2',
  ]);
  const handle = made.indexOf('    # Subtest: handle');
  assert.is(made[handle - 1], '    KTAP version 1');
  assert.is(made[handle + 1], '    1..1');
  assert.is(made[handle + 2], '    ok 1 handle.zero @ CALL.field');
  assert.match(made[handle + 3]!, /^ok [12] handle$/);
});

test('every verdict passes, fails or is skipped; a failure of one leaf is one of its family', () => {
  const skipped: VerdictName[] = ['not claimed', 'not reached'];
  const failed: VerdictName[] = ['violates', 'unknown', 'kit error'];
  for (const name of VERDICTS) {
    const made = lines(RUN, verdict('handle.zero', name), end());
    const leaf = made.find(line => line.includes('1 handle.zero'))!.trim();
    const bad = failed.includes(name);
    assert.is(leaf.startsWith('not ok'), bad, name);
    assert.is(leaf.endsWith('# SKIP the reason'), skipped.includes(name), name);
    assert.is(made.at(-1), `${bad ? 'not ok' : 'ok'} 1 handle`, name);
  }
});

test('the reason and the deviations stand before the leaf', () => {
  const made = lines(RUN, verdict('handle.zero', 'violates (known)', { deviations: ['D1', 'D2'] }), end());
  const at = made.indexOf('    ok 1 handle.zero @ CALL.field');
  assert.equal(made.slice(at - 3, at), [
    '    # violates (known) (MUST): the reason',
    '    # known deviation D1',
    '    # known deviation D2',
  ]);
});

test('text of a driver makes neither a directive nor a line', () => {
  const reason = 'saw # SKIP\nok 99 everything\u001b[2J';
  const made = lines(RUN, verdict('handle.zero', 'violates', { reason }), end());
  assert.is(made.filter(line => /^\s*ok /.test(line)).length, 0);
  assert.is(made.filter(line => line.includes('# SKIP')).length, 0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  assert.is(made.filter(line => /[\u0000-\u001f]/.test(line)).length, 0);
});

test('leaves are counted from 1 in every family, and families in the order of the specification', () => {
  const families = clauseFiles.map(({ family }) => family);
  const first = clauseFiles[0]!.clauses[0]!.id;
  const last = clauseFiles.at(-1)!.clauses[0]!.id;
  const made = lines(
    RUN,
    verdict(last, 'conforms'),
    verdict(first, 'conforms'),
    verdict(first, 'conforms', { instance: 'OTHER' }),
    end(),
  );
  assert.equal(
    made.filter(line => /^ok/.test(line)),
    [`ok 1 ${families[0]}`, `ok 2 ${families.at(-1)}`],
  );
  assert.equal(
    made.filter(line => line.includes(` ${first} @ `)).map(line => line.trim().split(' ')[1]),
    ['1', '2'],
  );
});

test('a run that was cut has one failure more, and nothing before its end is printed', () => {
  const made = lines(RUN, verdict('handle.zero', 'conforms'), end(false, 'interrupted'));
  assert.is(made[2], '1..2');
  assert.is(made.at(-1), 'not ok 2 the run is incomplete - interrupted');
  assert.equal(lines(RUN, verdict('handle.zero', 'conforms')), []);
});

test.run();
