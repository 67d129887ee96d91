/** Two jobs of two clients as fences: merged, imported into a buffer that nobody uses, and waited for there. */
import {
  type CallDescription,
  errnoName,
  fieldOf,
  layoutOf,
  readScalar,
  type Trace,
  type Value,
} from '../../schemas/index.ts';
import { slotValue } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { type Payload, payloads } from '../plan/payloads.ts';
import { BOTH, FileScene, ROOM } from './file-scene.ts';

const PENDING = 0n;
/** The second is the machine's. */
const REFUSALS = ['EINVAL', 'ENOMEM'];
/** Longer than jobs take on an emulated machine. */
const DEADLINE_MS = 15_000;

export function pendingScenes(context: PlanContext): Case[] {
  const cases = offered(context, nodeIoctls(context.driver)).flatMap(submit => {
    const payload = payloads(submit).find(({ works }) => works !== undefined);
    // A job that says itself how it ends may have no way to end late.
    if (!payload || (payload.moods && !payload.moods.late)) return [];
    return [twoJobs(context, submit, payload)];
  });
  // The fences of a job are the same whichever call queued it.
  return cases.slice(0, 1);
}

/** Submits a late job; the dma-buf of the buffer that it writes. */
function job(scene: FileScene, submit: CallDescription, payload: Payload, fd: Value): Value {
  const { maker, controls, builder } = scene;
  const made = payload.build(maker, fd, submit, () => 0)!;
  const values = { ...made.values, ...payload.moods?.late };
  controls.push(...made.setup, maker.call(fd, submit, values, { label: 'a late job' }));
  const slot = builder.slot();
  const handle = values[payload.works!] as Value;
  const prime = scene.context.driver.calls.get('DRM_IOCTL_PRIME_HANDLE_TO_FD')!;
  controls.push(maker.call(fd, prime, { handle, flags: 0n }, { keep: { field: 'fd', slot } }));
  return slotValue(slot);
}

function twoJobs(context: PlanContext, submit: CallDescription, payload: Payload): Case {
  const scene = new FileScene(context);
  const idle = scene.buffer();
  const buffers = [scene.open(), scene.open()].map(fd => job(scene, submit, payload, fd));
  const [a, b] = buffers.map(buffer => scene.exported(buffer).fd) as [Value, Value];
  const both = scene.merged(a, b, 'two jobs').fd;
  scene.call(idle, 'DMA_BUF_IOCTL_IMPORT_SYNC_FILE', { flags: BOTH, fd: both });
  const looks = [0, 1, 0, ROOM].map(room => scene.info(both, room).step);
  scene.pollBuffer(idle, 'the buffer with both fences');
  const out = scene.exported(idle).fd;
  const wait = scene.maker.call(
    idle,
    scene.named('DMA_BUF_IOCTL_SYNC'),
    { flags: BOTH },
    {
      label: 'DMA_BUF_IOCTL_SYNC, which waits for both',
      deadline: DEADLINE_MS,
    },
  );
  scene.probes.push(wait);
  const files = { 'the first job': a, 'the second job': b, 'both jobs': both, 'what came out': out };
  for (const [label, fd] of Object.entries(files)) {
    scene.poll(fd, `poll ${label}`);
    scene.info(fd, 0);
  }
  scene.pollBuffer(idle, 'the buffer');
  return {
    ...scene.case('files.info', 'SYNC_IOC_FILE_INFO.pending', {
      look: trace => tooFew(context, trace, looks),
    }),
    ...(payload.moods ? {} : { device: 'late' as const }),
  };
}

/** A member of the argument after a call on a file; undefined when the call failed. */
function seen(context: PlanContext, trace: Trace, step: number, name: string): bigint | undefined {
  const { args, fills = [] } = trace.program.steps[step]!;
  const result = trace.results[step];
  const argument = args[2];
  if (result?.errno !== 0 || argument?.kind !== 'address') return undefined;
  const layout = layoutOf(context.driver.types, 'sync_file_info', context.hello.abi);
  const bytes = new Uint8Array(layout.size);
  for (const write of [...fills, ...result.diffs])
    if (write.buffer === argument.buffer) bytes.set(write.bytes, write.offset);
  return readScalar(bytes, fieldOf(layout, name));
}

/** Room for one of two pending fences is too little, as long as both are pending before and after. */
function tooFew(context: PlanContext, trace: Trace, looks: readonly number[]): string | undefined {
  const [before, one, after, all] = looks as [number, number, number, number];
  const pending = [before, after].every(step => seen(context, trace, step, 'status') === PENDING);
  const [fences, still] = [before, after].map(step => seen(context, trace, step, 'num_fences'));
  if (!pending || fences === undefined || fences < 2n || fences !== still) return undefined;
  const refusal = errnoName(trace.results[one]?.errno ?? 0);
  if (!REFUSALS.includes(refusal))
    return `step ${one}: there is room for one of ${fences} fences, seen ${refusal}, expected ${REFUSALS[0]}`;
  const told = seen(context, trace, all, 'num_fences');
  return told === fences || told === undefined
    ? undefined
    : `step ${all}: the file has ${fences} fences, and tells ${told}`;
}
