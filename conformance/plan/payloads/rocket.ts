/**
 * Jobs for a rocket device. The kernel looks at no command, so none is built here: the buffer that a task names is empty,
 * and a real NPU gets nothing to do, until the watchdog ends the job. A job that does work has to be recorded from Mesa.
 */
import type { CallDescription, Value } from '../../../schemas/index.ts';
import type { Argument } from '../arguments.ts';
import { addressOf, slotValue } from '../builder.ts';
import type { CallMaker, GoodArguments } from '../call-maker.ts';
import type { Payload } from '../payloads.ts';

const SUBMIT = 'DRM_IOCTL_ROCKET_SUBMIT';
const CREATE = 'DRM_IOCTL_ROCKET_CREATE_BO';
const JOB_BYTES = 40n;
const TASK_BYTES = 8n;
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

class Maker {
  readonly values: Record<string, Argument> = {};
  readonly setup: number[] = [];
  private readonly maker: CallMaker;
  private readonly fd: Value;
  private readonly submit: CallDescription;

  constructor(maker: CallMaker, fd: Value, submit: CallDescription) {
    this.maker = maker;
    this.fd = fd;
    this.submit = submit;
  }

  buffer(): Buffer {
    const slot = this.maker.builder.slot();
    const call = this.maker.context.driver.calls.get(CREATE)!;
    const keep = { field: 'dma_address', slot };
    const label = `${CREATE} (for a job)`;
    this.setup.push(this.maker.call(this.fd, call, { size: PAGE }, { label, keep }));
    // The slot of the handle comes after the one that was asked for.
    return { handle: slotValue(this.maker.builder.lastSlot), address: slotValue(slot) };
  }

  private array(pointer: string, count: string, length: number, bytes: bigint): void {
    const room = bytes * BigInt(Math.max(length, 1));
    this.values[pointer] = addressOf(this.maker.target(this.submit, pointer, room));
    this.values[count] = BigInt(length);
  }

  /** @param more bytes by which jobs and tasks are longer than this kernel's */
  jobs(jobs: readonly Job[], more = 0n): void {
    this.values['reserved'] = 0n;
    this.values['job_struct_size'] = JOB_BYTES + more;
    this.array('jobs', 'job_count', jobs.length, JOB_BYTES + more);
    for (const [index, job] of jobs.entries()) this.job(`jobs[${index}]`, job, more);
  }

  private job(at: string, job: Job, more: bigint): void {
    this.values[`${at}.task_struct_size`] = TASK_BYTES + more;
    this.array(`${at}.tasks`, `${at}.task_count`, job.tasks.length, TASK_BYTES + more);
    for (const [index, { address }] of job.tasks.entries()) {
      this.values[`${at}.tasks[${index}].regcmd`] = address;
      this.values[`${at}.tasks[${index}].regcmd_count`] = COMMANDS;
    }
    for (const way of ['in', 'out'] as const) {
      const pointer = `${at}.${way}_bo_handles`;
      this.array(pointer, `${at}.${way}_bo_handle_count`, job[way].length, HANDLE_BYTES);
      for (const [index, { handle }] of job[way].entries()) this.values[`${pointer}[${index}]`] = handle;
    }
  }

  done(): GoodArguments {
    return { values: this.values, setup: this.setup };
  }
}

function payload(label: string, shape: (made: Maker) => void, more: Partial<Payload> = {}): Payload {
  return {
    label,
    ...more,
    build: (maker, fd, call) => {
      const made = new Maker(maker, fd, call);
      shape(made);
      return made.done();
    },
  };
}

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
