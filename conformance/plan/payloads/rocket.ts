/**
 * Jobs for a rocket device. The kernel looks at no command, so none is built here: the buffer that a task names is empty,
 * and a real NPU gets nothing to do, until the watchdog ends the job. A job that does work has to be recorded from Mesa.
 */
import type { Value } from '../../../schemas/index.ts';
import { slotValue } from '../builder.ts';
import type { Payload } from '../payloads.ts';
import { JobMaker, payloadsBy } from './job-maker.ts';

const SUBMIT = 'DRM_IOCTL_ROCKET_SUBMIT';
const CREATE = 'DRM_IOCTL_ROCKET_CREATE_BO';
const HANDLE_BYTES = 4n;
const PAGE = 4096n;
/** Commands of 8 bytes that a task is said to have. */
const COMMANDS = 4n;
/** Bytes that a later header may add to a struct. */
const MORE = 8n;

interface Buffer {
  readonly handle: Value;
  /** Where the NPU sees it. */
  readonly address: Value;
}

interface Job {
  readonly tasks: readonly Buffer[];
  readonly in: readonly Buffer[];
  readonly out: readonly Buffer[];
}

class Maker extends JobMaker {
  buffer(): Buffer {
    const slot = this.maker.builder.slot();
    const handle = this.made(CREATE, { size: PAGE }, { field: 'dma_address', slot });
    return { handle, address: slotValue(slot) };
  }

  /** @param more bytes by which jobs and tasks are longer than this kernel's */
  jobs(jobs: readonly Job[], more = 0n): void {
    this.values['reserved'] = 0n;
    const bytes = this.sizeOf('drm_rocket_job') + more;
    this.values['job_struct_size'] = bytes;
    this.array('jobs', 'job_count', bytes, jobs.length);
    for (const [index, job] of jobs.entries()) this.job(`jobs[${index}]`, job, more);
  }

  private job(at: string, job: Job, more: bigint): void {
    const bytes = this.sizeOf('drm_rocket_task') + more;
    this.values[`${at}.task_struct_size`] = bytes;
    this.array(`${at}.tasks`, `${at}.task_count`, bytes, job.tasks.length);
    for (const [index, { address }] of job.tasks.entries()) {
      this.values[`${at}.tasks[${index}].regcmd`] = address;
      this.values[`${at}.tasks[${index}].regcmd_count`] = COMMANDS;
    }
    for (const way of ['in', 'out'] as const) {
      const pointer = `${at}.${way}_bo_handles`;
      this.array(pointer, `${at}.${way}_bo_handle_count`, HANDLE_BYTES, job[way].length);
      for (const [index, { handle }] of job[way].entries()) this.values[`${pointer}[${index}]`] = handle;
    }
  }
}

const payload = payloadsBy(Maker);

const one = payload(
  'one job',
  made => {
    const [commands, source, target] = [made.buffer(), made.buffer(), made.buffer()];
    made.jobs([{ tasks: [commands], in: [source], out: [target] }]);
  },
  { works: 'jobs[0].out_bo_handles[0]', reads: 'jobs[0].in_bo_handles[0]' },
);

const rows = payload('a job of three tasks', made => {
  const commands = made.buffer();
  made.jobs([{ tasks: [commands, commands, commands], in: [commands], out: [made.buffer(), made.buffer()] }]);
});

const two = payload('two jobs that share buffers', made => {
  const [first, second] = [made.buffer(), made.buffer()];
  made.jobs([
    { tasks: [first], in: [first], out: [second] },
    { tasks: [first], in: [second], out: [first] },
  ]);
});

const bare = payload('a job without buffers', made => {
  made.jobs([{ tasks: [made.buffer()], in: [], out: [] }]);
});

/** What a program does that was built with a later header. */
const longer = payload('two jobs of longer structs', made => {
  const commands = made.buffer();
  const tasks = [commands, commands];
  made.jobs(
    [
      { tasks, in: [commands], out: [made.buffer()] },
      { tasks, in: [], out: [made.buffer()] },
    ],
    MORE,
  );
});

const none = payload('no job', made => made.jobs([]));

export const rocketPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [SUBMIT]: [one, rows, two, bare, longer, none],
};
