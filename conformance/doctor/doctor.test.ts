import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Doctor, validate } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { examine } from './doctor.ts';
import { printDoctor } from './print.ts';
import type { Probes } from './probes.ts';
import type { Circumstances } from './reach.ts';

const it = suite('doctor');

const KERNEL = {
  package: 'linux-image-arm64',
  version: '7.3.4-1',
  release: '7.3.4-arm64',
  vmlinuz: '/v',
  modules: '/m',
};

/** A machine that has everything; tests take things away. */
const WELL: Probes = {
  nodeVersion: '20.20.2',
  release: '7.3.4',
  architecture: 'x64',
  uid: 0,
  compiler: 'cc',
  hasProgram: () => true,
  names: folder => (folder === '/dev/accel' ? ['accel0', 'by-path'] : []),
  linkName: path => (path === '/sys/class/accel/accel0/device/driver/module' ? 'ethosu' : undefined),
  cannotOpen: () => '',
  openGroup: () => undefined,
  linksStatic: async () => true,
  suites: async () => ['bookworm'],
  cachedKernel: () => KERNEL,
  hasModule: () => true,
};

const without = (...programs: string[]): Partial<Probes> => ({
  hasProgram: name => !programs.includes(name),
});

/** What the last target was said to be like; planning its run has a test of its own. */
let asked: Circumstances | undefined;

const planned = async (circumstances: Circumstances) => {
  asked = circumstances;
  const why = 'nothing there makes the device end its jobs late, badly or never, whatever is tried';
  return {
    instances: 480,
    unreached: [{ families: ['job', 'model'] as [string, string], instances: 9, why, advice: why }],
  };
};

async function found(change: Partial<Probes>, target?: string): Promise<Doctor> {
  asked = undefined;
  return validate<Doctor>(
    'doctor',
    'test',
    await examine({ ...WELL, ...change }, target, 'reversible', planned),
  );
}

const check = (doctor: Doctor, id: string) =>
  [...(doctor.target?.checks ?? []), ...doctor.checks].find(each => each.id === id)!;

it('finds nothing to say about a machine that has everything', async () => {
  const doctor = await found({});
  assert.is(doctor.status, 0);
  assert.is(doctor.target, undefined);
  assert.equal(
    doctor.checks.filter(({ state }) => state === 'missing'),
    [],
  );
  assert.is(check(doctor, '/dev/accel/accel0').found, 'driver ethosu, can be opened');
});

it('names the package of every program that is not there', async () => {
  const tools: [string, string, string][] = [
    ['qemu-system-aarch64', 'qemu-system-aarch64', 'apt install qemu-system-arm'],
    ['qemu-system-x86_64', 'qemu-system-x86_64', 'apt install qemu-system-x86'],
    ['cc', 'compiler', 'apt install gcc libc6-dev, or set CC'],
    ['fdtput', 'device-tree', 'apt install device-tree-compiler'],
    ['setpriv', 'start', 'apt install util-linux'],
    ['xz', 'packages', 'apt install xz-utils, or give --kernel and --module'],
    ['aarch64-linux-gnu-gcc', 'compiler-aarch64', 'apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross'],
  ];
  for (const [tool, id, advice] of tools) {
    const doctor = await found(without(tool));
    assert.is(check(doctor, id).state, 'missing', tool);
    assert.is(check(doctor, id).advice, advice, tool);
    assert.is(doctor.status, 0, 'nothing of it is needed without a target');
  }
});

it('wants a Node that is new enough, whatever the target', async () => {
  for (const [nodeVersion, status] of [
    ['20.19.0', 0],
    ['21.0.0', 0],
    ['20.18.9', 3],
    ['18.20.4', 3],
  ] as const)
    assert.is((await found({ nodeVersion })).status, status, nodeVersion);
});

it('tells a compiler without a static library from none', async () => {
  const doctor = await found({ linksStatic: async () => false }, '/dev/accel/accel0');
  assert.match(check(doctor, 'compiler').found, 'no libc.a');
  assert.is(doctor.status, 3);
});

it('says of a node who may open it', async () => {
  const closed = { uid: 1000, cannotOpen: () => 'EACCES' };
  const group = await found({ ...closed, openGroup: () => 'render' }, '/dev/accel/accel0');
  assert.is(check(group, '/dev/accel/accel0').advice, 'adduser USER render and log in again, or run as root');
  const nobody = await found(closed, '/dev/accel/accel0');
  assert.is(check(nobody, '/dev/accel/accel0').advice, 'run as root');
  assert.is(nobody.status, 3);
  const absent = await found({ cannotOpen: () => 'ENOENT', names: () => [] }, '/dev/accel/accel0');
  assert.is(check(absent, '/dev/accel/accel0').found, 'does not exist');
  assert.is(absent.status, 3);
});

