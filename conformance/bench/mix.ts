/** The programs that are measured: the same calls over and over. */
import type { Hello, Program } from '../../schemas/index.ts';
import { addressOf, ProgramBuilder, slotValue } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';

/** A program that opens a node once and then makes the same calls round after round. */
export interface Rounds {
  readonly program: Program;
  /** Steps before the first round. */
  readonly before: number;
  /** Steps of one round. */
  readonly length: number;
}

const TEXT_ROOM = 64n;
const PAGE = 4096n;

/**
 * What a client does all day: ask who is there, make a buffer object, wait for it while no job uses it, ask where it
 * maps, export it, close it. The node is closed when the process ends.
 */
export function ethosuMix(context: PlanContext, rounds: number): Rounds {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { calls, types } = context.driver;
  const call = (name: string) => calls.get(name)!;
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const before = builder.length;
  const [name, date, desc] = [0, 1, 2].map(() => addressOf(builder.buffer(Number(TEXT_ROOM))));
  const info = addressOf(maker.target(call('DRM_IOCTL_ETHOSU_DEV_QUERY'), 'pointer', 16n));
  for (let round = 0; round < rounds; round += 1) {
    const text = { name_len: TEXT_ROOM, date_len: TEXT_ROOM, desc_len: TEXT_ROOM };
    maker.call(fd, call('DRM_IOCTL_VERSION'), { ...text, name: name!, date: date!, desc: desc! });
    maker.call(fd, call('DRM_IOCTL_GET_CAP'), { capability: types.constantValue('DRM_CAP_PRIME') });
    maker.call(fd, call('DRM_IOCTL_ETHOSU_DEV_QUERY'), {
      type: types.constantValue('DRM_ETHOSU_DEV_QUERY_NPU_INFO'),
      size: 16n,
      pointer: info,
    });
    maker.call(fd, call('DRM_IOCTL_ETHOSU_BO_CREATE'), { size: PAGE });
    const handle = slotValue(builder.lastSlot);
    maker.call(fd, call('DRM_IOCTL_ETHOSU_BO_WAIT'), { handle, timeout_ns: 0n });
    maker.call(fd, call('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET'), { handle });
    const slot = builder.slot();
    const flags = types.constantValue('DRM_CLOEXEC');
    maker.call(fd, call('DRM_IOCTL_PRIME_HANDLE_TO_FD'), { handle, flags }, { keep: { field: 'fd', slot } });
    builder.close(slotValue(slot));
    maker.call(fd, call('DRM_IOCTL_GEM_CLOSE'), { handle });
  }
  return { program: builder.build(), before, length: (builder.length - before) / rounds };
}

/** One request, again and again, on a node that refuses it: hardly anything but the way to the kernel and back. */
export function nullCalls(context: PlanContext, rounds: number): Rounds {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open('/dev/null', O_RDWR);
  const before = builder.length;
  const call = context.driver.calls.get('DRM_IOCTL_GET_CAP')!;
  for (let round = 0; round < rounds; round += 1) maker.call(fd, call, { capability: 0n });
  return { program: builder.build(), before, length: 1 };
}

/** A context for programs that ask nothing of a device. */
export function contextOf(driver: PlanContext['driver'], hello: Hello, seed: number): PlanContext {
  return { driver, hello, nodePath: '/dev/null', minor: 0, minors: [0], params: new Map(), seed };
}
