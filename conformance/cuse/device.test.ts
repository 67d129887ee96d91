/** The device of CUSE against a stand-in for the kernel's side, which copies memory as fs/fuse/ioctl.c does. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  catalogue,
  encodeRequest,
  encodeStruct,
  errnoNumber,
  fieldOf,
  layoutOf,
  readScalar,
} from '../../schemas/index.ts';
import { FakeKernel } from './fake-kernel.test.helper.ts';
import { OPCODES } from './frames.ts';

const it = suite('device of CUSE');
const { drivers } = catalogue();
const driver = drivers.get('ethosu')!;
function requestOf(name: string, { calls, types } = driver): bigint {
  const { request, argument } = calls.get(name)!;
  return BigInt(encodeRequest({ ...request!, size: layoutOf(types, argument!, 'x86_64').size }));
}
const PLACE = 0x10_0000n;
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function bufferObject(kernel: FakeKernel, fh: bigint, size = 4096n): number {
  const argument = new Uint8Array(16);
  view(argument).setBigUint64(0, size, true);
  kernel.place(PLACE, argument);
  assert.is(kernel.ioctl(fh, requestOf('DRM_IOCTL_ETHOSU_BO_CREATE'), PLACE), 0);
  return view(argument).getUint32(12, true);
}

it('a call on its argument should be asked for once more, with the argument', () => {
  const kernel = new FakeKernel();
  const fh = kernel.open();
  assert.is(bufferObject(kernel, fh), 1);
  assert.is(kernel.retries, 1);
  assert.is(bufferObject(kernel, fh), 2);
});

it('what a pointer leads to should be written, and the call done only once', () => {
  const kernel = new FakeKernel();
  const fh = kernel.open();
  const argument = kernel.place(PLACE, new Uint8Array(16));
  const info = new Uint8Array(24).fill(0xee);
  kernel.place(0x20_0000n, info);
  view(kernel.memory.get(PLACE)!).setUint32(4, 24, true);
  view(kernel.memory.get(PLACE)!).setBigUint64(8, 0x20_0000n, true);
  assert.is(kernel.ioctl(fh, requestOf('DRM_IOCTL_ETHOSU_DEV_QUERY'), argument), 0);
  assert.is.not(view(info).getUint32(0, true), 0xeeeeeeee);
});

it('memory that is not there should give EFAULT, and a refusal its own errno', () => {
  const kernel = new FakeKernel();
  const fh = kernel.open();
  const create = requestOf('DRM_IOCTL_ETHOSU_BO_CREATE');
  assert.is(kernel.ioctl(fh, create, 0x99_0000n), -errnoNumber('EFAULT'));
  assert.is(kernel.ioctl(fh, create, 0n), -errnoNumber('EFAULT'));
  kernel.place(PLACE, new Uint8Array(16));
  assert.is(kernel.ioctl(fh, create, PLACE), -errnoNumber('EINVAL'));
});

it('what CUSE cannot carry should fail with EOPNOTSUPP and say so', () => {
  const kernel = new FakeKernel();
  const fh = kernel.open();
  const handle = bufferObject(kernel, fh);
  const prime = new Uint8Array(12);
  view(prime).setUint32(0, handle, true);
  kernel.place(PLACE, prime);
  const refused = -errnoNumber('EOPNOTSUPP');
  assert.is(kernel.ioctl(fh, requestOf('DRM_IOCTL_PRIME_HANDLE_TO_FD'), PLACE), refused);
  assert.is(kernel.ioctl(fh, requestOf('DRM_IOCTL_PRIME_FD_TO_HANDLE'), PLACE), refused);
  const create = requestOf('DRM_IOCTL_ETHOSU_BO_CREATE');
  assert.is(kernel.ioctl(fh, create, PLACE, { flags: 8 }), refused);
  const commands = new Uint8Array(24);
  view(commands).setBigUint64(8, 0x30_0000n, true);
  view(commands).setUint32(0, 1 << 20, true);
  kernel.place(PLACE, commands);
  kernel.place(0x30_0000n, new Uint8Array(1 << 20));
  assert.is(kernel.ioctl(fh, requestOf('DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE'), PLACE), refused);
  assert.equal(
    kernel.warnings.map(text =>
      text.replace(/ cannot be carried by CUSE: .*?(descriptor|32-bit|bytes).*/, ' $1'),
    ),
    [
      'DRM_IOCTL_PRIME_HANDLE_TO_FD descriptor',
      'DRM_IOCTL_PRIME_FD_TO_HANDLE descriptor',
      'DRM_IOCTL_ETHOSU_BO_CREATE 32-bit',
      'DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE bytes',
    ],
  );
});

it('clients should have handles of their own, and lose them with the last descriptor', () => {
  const kernel = new FakeKernel();
  const [one, two] = [kernel.open(), kernel.open()];
  const handle = bufferObject(kernel, one);
  const close = new Uint8Array(8);
  view(close).setUint32(0, handle, true);
  const closing = (fh: bigint) => {
    kernel.place(PLACE, close.slice());
    return kernel.ioctl(fh, requestOf('DRM_IOCTL_GEM_CLOSE'), PLACE);
  };
  assert.is(closing(two), -errnoNumber('EINVAL'));
  kernel.release(two);
  assert.is(closing(one), 0);
  assert.is(bufferObject(kernel, kernel.open()), 1);
});

