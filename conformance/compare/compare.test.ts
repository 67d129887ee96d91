import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Link, Program, StepResult, Trace } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { identify } from '../run/identity.ts';
import { Selection } from '../run/select.ts';
import type { Target } from '../run/target.ts';
import { openTarget } from '../targets/open.ts';
import type { Candidate } from './candidate.ts';
import { type Comparison, compare } from './compare.ts';
import type { Direction, Kind } from './differ.ts';
import { planned } from './programs.ts';
import { Side } from './side.ts';

const it = suite('compare');

async function context(target: Target) {
  const { driver, nodePath, minor, minors, params } = await identify(target.link, {});
  return { driver, hello: target.link.hello, nodePath, minor, minors, params, seed: 1 };
}

/** The cases of a selection and a few random programs, on two targets. */
async function compared(a: Target, b: Target, select?: string, runs = 5): Promise<Comparison> {
  const plan = await context(await openTarget('reference:ethosu'));
  const wanted = { runs, select: new Selection(select), moods: true, lanes: true };
  return compare(new Side(a), new Side(b), planned(plan, wanted).candidates, { driver: plan.driver });
}

const ethosu = () => openTarget('reference:ethosu');

/** A target whose link is changed a little. */
function changed(target: Target, run: (program: Program, how: Link['run']) => Promise<Trace>): Target {
  const { link } = target;
  return { ...target, link: { ...link, run: program => run(program, each => link.run(each)) } };
}

const withResults = (trace: Trace, change: (result: StepResult) => StepResult): Trace => ({
  ...trace,
  results: trace.results.map(change),
});

/** Mutants over many classes of faults: where each shows, in which way, and in how many steps at most. */
const MUTANTS: readonly [id: string, select: string, direction: Direction, kind: Kind, steps: number][] = [
  ['drop.ethosu.bo_wait.pad-nonzero', 'reserved.field', 'extension', 'errno', 3],
  ['drop.drm.get_client.no-client', 'argument.value', 'extension', 'errno', 2],
  ['drop.ethosu.bo_create.size-wraps', 'argument.value', 'extension', 'errno', 2],
  ['narrow.ethosu.submit.jobs-unreadable', 'argument.arithmetic', 'other difference', 'errno', 5],
  ['drop.drm.gem_close.handle-unknown', 'handle.zero', 'extension', 'errno', 2],
  ['drop.drm.ioctl.letter', 'dispatch.letter', 'extension', 'errno', 2],
  ['terminated.drm.version.version-name', 'output.memory', 'other difference', 'output', 3],
  ['one-less.drm.version.version-name', 'output.memory', 'other difference', 'output', 3],
  ['unset.drm.gem_flink.name', 'output.field', 'other difference', 'output', 3],
  ['drop.drm.ioctl.copy-out', 'dispatch.bad-argument', 'extension', 'errno', 2],
  ['errno.drm.crtc_get_sequence.no-modeset', 'argument.feature', 'other difference', 'errno', 2],
  ['ethosu.bo_wait.negative-timeout', 'dispatch.valid-call', 'regression suspect', 'errno', 3],
  ['early.ethosu.bo_create.handle', 'output.nothing-changed', 'other difference', 'output', 2],
  ['inherited.drm.prime_handle_to_fd.fd', 'output.field', 'other difference', 'return', 4],
  ['close.takes-all', 'node.open-twice', 'regression suspect', 'errno', 4],
  ['cross-client.any-table', 'handle.foreign', 'extension', 'errno', 4],
  ['drop.drm.ioctl.permission', 'dispatch.permission', 'extension', 'errno', 2],
  ['mapping.writable', 'mapping.protection', 'extension', 'status', 5],
  ['mapping.not-cleared', 'mapping.content', 'other difference', 'state', 5],
  ['mapping.ends-with-handle', 'mapping.survives', 'regression suspect', 'status', 6],
  ['file.always-readable', 'file.poll', 'other difference', 'state', 2],
  ['files.merge-never-signals', 'files.merge', 'other difference', 'state', 8],
  ['job.failure-as-success', 'job.failure', 'other difference', 'output', 10],
  ['job.never-ends', 'job.completion', 'regression suspect', 'errno', 7],
  ['sequence.named-once', 'model.outcome', 'regression suspect', 'errno', 4],
];

for (const [id, select, direction, kind, steps] of MUTANTS)
  it(`finds ${id}`, async () => {
    const mutant = await openTarget(`reference:ethosu,mutant=${id}`);
    const { found } = await compared(await ethosu(), mutant, select, 60);
    const right = found.find(({ parting }) => parting.direction === direction && parting.kind === kind);
    assert.ok(right, `${found.map(({ parting }) => `${parting.direction} ${parting.kind}`).join(', ')}`);
    assert.ok(right.small.program.steps.length <= steps, right.small.labels.join('; '));
    assert.is(right.small.program.steps.length, right.small.labels.length);
  });

it('turns the direction round with the targets', async () => {
  const mutant = await openTarget('reference:ethosu,mutant=drop.drm.gem_close.handle-unknown');
  const { found } = await compared(mutant, await ethosu(), 'handle.zero');
  assert.is(found[0]?.parting.direction, 'regression suspect');
});

