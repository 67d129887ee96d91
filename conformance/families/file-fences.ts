/** Fences as dma-bufs and sync files show them: none, imported ones, merged ones. */
import { fieldOf, layoutOf, readScalar, type Trace } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { BOTH, FileScene, ROOM } from './file-scene.ts';

const SIGNALLED = 1n;

export function fenceScenes(context: PlanContext): Case[] {
  return [idle(context), told(context), merged(context), selfMerged(context), imported(context)];
}

/** A buffer that nobody uses keeps nobody waiting. */
function idle(context: PlanContext): Case {
  const scene = new FileScene(context);
  const buffer = scene.buffer();
  scene.pollBuffer(buffer, 'the dma-buf');
  for (const flags of [1n, 2n, 3n, 7n]) scene.call(buffer, 'DMA_BUF_IOCTL_SYNC', { flags });
  for (const flags of [1n, 2n, 3n]) {
    const file = scene.exported(buffer, flags);
    scene.poll(file.fd, 'poll the sync file');
    scene.poll(file.fd, 'poll the sync file for long', 1, 1000);
    scene.info(file.fd, 0);
  }
  scene.seek(buffer);
  return scene.case('files.idle', 'node');
}

/** What is wrong with what was told of each fence of a signalled file, or undefined. */
function wrongFence(
  context: PlanContext,
  trace: Trace,
  { step, fences }: { step: number; fences: number },
): string | undefined {
  const result = trace.results[step];
  if (result?.errno !== 0) return undefined;
  const layout = layoutOf(context.driver.types, 'sync_fence_info', context.hello.abi);
  const bytes = new Uint8Array(layout.size);
  for (const diff of result.diffs)
    if (diff.buffer === fences && diff.offset < bytes.length)
      bytes.set(diff.bytes.subarray(0, bytes.length - diff.offset), diff.offset);
  const member = (name: string) => readScalar(bytes, fieldOf(layout, name));
  for (const [name, wanted] of [
    ['status', SIGNALLED],
    ['flags', 0n],
  ] as const)
    if (member(name) !== wanted)
      return `step ${step}: the sync file is signalled, but its fence has ${name} ${member(name)}, expected ${wanted}`;
  if (member('timestamp_ns') === 0n) return `step ${step}: the fence is signalled, but at no time`;
  for (const name of ['obj_name', 'driver_name'])
    if (bytes[fieldOf(layout, name).offset] === 0) return `step ${step}: ${name} of the fence is empty`;
  return undefined;
}

function told(context: PlanContext): Case {
  const scene = new FileScene(context);
  const file = scene.buffer('sync-file');
  scene.info(file, 0);
  const all = [1, ROOM].map(room => scene.info(file, room));
  scene.info(file, 0);
  const look = (trace: Trace) => {
    for (const each of all) {
      const wrong = wrongFence(context, trace, each);
      if (wrong) return wrong;
    }
    return undefined;
  };
  return scene.case('files.info', 'SYNC_IOC_FILE_INFO', { look });
}

function merged(context: PlanContext): Case {
  const scene = new FileScene(context);
  const [a, b] = [scene.buffer('sync-file'), scene.buffer('sync-file')];
  const third = scene.merged(a, b, 'both');
  for (const [label, fd] of Object.entries({ 'the third': third.fd, 'the first': a, 'the second': b })) {
    scene.poll(fd, `poll ${label}`);
    scene.info(fd, 0);
    scene.info(fd, ROOM);
  }
  scene.controls.push(scene.builder.close(a, 'close the first'), scene.builder.close(b, 'close the second'));
  scene.poll(third.fd, 'poll the third');
  scene.info(third.fd, 0);
  return scene.case('files.merge', 'SYNC_IOC_MERGE');
}

function selfMerged(context: PlanContext): Case {
  const scene = new FileScene(context);
  const file = scene.buffer('sync-file');
  const double = scene.merged(file, file, 'itself');
  scene.poll(double.fd, 'poll it');
  scene.info(double.fd, 0);
  const nested = scene.merged(double.fd, file, 'again');
  scene.info(nested.fd, ROOM);
  scene.info(file, 0);
  return scene.case('files.merge', 'SYNC_IOC_MERGE.self');
}

/** A signalled fence through two buffers. */
function imported(context: PlanContext): Case {
  const scene = new FileScene(context);
  const [from, to] = [scene.buffer(), scene.buffer()];
  for (const flags of [1n, 2n, 3n]) {
    const first = scene.exported(from, flags);
    scene.call(to, 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE', { flags, fd: first.fd });
    scene.pollBuffer(to, 'the other dma-buf');
    const second = scene.exported(to);
    scene.poll(second.fd, 'poll what comes out');
    scene.info(second.fd, ROOM);
    scene.call(to, 'DMA_BUF_IOCTL_SYNC', { flags: BOTH });
  }
  return scene.case('files.import', 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE');
}
