import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { Selection } from '../run/select.ts';
import { openTarget } from '../targets/open.ts';
import { cProgram } from '../trace/c-program.ts';
import { parseTrace, readProgram, type TraceFile } from '../trace/trace-file.ts';
import { netlinkProfiles } from './profiles.ts';
import { netlinkOutcome } from './traces.ts';
import { validateNetlink } from './validate.ts';

const PATH = 'kept.json';
/** The devices are made anew, and an answer is read to its end. */
const MOST_STEPS = 20;

async function kept(name: string, select: string): Promise<TraceFile[]> {
  const target = await openTarget(name);
  const files: TraceFile[] = [];
  try {
    await validateNetlink(
      target,
      {
        seed: 1,
        runs: 0,
        tier: 'reversible',
        select: new Selection(select),
        requireMust: false,
        version: '0',
        now: () => 0,
        keepTrace: (_, file) => {
          files.push(parseTrace(PATH, JSON.parse(JSON.stringify(file))));
          return PATH;
        },
      },
      () => {},
    );
  } finally {
    await target.close();
  }
  return files;
}

async function again(file: TraceFile, name: string) {
  const target = await openTarget(name);
  try {
    const profile = netlinkProfiles.get(target.netlink!)!;
    const peer = await profile.identify(target.link);
    const { program } = readProgram(file, PATH);
    return await netlinkOutcome(profile, file, PATH, peer, await target.link.run(program));
  } finally {
    await target.close();
  }
}

for (const [peer, select] of [
  ['netdevsim', 'devlink.grace,devlink.message,devlink.report'],
  ['drm-ras', 'ras.sparse,ras.multipart'],
] as const)
  test(`what reference:${peer} does as found should be kept, short, and shown again there alone`, async () => {
    const files = await kept(`reference:${peer},as=linux-7.3`, select);
    assert.ok(files.length >= 2);
    for (const file of files) {
      const { clause, instance } = file.finding;
      const { program, labels } = readProgram(file, PATH);
      assert.ok(program.steps.length <= MOST_STEPS, `${clause} ${instance}: ${program.steps.length} steps`);
      assert.is((await again(file, `reference:${peer},as=linux-7.3`)).same, true, clause);
      const strict = await again(file, `reference:${peer}`);
      assert.equal(strict.differences, [], clause);
      const c = cProgram(file, program, labels, catalogue().core);
      assert.match(c, /netlink_socket/);
      // There is no node that could be opened first.
      assert.not.match(c, /open\("generic netlink/);
    }
  });

test('a trace should not be judged where the family has another number', async () => {
  const [file] = await kept('reference:drm-ras,as=linux-7.3', 'ras.multipart');
  const other = { ...file!, target: { ...file!.target, params: { ...file!.target.params, family: '999' } } };
  try {
    await again(other, 'reference:drm-ras');
  } catch (error) {
    assert.match((error as Error).message, /number 999, which is 32 on this target; keep a trace/);
    return;
  }
  assert.unreachable('it was judged');
});

test.run();
