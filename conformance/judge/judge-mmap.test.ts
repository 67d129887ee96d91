/** How mappings at handles are judged, which a body of the driver's own decides. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference } from '../../reference/index.ts';
import { errnoNumber, type StepResult, type Trace } from '../../schemas/index.ts';
import { context } from '../families/context.test.helper.ts';
import { freshMapped, mappedKinds } from '../families/handle-offsets.ts';
import { MapScene } from '../families/mapping-scene.ts';
import { judge } from './judge.ts';

const planned = context('habanalabs');
const { driver, hello, params, minor, nodePath } = planned;
const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };

/** Maps a buffer, maps it again in vain, and maps it anew when the first mapping is gone: the three steps of mmap. */
async function sample(): Promise<{ trace: Trace; first: number; second: number; third: number }> {
  const scene = new MapScene(planned);
  const [kind] = mappedKinds(planned);
  const { handle } = freshMapped(scene.maker, scene.fd, kind!);
  const [one, two] = [scene.map('map', handle), scene.map('map again', handle)];
  scene.unmap('unmap', one.at);
  const three = scene.map('map anew', handle);
  const trace = await createReference({ driver, profile: 'gaudi2' }).run(scene.builder.build());
  return { trace, first: one.step, second: two.step, third: three.step };
}

const changed = (trace: Trace, step: number, change: Partial<StepResult>): Trace => ({
  ...trace,
  results: trace.results.map((result, index) => (index === step ? { ...result, ...change } : result)),
});

const differences = (trace: Trace) => judge(trace, setup).flatMap(judgement => judgement.differences);

test('what the reference maps and refuses should be right', async () => {
  assert.equal(differences((await sample()).trace), []);
});

test('a second mapping that comes about should name the check that it passed', async () => {
  const { trace, second } = await sample();
  const [difference] = differences(changed(trace, second, { ret: 0x7000_0000n, errno: 0 }));
  assert.is(difference!.step, second);
  assert.is(difference!.expected, 'EINVAL');
  assert.is(difference!.rule && 'check' in difference!.rule ? difference!.rule.check : '', 'mapped-already');
});

test('a mapping that is refused should be wrong, unless the machine lacked memory', async () => {
  const { trace, first, second, third } = await sample();
  const refused = differences(changed(trace, third, { ret: -1n, errno: errnoNumber('EINVAL') }));
  assert.equal(
    refused.map(({ step, observed }) => [step, observed]),
    [[third, 'EINVAL']],
  );
  const short = judge(changed(trace, third, { ret: -1n, errno: errnoNumber('ENOMEM') }), setup);
  assert.equal(short[third]!.differences, []);
  assert.is(short[third]!.environmental, 'ENOMEM');
  // Without the first mapping the second is no second.
  const none = judge(changed(trace, first, { ret: -1n, errno: errnoNumber('ENOMEM') }), setup);
  assert.is(none[second]!.differences[0]!.expected, 'success');
});

test.run();
