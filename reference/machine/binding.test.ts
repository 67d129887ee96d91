import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { area, at, c, ioctl, keep, node, open, run, slot, step } from './program.test.helper.ts';

const text = (content: string) => new TextEncoder().encode(content);
const DRIVER = '/sys/bus/platform/drivers/ethosu';
const NAME = 'reference-npu';
/** Buffer 0 is the path of the node; then come the files, the device's name, and room. */
const buffers = () => [
  node,
  area(64, text(`${DRIVER}/unbind`)),
  area(64, text(`${DRIVER}/bind`)),
  area(NAME.length, text(NAME)),
  area(4096),
  area(64, text('/dev/accel/accel1')),
  area(64, text('/sys/class/accel/accel0/dev')),
];
const write = (file: number, name = 3) => step('writefile', [at(file), at(name), c(NAME.length)]);
const unbind = write(1);
const bind = write(2);
const reopen = (path: number, into: number) => step('open', [at(path), c(2), c(0)], keep(into));
const version = (fd: number) => ioctl(slot(fd), 'DRM_IOCTL_VERSION', 64, at(4));
const dev = step('readfile', [at(6), at(4), c(64)]);

test('the node and its files should go with the driver and come back with it', async () => {
  const { ends } = await run(buffers(), dev, unbind, open(0), dev, bind, open(0), dev);
  assert.equal(ends, ['6', '13', 'ENOENT', 'ENOENT', '13', '3', '6']);
});

test('a device should not be unbound twice, nor bound twice, nor under another name', async () => {
  const { ends } = await run(buffers(), bind, unbind, unbind, write(2, 0), bind);
  assert.equal(ends, ['EBUSY', '13', 'ENODEV', 'ENODEV', '13']);
});

test('a descriptor that is held should be dead, and keep the number of its device', async () => {
  const steps = [
    open(0),
    version(0),
    unbind,
    version(0),
    bind,
    open(2),
    reopen(5, 1),
    version(1),
    version(0),
  ];
  const { ends } = await run(buffers(), ...steps);
  assert.equal(ends, ['3', '0', '13', 'ENODEV', '13', 'ENOENT', '4', '0', 'ENODEV']);
});

test('the number should be free again when the last descriptor is closed', async () => {
  const { ends } = await run(buffers(), open(0), unbind, step('close', [slot(0)]), bind, open(0), version(0));
  assert.equal(ends, ['3', '13', '0', '13', '3', '0']);
});

test.run();
