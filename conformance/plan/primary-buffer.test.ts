/** A render node that makes no buffers takes one in, and fences are attached to it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName } from '../../schemas/index.ts';
import { identify } from '../run/identity.ts';
import { openTarget } from '../targets/open.ts';
import { ProgramBuilder, slotValue } from './builder.ts';
import { CallMaker } from './call-maker.ts';
import { O_RDWR, type PlanContext } from './context.ts';
import { primaryBuffer } from './primary-buffer.ts';

async function contextOf(name: string): Promise<{ context: PlanContext; link: PlanLink }> {
  const { link, nodePath } = await openTarget(name);
  const identity = await identify(link, nodePath ? { nodePath } : {});
  return { context: { ...identity, hello: link.hello, seed: 1 }, link };
}
type PlanLink = Awaited<ReturnType<typeof openTarget>>['link'];

test('a buffer of the primary node should get a handle, which keeps its fences', async () => {
  const { context, link } = await contextOf('reference:vgem');
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const made = primaryBuffer(maker)!;
  const call = (name: string, values: Parameters<CallMaker['call']>[2]) => {
    const step = maker.call(fd, context.driver.calls.get(name)!, values);
    return { step, handle: slotValue(builder.lastSlot) };
  };
  const taken = call('DRM_IOCTL_PRIME_FD_TO_HANDLE', { fd: made.fd });
  const attach = (flags: bigint) => call('DRM_IOCTL_VGEM_FENCE_ATTACH', { handle: taken.handle, flags });
  const signal = (fence: typeof taken) => call('DRM_IOCTL_VGEM_FENCE_SIGNAL', { fence: fence.handle });
  const reader = attach(0n);
  const another = attach(0n);
  const writer = attach(1n);
  const steps = [...made.steps, taken.step, reader.step, another.step, writer.step];
  steps.push(
    signal(reader).step,
    signal(another).step,
    attach(1n).step,
    attach(0n).step,
    signal(reader).step,
  );
  const { results } = await link.run(builder.build());
  const ends = steps.map(step => errnoName(results[step]!.errno));
  const good = made.steps.map(() => 'success');
  assert.equal(ends.slice(0, good.length), good);
  assert.equal(ends.slice(good.length), [
    ...['success', 'success', 'success', 'EBUSY'],
    ...['success', 'success', 'success', 'EBUSY', 'ENOENT'],
  ]);
});

test('a node that makes buffers should need no other', async () => {
  const { context } = await contextOf('reference:ethosu');
  assert.is(primaryBuffer(new CallMaker(new ProgramBuilder(), context)), undefined);
});

test.run();
