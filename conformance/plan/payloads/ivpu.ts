/**
 * Jobs for an ivpu device. The kernel looks at no command: the command buffer stays empty, so a real NPU ends the job with
 * an error of its firmware. A job that does work has to be recorded from Intel's driver.
 */
import type { Value } from '../../../schemas/index.ts';
import { addressOf } from '../builder.ts';
import type { CallMaker } from '../call-maker.ts';
import type { Payload } from '../payloads.ts';
import { JobMaker, payloadsBy } from './job-maker.ts';

const SUBMIT = 'DRM_IOCTL_IVPU_SUBMIT';
const QUEUE_SUBMIT = 'DRM_IOCTL_IVPU_CMDQ_SUBMIT';
const GET_PARAM = 'DRM_IOCTL_IVPU_GET_PARAM';
const FROM_MEMORY = 'DRM_IOCTL_IVPU_BO_CREATE_FROM_USERPTR';
const CREATE = 'DRM_IOCTL_IVPU_BO_CREATE';
const INFO = 'DRM_IOCTL_IVPU_BO_INFO';
const QUEUE = 'DRM_IOCTL_IVPU_CMDQ_CREATE';
const START = 'DRM_IOCTL_IVPU_METRIC_STREAMER_START';
const STOP = 'DRM_IOCTL_IVPU_METRIC_STREAMER_STOP';
const GET_DATA = 'DRM_IOCTL_IVPU_METRIC_STREAMER_GET_DATA';
const PAGE = 4096n;
const HANDLE_BYTES = 4n;
const MAPPABLE = 2n;
/** MS_MIN_SAMPLE_PERIOD_NS (drivers/accel/ivpu/ivpu_ms.c:19) */
const SHORTEST_NS = 1_000_000n;

const queues = new WeakMap<CallMaker, Map<string, Value>>();

class Maker extends JobMaker {
  buffer(flags = MAPPABLE, size = PAGE): Value {
    return this.made(CREATE, { size, flags });
  }

  job(buffers: readonly Value[], more: Readonly<Record<string, bigint>> = {}): void {
    const own = this.submit.semantics.fields;
    this.values['flags'] = 0n;
    this.values['commands_offset'] = 0n;
    if (own['cmdq_id']) {
      this.values['cmdq_id'] = this.queue();
      this.values['reserved'] = 0n;
      this.values['preempt_buffer_index'] = 0n;
    } else {
      this.values['engine'] = 0n;
      this.values['priority'] = 0n;
    }
    Object.assign(this.values, more);
    this.array('buffers_ptr', 'buffer_count', HANDLE_BYTES, buffers.length);
    for (const [index, buffer] of buffers.entries()) this.values[`buffers_ptr[${index}]`] = buffer;
  }

  /** The queue of the file for all jobs that a maker makes: they run in the order of their submission. */
  private queue(): Value {
    const own = queues.get(this.maker) ?? new Map<string, Value>();
    queues.set(this.maker, own);
    const file = JSON.stringify(this.fd, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    const known = own.get(file) ?? this.made(QUEUE, { priority: 0n, flags: 0n });
    own.set(file, known);
    return known;
  }

  /** One that runs, named by the call. */
  streamer(): void {
    const values = nextStreamer(this.maker);
    this.setup.push(
      this.maker.call(this.fd, this.call(START), values, { label: `${START} (for a streamer)` }),
    );
    this.values['metric_group_mask'] = values['metric_group_mask']!;
  }

  room(pointer: string, size: string, bytes: bigint): void {
    this.values[size] = bytes;
    this.values[pointer] = addressOf(this.maker.target(this.submit, pointer, bytes));
  }

  /** Bytes that a preemption buffer has to have. */
  get preemption(): bigint {
    const size = BigInt(this.maker.context.params.get('npu.preempt_size') ?? 0);
    return size > PAGE ? size : PAGE;
  }
}

const payload = payloadsBy(Maker);

const one = payload('one job', made => made.job([made.buffer(), made.buffer(0n)]), {
  works: 'buffers_ptr[0]',
  reads: 'buffers_ptr[1]',
  once: 'buffers_ptr[0]',
});
const bare = payload('commands alone', made => made.job([made.buffer()]));
const later = payload('commands in the middle of their buffer', made =>
  made.job([made.buffer(), made.buffer(0n)], { commands_offset: 64n }),
);
const many = payload('a job over five buffers', made =>
  made.job([made.buffer(), made.buffer(0n), made.buffer(1n), made.buffer(4n), made.buffer(8n)]),
);
const preempted = payload('a job with a preemption buffer of its own', made =>
  made.job([made.buffer(), made.buffer(0n, made.preemption)], { preempt_buffer_index: 1n }),
);

/** How many streamers the steps of a maker have started. */
const started = new WeakMap<CallMaker, bigint>();
const MASK_BITS = 64;

/** Each has a mask of its own: one group, two groups, and so on. */
function nextStreamer(maker: CallMaker, period = 2n * SHORTEST_NS): Record<string, bigint> {
  const count = (started.get(maker) ?? 0n) + 1n;
  started.set(maker, count);
  const mask = BigInt.asUintN(MASK_BITS, count < MASK_BITS ? (1n << count) - 1n : ~count);
  return { metric_group_mask: mask, sampling_period_ns: period, read_period_samples: 1n };
}

const start: Payload = {
  label: 'a streamer',
  build: maker => ({ values: nextStreamer(maker), setup: [] }),
};

const often: Payload = {
  label: 'a streamer that samples as often as it can',
  build: maker => ({ values: nextStreamer(maker, SHORTEST_NS), setup: [] }),
};

const running = (label: string, room?: bigint): Payload =>
  payload(label, made => {
    made.streamer();
    if (room !== undefined) made.room('buffer_ptr', 'buffer_size', room);
  });

/** What GET_PARAM tells, one parameter at a time. */
const param = (label: string, number: bigint, index = 0n): Payload => ({
  label,
  build: () => ({ values: { param: number, index }, setup: [] }),
});

const memory = (label: string, flags: bigint): Payload =>
  payload(label, made => {
    made.values['flags'] = flags;
    made.room('user_ptr', 'size', PAGE);
  });

/** What BO_INFO tells depends on whether the buffer can be mapped. */
const info = (label: string, flags: bigint): Payload =>
  payload(label, made => {
    made.values['handle'] = made.buffer(flags);
  });

export const ivpuPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [GET_PARAM]: [
    param('the device', 0n),
    param('the revision', 1n),
    param('the platform', 2n),
    param('the clock', 3n),
    param('the contexts', 4n),
    param('the lowest address', 5n),
    param('the context', 7n),
    param('a version of the firmware', 8n),
    param('the heartbeat', 9n),
    param('an inference', 10n),
    param('the tiles', 11n),
    param('the SKU', 12n),
    ...[1n, 2n, 3n, 4n, 9n].map(index => param(`the capability ${index}`, 13n, index)),
    param('the preemption buffer', 14n),
  ],
  [FROM_MEMORY]: [
    memory('memory to write', 0n),
    memory('memory to read', 8n),
    memory('memory at a high address', 1n),
    memory('memory for DMA', 4n),
  ],
  [INFO]: [info('a buffer to map', MAPPABLE), info('a buffer that is not mapped', 0n)],
  [SUBMIT]: [one, bare, later, many],
  [QUEUE_SUBMIT]: [one, bare, later, many, preempted],
  [START]: [start, often],
  [STOP]: [running('a streamer that runs')],
  [GET_DATA]: [running('what a streamer has', PAGE), running('how much a streamer has', 0n)],
};