it('finds no difference between a target and itself', async () => {
  const select = 'handle,output,job,files,mapping,model';
  for (const name of ['reference:ethosu', 'reference:ethosu,as=linux-7.3']) {
    const result = await compared(await openTarget(name), await openTarget(name), select, 20);
    assert.equal(result.found, []);
    assert.ok(result.steps > 3000);
  }
});

it('tells what the kernel logs on one side only', async () => {
  const warns = await openTarget('reference:ethosu,mutant=kernel.warning');
  const { found } = await compared(await ethosu(), warns, 'dispatch.valid-call');
  const [first] = found;
  assert.is(first?.parting.kind, 'log');
  assert.is(first?.parting.direction, 'regression suspect');
  assert.match(first!.parting.b, /^WARNING: /);
});

it('takes other numbers of handles and descriptors for what they are: names', async () => {
  const builder = new ProgramBuilder();
  const { fd } = builder.open('/dev/accel/accel0', 2);
  const copy = builder.slot();
  builder.step('dup', 'dup', [fd], { captures: [{ slot: copy, from: 'return' }] });
  const target = await ethosu();
  const other = changed(target, async (program, run) =>
    withResults(await run(program), result =>
      result.step === 1 ? { ...result, ret: result.ret + 100n } : result,
    ),
  );
  const candidate = { name: 'dup', program: builder.build(), labels: builder.labels };
  const plan = await context(target);
  const result = await compare(new Side(target), new Side(other), [candidate], plan);
  assert.equal(result.found, []);
  // Without a name it is a number like any other.
  const plain = {
    ...candidate,
    program: {
      ...candidate.program,
      steps: candidate.program.steps.map(step => ({ ...step, captures: [] })),
    },
  };
  const bare = await compare(new Side(target), new Side(other), [plain], plan);
  assert.is(bare.found[0]?.parting.kind, 'return');
});

/** A program that reads the version, and a target that answers its major number from a counter. */
async function counting(by: (count: number) => number): Promise<{ candidate: Candidate; target: Target }> {
  const builder = new ProgramBuilder();
  const { fd } = builder.open('/dev/accel/accel0', 2);
  const target = await ethosu();
  const plan = await context(target);
  const { request: fact } = plan.driver.calls.get('DRM_IOCTL_VERSION')!;
  const room = builder.buffer(64);
  const request = (3n << 30n) | (64n << 16n) | (100n << 8n) | BigInt(fact!.number);
  builder.step('version', 'ioctl', [fd, constant(request), addressOf(room)]);
  let count = 0;
  const other = changed(target, async (program, run) => {
    count += 1;
    const bytes = Uint8Array.of(by(count));
    return withResults(await run(program), result =>
      result.step === 1
        ? { ...result, diffs: [...result.diffs, { buffer: room, offset: 0, bytes }] }
        : result,
    );
  });
  return { candidate: { name: 'version', program: builder.build(), labels: builder.labels }, target: other };
}

it('learns from the first target what is another number every time', async () => {
  const { candidate, target } = await counting(count => count + 1);
  const plan = await context(await ethosu());
  const result = await compare(new Side(target), new Side(await ethosu()), [candidate], plan);
  assert.equal(result.found, []);
  assert.equal(result.learned, ['DRM_IOCTL_VERSION output version_major']);
});

it('tells of a number that is another one on the second target only', async () => {
  const { candidate, target } = await counting(() => 77);
  const plan = await context(await ethosu());
  const result = await compare(new Side(await ethosu()), new Side(target), [candidate], plan);
  const { kind, place, a, b } = result.found[0]!.parting;
  assert.equal({ kind, place, a, b }, { kind: 'output', place: 'version_major', a: '1', b: '77' });
});

it('lets pass what the second target did once only', async () => {
  const target = await ethosu();
  let runs = 0;
  const flaky = changed(target, async (program, run) => {
    runs += 1;
    const trace = await run(program);
    return runs > 1 ? trace : withResults(trace, result => ({ ...result, errno: 4, ret: -1n }));
  });
  const { candidate } = await counting(() => 1);
  const result = await compare(new Side(await ethosu()), new Side(flaky), [candidate], await context(target));
  assert.equal(result.found, []);
});

it('counts a program that takes one machine down, boots it again and goes on', async () => {
  const target = await ethosu();
  let boots = 0;
  const broken: Target = {
    ...changed(target, async (program, run) => {
      const trace = await run(program);
      if (program.steps.length > 1) throw new LinkError('the other side closed', trace.results.slice(0, 1));
      return trace;
    }),
    postmortem: async () => 'Kernel panic - not syncing: Fatal exception',
    reopen: async () => {
      boots += 1;
    },
  };
  const { candidate } = await counting(() => 1);
  const one = { ...candidate, program: { ...candidate.program, steps: candidate.program.steps.slice(0, 1) } };
  const plan = await context(target);
  const result = await compare(new Side(await ethosu()), new Side(broken), [candidate, one], plan);
  assert.is(result.programs, 2);
  assert.is(boots, 1);
  assert.is(result.found[0]?.parting.direction, 'regression suspect');
  assert.match(result.found[0]!.parting.b, /went down: Kernel panic/);
  const silent: Target = { ...broken, postmortem: async () => '' };
  const cut = await compare(new Side(await ethosu()), new Side(silent), [candidate, one], plan);
  assert.equal(cut.found, []);
  assert.match(cut.cut ?? '', /was lost: the other side closed/);
});

it.run();
