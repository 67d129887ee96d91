import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoName, type Value } from '../../../schemas/index.ts';
import { identify } from '../../run/identity.ts';
import { openTarget } from '../../targets/open.ts';
import type { Argument } from '../arguments.ts';
import { constant, ProgramBuilder } from '../builder.ts';
import { CallMaker } from '../call-maker.ts';
import { O_RDWR } from '../context.ts';
import type { Payload } from '../payloads.ts';
import { qaicPayloads } from './qaic.ts';
import { EXECUTE, FROM_DEVICE, MANAGE, Maker, PAGE, PARTIAL, WAIT } from './qaic-maker.ts';

const STRICT = 'reference:qaic';
const FOUND = 'reference:qaic,as=linux-7.3';
const ATTACH = 'DRM_IOCTL_QAIC_ATTACH_SLICE_BO';
const DETACH = 'DRM_IOCTL_QAIC_DETACH_SLICE_BO';
const STATS = 'DRM_IOCTL_QAIC_PERF_STATS_BO';
const POLLIN = 1;

/** What a test makes its calls with. */
interface Scene {
  readonly builder: ProgramBuilder;
  readonly fd: Value;
  open(): Value;
  /** Makes what a call needs; its steps are those before the call. */
  maker(name: string, fd?: Value): Maker;
  call(name: string, values: Record<string, Argument>, fd?: Value): number;
}

/** How the named steps end. */
async function run(
  target: string,
  play: (scene: Scene) => readonly number[],
  mood: 'complete' | 'late' | 'hang' = 'complete',
) {
  const { link, nodePath } = await openTarget(target);
  const identity = await identify(link, nodePath ? { nodePath } : {});
  await link.device!(mood);
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, { ...identity, hello: link.hello, seed: 1 });
  const described = (name: string) => identity.driver.calls.get(name)!;
  const open = () => builder.open(identity.nodePath, O_RDWR).fd;
  const fd = open();
  const steps = play({
    builder,
    fd,
    open,
    maker: (name, on = fd) => new Maker(maker, on, described(name)),
    call: (name, values, on = fd) => maker.call(on, described(name), values),
  });
  const { results } = await link.run(builder.build());
  return steps.map(step => results[step]!);
}

const ends = async (...of: Parameters<typeof run>) => (await run(...of)).map(({ errno }) => errnoName(errno));

/** A buffer that the device works on, and a maker that has its channel. */
function busy(scene: Scene, dir = FROM_DEVICE): { handle: Value; maker: Maker } {
  const maker = scene.maker(EXECUTE);
  const handle = maker.sliced(FROM_DEVICE);
  maker.queue([{ handle, dir }]);
  scene.call(EXECUTE, maker.values);
  return { handle, maker };
}

const wait = (scene: Scene, { handle, maker }: ReturnType<typeof busy>, timeout: bigint) =>
  scene.call(WAIT, { handle, timeout, dbc_id: maker.channel(), pad: 0n });

test('every kind of good call should succeed, strict and as found', async () => {
  const kinds = Object.entries(qaicPayloads).flatMap(([name, all]) =>
    all.filter(({ breaks }) => breaks === undefined).map((payload): [string, Payload] => [name, payload]),
  );
  for (const target of [STRICT, FOUND])
    for (const [name, payload] of kinds) {
      const play = (scene: Scene) => {
        const made = scene.maker(name);
        const { values } = payload.build(made.with, scene.fd, made.described, () => 0)!;
        return [scene.call(name, values)];
      };
      assert.equal(await ends(target, play), ['success'], `${target} ${name}: ${payload.label}`);
    }
});

test('a channel should be of the client that activated it, until it deactivates it or closes the file', async () => {
  const play = (scene: Scene) => {
    const maker = scene.maker(ATTACH);
    const channel = maker.channel();
    const other = scene.open();
    const stranger = scene.maker(ATTACH, other);
    const attach = (made: Maker, on: Value) =>
      scene.call(ATTACH, made.slices(made.buffer(), channel, FROM_DEVICE, [{ size: PAGE }]), on);
    const own = attach(maker, scene.fd);
    const foreign = attach(stranger, other);
    const idle = { handle: stranger.buffer(), timeout: 1n, dbc_id: channel, pad: 0n };
    const waited = scene.call(WAIT, idle, other);
    const taken = scene.call(MANAGE, stranger.deactivation(channel), other);
    const given = scene.call(MANAGE, maker.deactivation(channel));
    const gone = attach(maker, scene.fd);
    return [own, foreign, waited, taken, given, gone];
  };
  for (const target of [STRICT, FOUND])
    assert.equal(await ends(target, play), ['success', 'EINVAL', 'EPERM', 'EPERM', 'success', 'EINVAL']);
});

test('a client that closes should leave its channel to the next', async () => {
  const play = (scene: Scene) => {
    const others = Array.from({ length: 17 }, () => {
      const other = scene.open();
      const values = scene.maker(MANAGE, other).activation();
      const step = scene.call(MANAGE, values, other);
      scene.builder.close(other);
      return step;
    });
    return others;
  };
  assert.equal(new Set(await ends(STRICT, play)), new Set(['success']));
});