it('plans for what it knows of the target: who plays the device, who reads the log, which kernel', async () => {
  const tier = 'reversible';
  const { target, status } = await found({}, '/dev/accel/accel0');
  assert.is(status, 0);
  assert.is(target!.driver, 'ethosu');
  assert.is(target!.unreached[0]!.instances, 9);
  const noMoods = { advice: 'the target qemu:ethosu, or reference:ethosu' };
  const device = { reference: 'reference:ethosu', release: '7.3.4', noMoods, tier };
  assert.equal(asked, device);
  const open = (path: string) => (path === '/dev/kmsg' ? 'EACCES' : '');
  assert.is((await found({ uid: 1000, cannotOpen: open }, '/dev/accel/accel0')).status, 0);
  assert.equal(asked, { ...device, noLog: { advice: 'run as root' } });
  await found({}, 'qemu:ethosu,profile=u85');
  const machine = { reference: 'reference:ethosu,profile=u85,abi=aarch64', tier };
  assert.equal(asked, { ...machine, release: KERNEL.release });
  await found({ cachedKernel: () => undefined }, 'qemu:ethosu,profile=u85');
  assert.equal(asked, machine);
  await found({}, 'reference:ethosu,as=linux-7.3');
  assert.equal(asked, { reference: 'reference:ethosu,as=linux-7.3', tier });
});

it('gives a driver without a description level L0 only', async () => {
  const { target, status } = await found({ linkName: () => 'newdrv' }, '/dev/accel/accel0');
  assert.is(status, 0);
  assert.is(target!.driver, undefined);
  assert.is(asked, undefined);
  assert.equal([target!.instances, target!.unreached], [0, []]);
  assert.match(target!.checks.find(({ id }) => id === 'description')!.found, 'none for newdrv; level L0');
});

it('needs apt for a virtual machine only when the cache holds no kernel', async () => {
  const noApt = without('apt-get');
  assert.is((await found(noApt, 'qemu:ethosu')).status, 0);
  const empty = await found({ ...noApt, cachedKernel: () => undefined }, 'qemu:ethosu');
  assert.is(empty.status, 3);
  assert.match(check(empty, 'packages').advice!, 'give --kernel and --module');
  const source = await found({ suites: async () => undefined, cachedKernel: () => undefined }, 'qemu:ethosu');
  assert.match(check(source, 'packages').found, 'no Debian source');
  assert.is(source.status, 3);
  assert.is((await found({ cachedKernel: () => undefined }, 'qemu:ethosu')).status, 0);
});

it('looks for what the ABI of a virtual machine takes', async () => {
  const { target, status } = await found(without('arm-linux-gnueabihf-gcc'), 'qemu:ethosu,abi=armhf');
  assert.is(status, 3);
  assert.not(target!.opens);
  assert.is((await found(without('arm-linux-gnueabihf-gcc'), 'qemu:ethosu')).status, 0);
});

it('looks for the program of a command', async () => {
  assert.is((await found({}, 'exec:ssh board executor')).status, 0);
  assert.is((await found(without('ssh'), 'exec:ssh board executor')).status, 3);
});

it('refuses what is no target', async () => {
  for (const [target, sentence] of [
    ['nothing', /"nothing" is no target/],
    ['reference:ethoso', /ethoso \(did you mean ethosu\?\)/],
    ['qemu:ethosu,abi=i386', /qemu:ethosu runs no programs of the ABI i386; expected one of aarch64, armhf/],
  ] as const) {
    const error = await examine(WELL, target, 'reversible', planned).catch((caught: Error) => caught);
    assert.instance(error, UsageError);
    assert.match((error as Error).message, sentence);
  }
  const machine = await examine(WELL, 'qemu:none', 'reversible', planned).catch((caught: Error) => caught);
  assert.match((machine as Error).message, /There is no virtual machine qemu:none/);
});

it('prints lines of at most 80 columns, plain where nobody sees colours', async () => {
  const worst = {
    ...without('apt-get', 'apt-cache', 'dpkg', 'xz', 'cc', 'fdtput', 'fdtget'),
    cachedKernel: () => undefined,
    cannotOpen: () => 'EACCES',
    openGroup: () => 'render',
    names: () => ['accel0', 'renderD128'],
  };
  for (const target of [undefined, 'qemu:ethosu', '/dev/accel/accel0', 'reference:vgem']) {
    const doctor = await found(worst, target);
    const text = printDoctor(doctor, { color: false, width: 80 });
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    assert.not.match(text, '\u001b');
    assert.match(printDoctor(doctor, { color: true, width: 80 }), '\u001b[31mmissing');
  }
});

it.run();
