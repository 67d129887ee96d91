/** Defects of the ethosu driver beside its command streams. Lines are those of Linux 7.3.4. */
import { StreamBuilder } from '../../schemas/index.ts';
import { constant } from '../plan/builder.ts';
import type { Finding } from './finding.ts';

const PERFMON_CREATE = 'DRM_IOCTL_ETHOSU_PERFMON_CREATE';
const PERFMON_DESTROY = 'DRM_IOCTL_ETHOSU_PERFMON_DESTROY';
const SET_GLOBAL = 'DRM_IOCTL_ETHOSU_PERFMON_SET_GLOBAL';
const CLEAR_GLOBAL = 1n;
const BO_WAIT = 'DRM_IOCTL_ETHOSU_BO_WAIT';
const SUBMIT = 'DRM_IOCTL_ETHOSU_SUBMIT';
/** Jobs of 40 bytes that take 20 GiB. */
const HUGE = 0x2000_0000n;
const PAGE = 4096n;
/** A stream that does nothing. */
const NOTHING = new StreamBuilder().stop().bytes();
/** Copies 64 bytes from the chip's memory to region 0. */
const COPY = new StreamBuilder()
  .copy({ from: 'internal', to: { region: 0 }, length: 64 })
  .stop()
  .bytes();
/** Copies 64 bytes from region 0 to the chip's memory. */
const READ = new StreamBuilder()
  .copy({ from: { region: 0 }, to: 'internal', length: 64 })
  .stop()
  .bytes();
/** The allocator's own checks: freed memory that is written is reported. */
const MEMORY_CHECKS = ['slab_debug=FZP'];
/** What is read of freed memory is 0, not what it held. */
const MEMORY_CLEARED = ['init_on_free=1'];

const UNBIND = '/sys/bus/platform/drivers/ethosu/unbind';
const DEVICE = '5f000000.npu';

