/** The safe calls of the generated ethosu module, answered by a device of the test's own: what the kernel would see. */
import koffi from 'koffi';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COPY_STREAM } from './examples/copy-stream.ts';
import { type Descriptor, decode, type Handle, hostAbi, UapiError } from './examples/generated/accel-uapi.ts';
import { OpenError } from './examples/generated/accel-uapi-node.ts';
import {
  DRM_IOCTL_GEM_CLOSE,
  DRM_IOCTL_PRIME_FD_TO_HANDLE,
  drm_gem_close,
  drm_prime_handle,
  drm_syncobj_timeline_wait,
} from './examples/generated/drm.ts';
import {
  DRM_ETHOSU_DEV_QUERY_NPU_INFO,
  DRM_IOCTL_ETHOSU_BO_CREATE,
  DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE,
  DRM_IOCTL_ETHOSU_DEV_QUERY,
  DRM_IOCTL_ETHOSU_SUBMIT,
  drm_ethosu_bo_create,
  drm_ethosu_cmdstream_bo_create,
  drm_ethosu_dev_query,
  drm_ethosu_job,
  drm_ethosu_npu_info,
  drm_ethosu_submit,
  EthosuDevice,
  ethosu_open,
} from './examples/generated/ethosu.ts';

const it = suite('safe-view');

type Answer = (request: number, bytes: Uint8Array) => number;

const EINVAL = 22;
const ENOENT = 2;
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

class Fake extends EthosuDevice {
  private readonly answer: Answer;

  constructor(answer: Answer) {
    super('/dev/accel/accel0', -1 as Descriptor);
    this.answer = answer;
  }

  override ioctl(request: number, argument: Uint8Array | null): number {
    return this.answer(request, argument!);
  }
}

/** Bytes that a pointer of an argument leads to. */
const memory = (address: bigint, length: number) => new Uint8Array(koffi.view(address, length));

function refusal(act: () => unknown): UapiError {
  try {
    act();
  } catch (error) {
    assert.instance(error, UapiError);
    return error as UapiError;
  }
  assert.unreachable('nothing was refused');
  throw new Error();
}

async function openRefusal(path: string): Promise<OpenError> {
  try {
    await ethosu_open(path);
  } catch (error) {
    assert.instance(error, OpenError);
    return error as OpenError;
  }
  throw new Error('a node was opened');
}

it.before(async () => {
  // Loads koffi, without which there are no addresses.
  await openRefusal('/dev/null');
});

it('what is no node, or not there, should be refused in one sentence', async () => {
  assert.is((await openRefusal('/dev/null')).message, '/dev/null: not a DRM node (VERSION: ENOTTY)');
  const missing = await openRefusal('/nowhere');
  assert.is(missing.message, '/nowhere: open: ENOENT');
  assert.is(missing.errno, ENOENT);
});

it('flags should be combined, and the handle given up by using', () => {
  const closed: number[] = [];
  const device = new Fake((request, bytes) => {
    if (request === DRM_IOCTL_GEM_CLOSE()) closed.push(decode(drm_gem_close, bytes).handle);
    else {
      assert.is(request, DRM_IOCTL_ETHOSU_BO_CREATE());
      const value = decode(drm_ethosu_bo_create, bytes);
      assert.equal(value, { size: 5000n, flags: 1, handle: 0 });
      drm_ethosu_bo_create.write(viewOf(bytes), { size: 8192n, flags: 1, handle: 7 });
    }
    return 0;
  });
  {
    using made = device.ethosu_bo_create({ size: 5000n, flags: ['DRM_ETHOSU_BO_NO_MMAP'] });
    assert.is(made.size, 8192n);
    assert.is(made.handle, 7);
    assert.equal(closed, []);
  }
  assert.equal(closed, [7]);
});

it('jobs should lie where the argument says, counted, with the regions that are not given as 0', () => {
  const [commands, region] = [3 as Handle<'gem_handle'>, 4 as Handle<'gem_handle'>];
  let seen = false;
  const device = new Fake((request, bytes) => {
    assert.is(request, DRM_IOCTL_ETHOSU_SUBMIT());
    const { jobs, job_count, perfmon_id } = decode(drm_ethosu_submit, bytes);
    assert.equal([job_count, perfmon_id], [2, 0]);
    const size = drm_ethosu_job.size();
    const [first, second] = [0, 1].map(at => decode(drm_ethosu_job, memory(jobs + BigInt(at * size), size)));
    assert.equal(first, { cmd_bo: 3, sram_size: 0, region_bo_handles: [0, 4, 0, 0, 0, 0, 0, 0] });
    assert.equal(second, { cmd_bo: 3, sram_size: 96, region_bo_handles: [0, 0, 0, 0, 0, 0, 0, 0] });
    seen = true;
    return 0;
  });
  device.ethosu_submit({
    jobs: [
      { cmd_bo: commands, region_bo_handles: [0, region] },
      { cmd_bo: commands, sram_size: 96 },
    ],
  });
  assert.ok(seen);
});

