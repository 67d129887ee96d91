import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference } from '../../reference/index.ts';
import { catalogue, errnoNumber, type Link, type Trace } from '../../schemas/index.ts';
import type { StreamEvent, VerdictEvent } from './events.ts';
import { Selection } from './select.ts';
import { validate } from './validate.ts';

const WAIT = 'job.completion@DRM_IOCTL_ETHOSU_SUBMIT.late';
const MS = 1_000_000n;

/** The first wait that ran into its deadline, ended a millisecond before it. */
function hurried(trace: Trace): Trace {
  const at = trace.results.findIndex(
    ({ errno, before, after }) => errno === errnoNumber('ETIME') && after - before > MS,
  );
  assert.ok(at >= 0, 'the program has a wait that runs into its deadline');
  const results = trace.results.map((result, step) =>
    step === at ? { ...result, after: result.after - MS } : result,
  );
  return { ...trace, results };
}

/** The verdict of a machine whose timer is late in so many runs of the program, and how often it ran. */
async function verdict(late: number) {
  const driver = catalogue().drivers.get('ethosu')!;
  const reference = createReference({ driver, profile: 'u65' });
  let runs = 0;
  const run: Link['run'] = async (program, onEvent, options) => {
    const trace = await reference.run(program, onEvent, options);
    if (program.steps.length < 20) return trace;
    runs += 1;
    return runs <= late ? hurried(trace) : trace;
  };
  const link = Object.assign(Object.create(reference) as Link, { run });
  const events: StreamEvent[] = [];
  await validate(
    { name: 'qemu:fake', kind: 'qemu', met: 'kernel', link, close: async () => {} },
    {
      seed: 1,
      runs: 0,
      tier: 'reversible',
      select: new Selection(WAIT),
      requireMust: false,
      version: 'test',
      now: () => 0,
    },
    event => events.push(event),
  );
  const told = events.find((event): event is VerdictEvent => event.event === 'verdict')!;
  return { verdict: told.verdict, runs };
}

test('the verdict is of the run whose waits lasted', async () => {
  assert.equal(await verdict(0), { verdict: 'conforms', runs: 1 });
  assert.equal(await verdict(2), { verdict: 'conforms', runs: 3 });
});

test('a wait that is too short each time violates', async () => {
  assert.equal(await verdict(100), { verdict: 'violates', runs: 6 });
});

test.run();
