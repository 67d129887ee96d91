/** The reference as a link: what programs see of it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Buffer,
  catalogue,
  encodeRequest,
  errnoName,
  type Program,
  type Step,
  type Value,
} from '../schemas/index.ts';
import { createReference } from './link.ts';
import { machineFiles } from './machine/files.ts';
import { Machine } from './machine/machine.ts';
import { firstCheck } from './model/oracle.ts';

const driver = catalogue().drivers.get('ethosu')!;
const reference = createReference({ driver, profile: 'u65' });
const number = (value: bigint | number): Value => ({ kind: 'const', value: BigInt(value) });
const address = (buffer: number, offset = 0n): Value => ({ kind: 'address', buffer, offset });
const slot = (index: number): Value => ({ kind: 'slot', slot: index });
const buffer = (
  size: number,
  data: Uint8Array = new Uint8Array(0),
  access: Buffer['access'] = 'readwrite',
): Buffer => ({ size, data, access, align: 'end' });
const path = (text: string) => buffer(text.length + 1, new TextEncoder().encode(`${text}\0`));
const step = (op: Step['op'], args: Value[], more: Partial<Step> = {}): Step => ({
  op,
  args,
  deadline: 1000,
  ...more,
});
const request = (name: string, size: number) => {
  const { direction, letter, number: nr } = driver.calls.get(name)!.request!;
  return number(encodeRequest({ direction, letter, number: nr, size }));
};
const open = (flags = 2) =>
  step('open', [address(0), number(flags)], { captures: [{ slot: 0, from: 'return' }] });
const errnos = async (program: Program) =>
  (await reference.run(program)).results.map(result => errnoName(result.errno));

test('the checks of a body should be made in order, and dispatch before the handler', async () => {
  const pad = Uint8Array.of(9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const steps = [
    open(),
    step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET', 16), address(1)]),
    step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET', 4), address(1)]),
    step('ioctl', [slot(0), number(0xc0106543), address(1)]),
    step('ioctl', [slot(0), number(0xc010647f), address(1)]),
    step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET', 16), number(0)]),
    step('ioctl', [number(77), request('DRM_IOCTL_VERSION', 64), address(1)]),
  ];
  const program = { buffers: [path('/dev/accel/accel0'), buffer(16, pad)], slots: 1, steps };
  assert.equal(await errnos(program), ['success', 'EINVAL', 'ENOENT', 'ENOTTY', 'EINVAL', 'EFAULT', 'EBADF']);
});

test('a call whose argument cannot be written should have happened all the same', async () => {
  const create = Uint8Array.of(0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const program: Program = {
    buffers: [path('/dev/accel/accel0'), buffer(16, create, 'read'), buffer(16, create)],
    slots: 1,
    steps: [
      open(),
      step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_CREATE', 16), address(1)]),
      step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_CREATE', 16), address(2)]),
    ],
  };
  const { results } = await reference.run(program);
  assert.equal(
    results.map(result => errnoName(result.errno)),
    ['success', 'EFAULT', 'success'],
  );
  assert.equal(
    [...results[2]!.diffs.find(diff => diff.offset <= 12)!.bytes].at(-1),
    2,
    'handle 1 exists unseen',
  );
});

test('a mapping should share its memory with another of the same object and outlive the handle', async () => {
  const create = Uint8Array.of(0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const map = (into: number) =>
    step('mmap', [number(0), number(4096), number(3), number(1), slot(0), slot(2)], {
      captures: [{ slot: into, from: 'return' }],
    });
  const program: Program = {
    buffers: [path('/dev/accel/accel0'), buffer(16, create), buffer(16), buffer(8)],
    slots: 5,
    steps: [
      open(),
      step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_CREATE', 16), address(1)], {
        captures: [{ slot: 1, from: 'buffer', buffer: 1, offset: 12, width: 4 }],
      }),
      step('ioctl', [slot(0), request('DRM_IOCTL_ETHOSU_BO_MMAP_OFFSET', 16), address(2)], {
        patches: [{ buffer: 2, offset: 0, width: 4, value: slot(1) }],
        captures: [{ slot: 2, from: 'buffer', buffer: 2, offset: 8, width: 8 }],
      }),
      map(3),
      map(4),
      step('store', [slot(3), number(8), number(0x1122334455667788n)]),
      step('ioctl', [slot(0), request('DRM_IOCTL_GEM_CLOSE', 8), address(3)], {
        patches: [{ buffer: 3, offset: 0, width: 4, value: slot(1) }],
      }),
      step('load', [slot(4), number(8)]),
      step('mmap', [number(0), number(4096), number(3), number(1), slot(0), slot(2)]),
      step('munmap', [slot(4), number(4096)]),
      step('load', [slot(4), number(8)]),
    ],
  };
  const { results } = await reference.run(program);
  assert.is(results[7]!.ret, 0x1122334455667788n);
  assert.is(errnoName(results[8]!.errno), 'EACCES', 'the file no longer holds the object');
  assert.is(results[10]!.status, 'fault');
});

test('every ABI should give the same answers', async () => {
  for (const abi of ['i386', 'aarch64', 'armhf', 'riscv64'] as const) {
    const link = createReference({ driver, profile: 'u65', abi });
    const program = {
      buffers: [path('/dev/accel/accel0'), buffer(64)],
      slots: 1,
      steps: [open(), step('ioctl', [slot(0), number(0xc0406400), address(1)])],
    };
    const { results } = await link.run(program);
    assert.is(results[1]!.errno, 0, abi);
  }
});

test('the reference should answer an errno to an ioctl only by a check of the description', () => {
  const steps: Step[] = [open()];
  for (const call of driver.calls.values()) {
    if (!call.request) continue;
    for (const size of [0, 8, 16, 64])
      steps.push(step('ioctl', [slot(0), request(call.name, size), address(1)]));
  }
  const program = {
    buffers: [path('/dev/accel/accel0'), buffer(64, new Uint8Array(64).fill(0xff))],
    slots: 1,
    steps,
  };
  const params = new Map<string, bigint | string>(
    Object.entries(driver.manifest.profiles.u65!).map(([name, value]) => [
      name,
      typeof value === 'number' ? BigInt(value) : value,
    ]),
  );
  const machine = new Machine(
    {
      driver,
      abi: 'x86_64',
      pageSize: 4096,
      params,
      minor: 0,
      nodePath: '/dev/accel/accel0',
      oracle: firstCheck,
      files: machineFiles(0, {}),
    },
    program,
  );
  let refused = 0;
  for (const each of steps) {
    machine.prepare(each);
    const outcome = machine.run(each);
    machine.capture(each, outcome.ret);
    if (each.op !== 'ioctl' || !outcome.errno) continue;
    refused += 1;
    assert.ok(outcome.rule, `${outcome.call?.name} answered ${outcome.errno} without a check`);
    assert.is(outcome.rule!.errno, outcome.errno);
  }
  assert.ok(refused > 10, `only ${refused} refusals`);
});

test.run();
