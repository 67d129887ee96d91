import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference } from '../../reference/index.ts';
import { catalogue, type Link, type StepResult } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import type { EndEvent, StreamEvent, VerdictEvent } from './events.ts';
import { Selection } from './select.ts';
import type { Target } from './target.ts';
import { validate } from './validate.ts';

const PANIC = 'Kernel panic - not syncing: Fatal exception';

/** A machine whose kernel dies in a longer program; `dies` says how often. The last results are lost, unless they come at once. */
async function run(dies: number, console: string, reopens = true) {
  const driver = catalogue().drivers.get('ethosu')!;
  let [boots, deaths] = [0, 0];
  const boot = (): Link => {
    boots += 1;
    const link = createReference({ driver, profile: 'u65' });
    const run: Link['run'] = (program, onEvent, { prompt = false } = {}) => {
      if (deaths >= dies || program.steps.length <= 20) return link.run(program, onEvent);
      deaths += 1;
      const done = prompt ? [0, 1, 2] : [0, 1];
      const results = done.map(step => ({ step }) as StepResult);
      return Promise.reject(new LinkError('the port closed', results));
    };
    return Object.assign(Object.create(link) as Link, { run });
  };
  let link = boot();
  const target: Target = {
    name: 'qemu:fake',
    kind: 'qemu',
    met: 'kernel',
    get link() {
      return link;
    },
    postmortem: async () => console,
    ...(reopens
      ? {
          reopen: async () => {
            link = boot();
          },
        }
      : {}),
    close: async () => {},
  };
  const events: StreamEvent[] = [];
  const end: EndEvent = await validate(
    target,
    {
      seed: 1,
      runs: 0,
      tier: 'reversible',
      select: new Selection('reserved,node,kernel'),
      requireMust: false,
      version: 'test',
      now: () => 0,
    },
    event => events.push(event),
  );
  const verdicts = events.filter((event): event is VerdictEvent => event.event === 'verdict');
  const of = (name: string) => verdicts.filter(({ verdict }) => verdict === name);
  return { end, boots, of, named: (clause: string) => verdicts.find(each => each.clause === clause)! };
}

test('a kernel that dies should be told by its step, and the rest judged on a fresh machine', async () => {
  const whole = await run(0, '');
  const { end, boots, of, named } = await run(2, `noise\n${PANIC}\n`);
  assert.is(boots, 3);
  assert.ok(end.complete);
  assert.is(end.status, 1);
  assert.is(named('kernel.alive').verdict, 'violates');
  assert.match(named('kernel.alive').reason, /step 3 \(.+\) took the machine down: Kernel panic/);
  const unknown = of('unknown');
  assert.ok(unknown.length > 0);
  for (const { reason } of unknown) assert.match(reason, /took the machine down/);
  assert.is(of('conforms').length + unknown.length + of('violates').length, whole.of('conforms').length);
});

test('a kernel that dies once only should be told by where it was seen last', async () => {
  const { end, boots, named } = await run(1, PANIC);
  assert.is(boots, 3);
  assert.ok(end.complete);
  assert.match(named('kernel.alive').reason, /step 2 \(.+\) or one soon after it took the machine down/);
});

test('a link that is lost without a word of the kernel should be the trouble of the kit', async () => {
  const { end, boots, named } = await run(1, 'all is well');
  assert.is(boots, 1);
  assert.is(end.status, 4);
  assert.is(named('kernel.alive').verdict, 'unknown');
});

test('what nobody can boot again should end the run', async () => {
  const { end, boots } = await run(1, PANIC, false);
  assert.is(boots, 1);
  assert.not.ok(end.complete);
});

test('a machine that goes down again and again should not be booted for ever', async () => {
  const { end, boots } = await run(1000, PANIC);
  assert.is(boots, 9);
  assert.not.ok(end.complete);
});

test.run();