it('bytes behind a pointer should be counted, and a struct that the kernel writes be read', () => {
  const device = new Fake((request, bytes) => {
    if (request === DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE()) {
      const { size, data } = decode(drm_ethosu_cmdstream_bo_create, bytes);
      assert.equal(memory(data, size), new Uint8Array(COPY_STREAM.buffer));
      return 0;
    }
    assert.is(request, DRM_IOCTL_ETHOSU_DEV_QUERY());
    const { size, pointer } = decode(drm_ethosu_dev_query, bytes);
    if (pointer === 0n) drm_ethosu_dev_query.write(viewOf(bytes), { type: 0, size: 16, pointer });
    else {
      assert.is(size, drm_ethosu_npu_info.size());
      viewOf(memory(pointer, size)).setUint32(0, 0x10006010, true);
    }
    return 0;
  });
  device.ethosu_cmdstream_bo_create({ data: new Uint8Array(COPY_STREAM.buffer) });
  const type = DRM_ETHOSU_DEV_QUERY_NPU_INFO;
  assert.equal(device.ethosu_dev_query({ type, pointer: true }).pointer, {
    id: 0x10006010,
    config: 0,
    sram_size: 0,
    pmu_counters: 0,
  });
  assert.equal(device.ethosu_dev_query({ type }), { size: 16, pointer: undefined });
});

it('one struct in two calls should have the members of each', () => {
  const device = new Fake((request, bytes) => {
    if (request !== DRM_IOCTL_PRIME_FD_TO_HANDLE()) return 0;
    assert.equal(decode(drm_prime_handle, bytes), { handle: 0, flags: 0, fd: 9 });
    drm_prime_handle.write(viewOf(bytes), { handle: 5, flags: 0, fd: 9 });
    return 0;
  });
  assert.is(device.drm_prime_fd_to_handle({ fd: 9 as Descriptor }).handle, 5);
});

it('arrays that one member counts should be of one length', () => {
  const device = new Fake((_, bytes) => {
    const { count_handles, handles, points } = decode(drm_syncobj_timeline_wait, bytes);
    assert.is(count_handles, 2);
    assert.equal([...memory(handles, 8)], [1, 0, 0, 0, 2, 0, 0, 0]);
    assert.equal(viewOf(memory(points, 16)).getBigUint64(8, true), 1n << 40n);
    return 0;
  });
  const handles = [1, 2] as Handle<'syncobj_handle'>[];
  device.drm_syncobj_timeline_wait({ handles, points: [3n, 1n << 40n] });
  assert.throws(
    () => device.drm_syncobj_timeline_wait({ handles, points: [3n] }),
    /arrays of one call have to be of one length, not 2 and 1/,
  );
});

it('an error should name the check that the argument breaks, else all that give the errno', () => {
  const device = new Fake(() => EINVAL);
  const empty = refusal(() => device.ethosu_bo_create({ size: 0n }));
  assert.equal([empty.call, empty.code, empty.certain], ['DRM_IOCTL_ETHOSU_BO_CREATE', 'EINVAL', true]);
  assert.is(empty.message, 'DRM_IOCTL_ETHOSU_BO_CREATE: EINVAL: size-zero (size is 0)');
  const bits = refusal(() => device.ethosu_bo_create_raw({ size: 1n, flags: 0x80000000, handle: 0 }));
  assert.is(bits.checks[0]!.check, 'flags-unknown');
  const other = refusal(() => device.ethosu_bo_create({ size: 1n }));
  assert.equal(
    [other.certain, other.checks.map(({ check }) => check)],
    [false, ['size-negative']],
    'the argument keeps the first two checks',
  );
});

it('a number that does not fit should be refused before the call', () => {
  const device = new Fake(() => 0);
  assert.throws(
    () => device.ethosu_bo_create({ size: 1n << 64n }),
    /18446744073709551616 does not fit in the 64 bits of drm_ethosu_bo_create\.size/,
  );
  assert.throws(
    () => device.ethosu_perfmon_create({ counters: new Array(9).fill(0) }),
    /drm_ethosu_perfmon_create\.counters has room for 8 elements, 9 were given/,
  );
});

it('a browser has no architecture to tell: the ABI is x86_64 then', () => {
  const { arch } = process;
  try {
    Object.defineProperty(process, 'arch', { value: undefined });
    assert.is(hostAbi(), 'x86_64');
  } finally {
    Object.defineProperty(process, 'arch', { value: arch });
  }
});

it.run();