test('the device should refuse an activation when all channels are taken, and answer all the same', async () => {
  const play = (scene: Scene) =>
    Array.from({ length: 17 }, () => scene.call(MANAGE, scene.maker(MANAGE).activation()));
  for (const target of [STRICT, FOUND]) {
    const results = await run(target, play);
    assert.equal(new Set(results.slice(0, 16).map(({ errno }) => errno)), new Set([0]));
    assert.is(errnoName(results[16]!.errno), 'ECANCELED');
    assert.ok(results[16]!.diffs.length > 0, 'the answer is written');
  }
});

test('a buffer in a queue should be waited for, neither queued again nor detached', async () => {
  const play = (scene: Scene) => {
    const work = busy(scene);
    const { handle, maker } = work;
    return [
      wait(scene, work, 1n),
      scene.call(EXECUTE, maker.values),
      scene.call(DETACH, { handle, pad: 0n }),
      wait(scene, work, 1000n),
      scene.call(EXECUTE, maker.values),
      wait(scene, work, 1000n),
      scene.call(DETACH, { handle, pad: 0n }),
      scene.call(EXECUTE, maker.values),
    ];
  };
  for (const target of [STRICT, FOUND])
    assert.equal(await ends(target, play, 'late'), [
      ...['ETIMEDOUT', 'EINVAL', 'EBUSY', 'success'],
      ...['success', 'success', 'success', 'EINVAL'],
    ]);
});

test('a wait of 0 should look once; as found it waits for five seconds', async () => {
  const play = (scene: Scene) => [wait(scene, busy(scene), 0n)];
  assert.equal(await ends(STRICT, play, 'late'), ['ETIMEDOUT']);
  assert.equal(await ends(FOUND, play, 'late'), ['success']);
  const [hung] = await run(FOUND, play, 'hang');
  assert.is(errnoName(hung!.errno), 'ETIMEDOUT');
  assert.is((hung!.after - hung!.before) / 1_000_000n, 5000n);
});

test('a buffer of which the device says nothing should be given up; as found it stays queued', async () => {
  const play = (scene: Scene) => {
    const work = busy(scene);
    return [wait(scene, work, 2000n), scene.call(DETACH, { handle: work.handle, pad: 0n })];
  };
  assert.equal(await ends(STRICT, play, 'hang'), ['success', 'success']);
  assert.equal(await ends(FOUND, play, 'hang'), ['ETIMEDOUT', 'EBUSY']);
});

test('a dma-buf should tell of the work on it; as found nobody is told', async () => {
  const play = (scene: Scene) => {
    const { handle } = busy(scene);
    const slot = scene.builder.slot();
    const prime = scene.maker('DRM_IOCTL_PRIME_HANDLE_TO_FD').with;
    const call = prime.context.driver.calls.get('DRM_IOCTL_PRIME_HANDLE_TO_FD')!;
    prime.call(scene.fd, call, { handle, flags: 0n }, { keep: { field: 'fd', slot } });
    return [scene.builder.step('poll', 'poll', [{ kind: 'slot', slot }, constant(POLLIN), constant(0)])];
  };
  assert.is((await run(STRICT, play, 'late'))[0]!.ret, 0n);
  assert.is((await run(FOUND, play, 'late'))[0]!.ret, 1n);
});

test('a direction and a channel that are not those of the slices should be refused; as found they are taken', async () => {
  const play = (scene: Scene) => {
    const maker = scene.maker(PARTIAL);
    maker.queue([{ handle: maker.sliced(FROM_DEVICE), dir: 3n }]);
    const direction = scene.call(PARTIAL, maker.values);
    const other = scene.maker(PARTIAL);
    other.queue([{ handle: other.sliced(FROM_DEVICE), dir: FROM_DEVICE }]);
    return [direction, scene.call(PARTIAL, { ...other.values, 'hdr.dbc_id': other.activated() })];
  };
  assert.equal(await ends(STRICT, play), ['EINVAL', 'EINVAL']);
  assert.equal(await ends(FOUND, play), ['success', 'success']);
});

test('statistics should be of buffers that are sliced for the channel, and leave everything else of an entry', async () => {
  const play = (scene: Scene) => {
    const maker = scene.maker(STATS);
    maker.stats([maker.executed()]);
    const good = scene.call(STATS, maker.values);
    const bare = scene.call(STATS, { ...maker.values, 'data[0].handle': maker.buffer() });
    const padded = scene.call(STATS, { ...maker.values, 'data[0].pad': 1n });
    return [good, bare, padded];
  };
  assert.equal(await ends(STRICT, play), ['success', 'EINVAL', 'EINVAL']);
  assert.equal(await ends(FOUND, play), ['success', 'EINVAL', 'success']);
});

test.run();