export const ethosuFindings: readonly Finding[] = [
  {
    id: 'ethosu-perfmon-zero',
    title:
      'Destroying monitor 0, which is refused, makes 0 the number of the next monitor; it can then be destroyed.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:212',
    clause: 'handle.fresh',
    call: PERFMON_DESTROY,
    who: 'client',
    deviation: 'ethosu.perfmon_destroy.zero-becomes-free',
    ends: { wrong: 'success', right: 'EINVAL' },
    steps: scene => {
      const fd = scene.client();
      scene.call(fd, PERFMON_CREATE, { ncounters: 0n });
      scene.call(fd, PERFMON_DESTROY, { id: 0n, pad: 0n });
      scene.call(fd, PERFMON_CREATE, { ncounters: 0n });
      return scene.call(fd, PERFMON_DESTROY, { id: 0n, pad: 0n });
    },
  },
  {
    id: 'ethosu-perfmon-freed',
    title:
      'A monitor that is destroyed before its last job has begun is freed with that job and stays the active one: the next job writes counts into freed memory.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:57',
    clause: 'kernel.log',
    call: SUBMIT,
    who: 'client',
    // Room to destroy the monitor while the first of its jobs runs.
    device: { kind: 'late', ms: 100 },
    // A counter that counts: what is added to freed memory is not nothing.
    presets: [{ name: 'PMEVCNTR0', offset: 0x300, value: 1 }],
    parameters: MEMORY_CHECKS,
    cpus: 1,
    chance: 'a freed piece is looked at only when the allocator gives that very piece out again',
    log: /\[Poison overwritten\]/,
    steps: scene => {
      const fd = scene.client();
      const commands = scene.commands(fd, NOTHING);
      const create = scene.builder.length;
      const id = scene.made(fd, PERFMON_CREATE, { ncounters: 0n }, 'id');
      const step = scene.submit(fd, [{ commands }, { commands }], id);
      scene.call(fd, PERFMON_DESTROY, { id, pad: 0n });
      // The next job is that of the next round. Another user of the allocator may take one freed piece before the
      // write, and not all of them.
      scene.repeat(create, 3, 9, 60_000);
      // For longer than the jobs take; the allocator looks at a freed piece when it gives it out again.
      scene.repeat(create, 1, 150_000, 60_000);
      return step;
    },
  },
  {
    id: 'ethosu-global-foreign',
    title:
      'Any client ends the global monitor of another client, by CLEAR_GLOBAL with the number of a monitor of its own that never was global.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:281',
    clause: 'handle.foreign',
    call: SET_GLOBAL,
    who: 'client',
    deviation: 'ethosu.perfmon_set_global.anybody',
    ends: { wrong: 'success', right: 'EINVAL' },
    steps: scene => {
      const fd = scene.client();
      const other = scene.open();
      const id = scene.made(fd, PERFMON_CREATE, { ncounters: 0n }, 'id');
      scene.call(fd, SET_GLOBAL, { flags: 0n, id });
      const own = scene.made(other, PERFMON_CREATE, { ncounters: 0n }, 'id');
      return scene.call(other, SET_GLOBAL, { flags: CLEAR_GLOBAL, id: own });
    },
  },
  {
    id: 'ethosu-monitor-unknown',
    title: 'A job with the number of a monitor that does not exist is not refused; it runs without one.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_job.c:417',
    clause: 'handle.never-issued',
    call: SUBMIT,
    who: 'client',
    deviation: 'ethosu.submit.perfmon-unknown-ignored',
    ends: { wrong: 'success', right: 'ENOENT' },
    steps: scene => {
      const fd = scene.client();
      return scene.submit(fd, [{ commands: scene.commands(fd, NOTHING) }], 1n);
    },
  },
  {
    id: 'ethosu-reader-not-waited',
    title: 'A buffer is not busy for a wait while a job still reads it.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_job.c:113',
    clause: 'job.completion',
    call: BO_WAIT,
    who: 'client',
    deviation: 'ethosu.submit.readers-not-waited',
    // Less than the 500 ms of the driver's watchdog, and long for the next call.
    device: { kind: 'late', ms: 400 },
    ends: { wrong: 'success', right: 'ETIME' },
    steps: scene => {
      const fd = scene.client();
      const memory = scene.memory(fd, PAGE);
      scene.submit(fd, [{ commands: scene.commands(fd, READ), regions: [memory] }]);
      return scene.call(fd, BO_WAIT, { handle: memory, pad: 0n, timeout_ns: 0n });
    },
  },
  {
    id: 'ethosu-submit-count-warns',
    title: 'A batch of 20 GiB of jobs makes the allocator warn with a trace.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_job.c:521',
    clause: 'kernel.log',
    call: SUBMIT,
    who: 'client',
    deviation: 'ethosu.submit.huge-count-warns',
    log: /WARNING: .*mm\/(slub|util)/,
    steps: scene => scene.call(scene.client(), SUBMIT, { jobs: 0n, job_count: HUGE, perfmon_id: 0n }),
  },
  {
    id: 'ethosu-many-counters',
    title:
      'A monitor of more events than the argument has room for is read from beyond the argument: the number that the device gives is not limited.',
    target: 'qemu:ethosu,profile=u85',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:174',
    clause: 'kernel.log',
    call: PERFMON_CREATE,
    who: 'client',
    lie: 'PMCR says that it has 31 counters',
    presets: [{ name: 'PMCR', offset: 0x1180, value: 31 << 11 }],
    log: /UBSAN: array-index-out-of-bounds in .*ethosu_perfmon\.c/,
    steps: scene => scene.call(scene.client(), PERFMON_CREATE, { ncounters: 9n }),
  },
  {
    id: 'ethosu-read-position',
    title:
      'When a job hangs, the driver prints the word of its stream at the position that the device gives, wherever that is: the kernel oopses.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_job.c:299',
    clause: 'kernel.alive',
    call: SUBMIT,
    who: 'client',
    lie: 'QREAD lies 4 GiB behind the start of the stream',
    device: { kind: 'hang-lost', read: 0xffff_fffc },
    log: /Unable to handle kernel paging request/,
    steps: scene => {
      const fd = scene.client();
      const step = scene.submit(fd, [{ commands: scene.commands(fd, NOTHING) }]);
      // The driver waits 500 ms for a job.
      scene.builder.step('wait for the watchdog', 'sleep', [constant(1500)]);
      return step;
    },
  },
  {
    id: 'ethosu-early-interrupt',
    title:
      'An interrupt ends the job, whatever the status says of it: a buffer is ready while the device says that it still runs.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_job.c:247',
    clause: 'job.completion',
    call: BO_WAIT,
    who: 'client',
    lie: 'its interrupt rises two seconds before the job has ended, while STATUS says running',
    device: { kind: 'early', ms: 2000 },
    ends: { wrong: 'success', right: 'ETIME' },
    steps: scene => {
      const fd = scene.client();
      const memory = scene.memory(fd, PAGE);
      scene.submit(fd, [{ commands: scene.commands(fd, COPY), regions: [memory] }]);
      // Less than the 500 ms of the driver's watchdog.
      scene.builder.step('wait 200 ms', 'sleep', [constant(200)]);
      return scene.call(fd, BO_WAIT, { handle: memory, pad: 0n, timeout_ns: 0n });
    },
  },
  {
    id: 'ethosu-unbind-alive',
    title:
      'Once the driver is unbound, a file that is still open goes on making buffers of a device that is gone.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_drv.c:390',
    clause: 'dispatch.unplugged',
    call: 'DRM_IOCTL_ETHOSU_BO_CREATE',
    who: 'root',
    ends: { wrong: 'success', right: 'ENODEV' },
    steps: scene => {
      const fd = scene.open();
      scene.write(UNBIND, DEVICE);
      return scene.call(fd, 'DRM_IOCTL_ETHOSU_BO_CREATE', { size: PAGE, flags: 0n });
    },
  },
  {
    id: 'ethosu-unbind-close',
    title:
      'Closing a file that has run a job, after the driver was unbound, uses the freed queue of the scheduler: the kernel oopses.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_drv.c:391',
    clause: 'kernel.alive',
    call: 'close',
    who: 'root',
    parameters: MEMORY_CLEARED,
    log: /NULL pointer dereference/,
    steps: scene => {
      const fd = scene.open();
      scene.submit(fd, [{ commands: scene.commands(fd, NOTHING) }]);
      scene.write(UNBIND, DEVICE);
      return scene.close(fd);
    },
  },
  {
    id: 'ethosu-unbind-job',
    title: 'A job that runs while the driver is unbound never ends: a wait for its buffer does not return.',
    target: 'qemu:ethosu',
    source: 'drivers/accel/ethosu/ethosu_drv.c:391',
    clause: 'job.failure',
    call: BO_WAIT,
    who: 'root',
    device: { kind: 'hang' },
    ends: { wrong: 'ETIME', right: 'success' },
    steps: scene => {
      const fd = scene.open();
      const memory = scene.memory(fd, PAGE);
      scene.submit(fd, [{ commands: scene.commands(fd, COPY), regions: [memory] }]);
      scene.write(UNBIND, DEVICE);
      scene.builder.step('wait for longer than the watchdog', 'sleep', [constant(3000)]);
      return scene.call(fd, BO_WAIT, { handle: memory, pad: 0n, timeout_ns: 0n });
    },
  },
];