it('a request that no node has should be refused, and events polled for', () => {
  const kernel = new FakeKernel();
  const fh = kernel.open();
  const unknown = kernel.send(3, () => {}, 16);
  assert.is(kernel.answer(unknown)!.error, -errnoNumber('ENOSYS'));
  const polled = kernel.send(
    OPCODES.poll,
    body => {
      body.setBigUint64(0, fh, true);
      body.setUint32(20, 1, true);
    },
    24,
  );
  assert.is(kernel.answer(polled)!.body.getUint32(0, true), 0);
});

const accelref = drivers.get('accelref')!;
const encoded = (struct: string, values: Record<string, bigint>) =>
  encodeStruct(layoutOf(accelref.types, struct, 'x86_64'), values);
const SECOND = 1_000_000_000n;
const USER_DATA = 0x1234n;

/** A client of accelref with a job of one second on a buffer, and an event at its end; gives a wait for the buffer. */
function longJob(kernel: FakeKernel) {
  const fh = kernel.open();
  const call = (name: string, argument: Uint8Array, base = PLACE) => {
    kernel.place(base, argument);
    return kernel.ioctl(fh, requestOf(name, accelref), base);
  };
  const create = encoded('drm_accelref_bo_create', { size: 4096n });
  assert.is(call('DRM_IOCTL_ACCELREF_BO_CREATE', create), 0);
  const created = layoutOf(accelref.types, 'drm_accelref_bo_create', 'x86_64');
  const handle = readScalar(create, fieldOf(created, 'handle'));
  kernel.place(0x40_0000n, new Uint8Array([Number(handle), 0, 0, 0]));
  const submit = { bos: 0x40_0000n, bo_count: 1n, flags: 3n, duration_ns: SECOND, user_data: USER_DATA };
  assert.is(call('DRM_IOCTL_ACCELREF_SUBMIT', encoded('drm_accelref_submit', submit)), 0);
  const wait = encoded('drm_accelref_bo_wait', { handle, timeout_ns: kernel.time + 5n * SECOND });
  return { fh, wait: () => call('DRM_IOCTL_ACCELREF_BO_WAIT', wait) };
}

const later = (kernel: FakeKernel, ns: bigint) => {
  kernel.time += ns;
  kernel.device.wake();
};

it('a wait should sleep, be begun again for a signal, and end with its job', () => {
  const kernel = new FakeKernel('accelref');
  const { wait } = longJob(kernel);
  assert.is(wait(), undefined);
  assert.ok(kernel.device.rest()! > 0n);
  const asleep = kernel.last;
  kernel.send(OPCODES.interrupt, body => body.setBigUint64(0, asleep, true), 8);
  // -ERESTARTSYS, which no program sees.
  assert.is(kernel.answer(asleep)!.body.getInt32(0, true), -512);
  assert.is(kernel.device.rest(), undefined);
  assert.is(wait(), undefined);
  later(kernel, SECOND / 2n);
  assert.is(kernel.answer(kernel.last), undefined);
  later(kernel, SECOND);
  assert.is(kernel.answer(kernel.last)!.body.getInt32(0, true), 0);
});

it('who polls should be woken when an event comes, and read it', () => {
  const kernel = new FakeKernel('accelref');
  const { fh } = longJob(kernel);
  const poll = () => {
    const unique = kernel.send(
      OPCODES.poll,
      body => {
        body.setBigUint64(0, fh, true);
        body.setBigUint64(8, 77n, true);
        body.setUint32(16, 1, true);
        body.setUint32(20, 1, true);
      },
      24,
    );
    return kernel.answer(unique)!.body.getUint32(0, true);
  };
  assert.is(poll(), 0);
  assert.is(kernel.answer(0n), undefined);
  later(kernel, 2n * SECOND);
  assert.is(kernel.answer(0n)!.body.getBigUint64(0, true), 77n);
  assert.is(poll(), 1);
  const unique = kernel.send(
    OPCODES.read,
    body => {
      body.setBigUint64(0, fh, true);
      body.setUint32(16, 64, true);
    },
    40,
  );
  const { body } = kernel.answer(unique)!;
  const event = layoutOf(accelref.types, 'drm_accelref_event', 'x86_64');
  assert.is(body.byteLength, event.size);
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  assert.is(readScalar(bytes, fieldOf(event, 'user_data')), USER_DATA);
  assert.is(poll(), 0);
});

it('a caller should have its own rights, and none when they cannot be seen', () => {
  const kernel = new FakeKernel();
  const fh = kernel.open();
  const setGlobal = () => {
    kernel.place(PLACE, new Uint8Array(8));
    return kernel.ioctl(fh, requestOf('DRM_IOCTL_ETHOSU_PERFMON_SET_GLOBAL'), PLACE);
  };
  const privileged = setGlobal();
  assert.is.not(privileged, -errnoNumber('EACCES'));
  for (const rights of [0n, undefined]) {
    kernel.capabilities = rights;
    assert.is(setGlobal(), -errnoNumber('EACCES'));
  }
});

it.run();
