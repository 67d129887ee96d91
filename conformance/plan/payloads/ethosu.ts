/** Jobs for an ethosu device: command streams that the kernel accepts, with buffers as large as they reach. */
import { predicates, StreamBuilder, type Value } from '../../../schemas/index.ts';
import { addressOf } from '../builder.ts';
import type { CallMaker, Pick } from '../call-maker.ts';
import type { Payload } from '../payloads.ts';
import { JobMaker } from './job-maker.ts';

const CREATE = 'DRM_IOCTL_ETHOSU_BO_CREATE';
const COMMANDS = 'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE';
const SUBMIT = 'DRM_IOCTL_ETHOSU_SUBMIT';
const PERFMON = 'DRM_IOCTL_ETHOSU_PERFMON_CREATE';
const DESTROY = 'DRM_IOCTL_ETHOSU_PERFMON_DESTROY';
const SET_GLOBAL = 'DRM_IOCTL_ETHOSU_PERFMON_SET_GLOBAL';
const PAGE = 4096n;
/** Buffers above this many bytes are not made. */
const LARGEST = 1n << 20n;

/** Copies the first bytes of region 0 to region 1. */
function copyStream(bytes: number): Uint8Array {
  const stream = new StreamBuilder().copy({ from: { region: 0 }, to: { region: 1 }, length: bytes });
  return stream.stop().bytes();
}

class Maker extends JobMaker {
  buffer(size: bigint): Value {
    return this.made(CREATE, { size, flags: 0n });
  }

  commands(bytes: Uint8Array): Value {
    const call = this.call(COMMANDS);
    const data = addressOf(this.maker.target(call, 'data', BigInt(bytes.length)));
    return this.made(COMMANDS, { size: BigInt(bytes.length), flags: 0n, data, 'data[]': bytes, pad: 0n });
  }

  perfmon(): Value {
    return this.made(PERFMON, { ncounters: 0n });
  }

  jobs(count: number): void {
    this.array('jobs', 'job_count', this.sizeOf('drm_ethosu_job'), count);
    this.values['perfmon_id'] ??= 0n;
  }

  job(index: number, commands: Value, regions: readonly (Value | undefined)[]): void {
    this.values[`jobs[${index}].cmd_bo`] = commands;
    this.values[`jobs[${index}].sram_size`] = 0n;
    for (let region = 0; region < 8; region += 1)
      this.values[`jobs[${index}].region_bo_handles[${region}]`] = regions[region] ?? 0n;
  }
}

const copy: Payload = {
  label: 'one copy',
  works: 'jobs[0].region_bo_handles[1]',
  reads: 'jobs[0].region_bo_handles[0]',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    // More than a page, so that a buffer of one page is too small for it.
    const commands = made.commands(copyStream(5000));
    made.jobs(1);
    made.job(0, commands, [made.buffer(2n * PAGE), made.buffer(2n * PAGE)]);
    return made.done();
  },
};

const chip: Payload = {
  label: 'a copy through region 2',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    const stream = new StreamBuilder().copy({ from: { region: 0 }, to: { region: 2 }, length: 64 });
    const commands = made.commands(stream.stop().bytes());
    made.jobs(1);
    made.job(0, commands, [made.buffer(PAGE), undefined, made.buffer(PAGE)]);
    return made.done();
  },
};

const exact: Payload = {
  label: 'a copy that fills its buffers',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    const commands = made.commands(copyStream(4096));
    made.jobs(1);
    made.job(0, commands, [made.buffer(PAGE), made.buffer(PAGE)]);
    return made.done();
  },
};

const nothing: Payload = {
  label: 'a stream that does nothing',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    const commands = made.commands(new StreamBuilder().stop().bytes());
    made.jobs(1);
    made.job(0, commands, []);
    return made.done();
  },
};

const two: Payload = {
  label: 'two jobs that share buffers',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    const commands = made.commands(copyStream(64));
    const [source, target] = [made.buffer(PAGE), made.buffer(PAGE)];
    made.jobs(2);
    made.job(0, commands, [source, target]);
    made.job(1, commands, [target, source]);
    return made.done();
  },
};

const none: Payload = {
  label: 'no job',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    made.jobs(0);
    return made.done();
  },
};

const monitored: Payload = {
  label: 'a job with a performance monitor',
  build: (maker, fd, call, pick) => {
    const base = copy.build(maker, fd, call, pick)!;
    const made = new Maker(maker, fd, call);
    const values = { ...base.values, perfmon_id: made.perfmon() };
    return { values, setup: [...base.setup, ...made.setup] };
  },
};

/** A stream of many shapes, with a buffer for every region that it reaches. */
const any: Payload = {
  label: 'any stream',
  build: (maker, fd, call, pick: Pick) => {
    const predicate = predicates.get('ethosu_command_stream')!;
    const param = (name: string) => BigInt(maker.context.params.get(name) ?? 0);
    const bytes = predicate.good(param, count => pick('data[]', count));
    const { properties } = predicate.decide(bytes, param);
    const made = new Maker(maker, fd, call);
    const commands = made.commands(bytes);
    const regions = Array.from({ length: 8 }, (_, region) => {
      const reach = properties.get(`region_size.${region}`) ?? 0n;
      if (reach === 0n) return undefined;
      return made.buffer(reach < LARGEST ? reach : PAGE);
    });
    made.jobs(1);
    made.job(0, commands, regions);
    return made.done();
  },
};

/** The monitor that an earlier step of the program made the global one. */
const globals = new WeakMap<CallMaker, Value>();

/** There is one global monitor: destroying the last one makes room for the next. */
const setGlobal: Payload = {
  label: 'set',
  build: (maker, fd, call) => {
    const made = new Maker(maker, fd, call);
    const last = globals.get(maker);
    if (last)
      made.setup.push(maker.call(fd, maker.context.driver.calls.get(DESTROY)!, { id: last, pad: 0n }));
    const id = made.perfmon();
    globals.set(maker, id);
    return { values: { flags: 0n, id }, setup: made.setup };
  },
};

const clearGlobal: Payload = {
  label: 'clear',
  build: (maker, fd, call, pick) => {
    const { values, setup } = setGlobal.build(maker, fd, call, pick)!;
    const step = maker.call(fd, call, values, { label: `${call.name} (to be cleared)` });
    return { values: { ...values, flags: 1n }, setup: [...setup, step] };
  },
};

export const ethosuPayloads: Readonly<Record<string, readonly Payload[]>> = {
  [SUBMIT]: [copy, exact, chip, nothing, two, none, monitored, any],
  [SET_GLOBAL]: [setGlobal, clearGlobal],
};
