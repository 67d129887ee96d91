import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../catalogue/catalogue.ts';
import { cHeaders, driverHeader } from './header.ts';
import { comment } from './text.ts';
import { cNumber } from './types.ts';

const { drivers } = catalogue();
const headers = cHeaders(catalogue(), [...drivers.values()]);
const of = (name: string) => headers.get(driverHeader(name))!;

/** A driver of which one call is known from its header only. */
function withoutSyncBo(): string {
  const amdxdna = drivers.get('amdxdna')!;
  const calls = new Map([...amdxdna.calls].filter(([name]) => name !== 'DRM_IOCTL_AMDXDNA_SYNC_BO'));
  const known = { ...catalogue(), drivers: new Map([['amdxdna', { ...amdxdna, calls }]]) };
  return cHeaders(known, [...known.drivers.values()]).get(driverHeader('amdxdna'))!;
}

test('the same descriptions should give the same bytes', () => {
  assert.equal([...cHeaders(catalogue(), [...drivers.values()])], [...headers]);
});

test('every type, constant and request of a driver should be there, and an assertion and a function for each', () => {
  for (const { name, facts } of drivers.values()) {
    const text = of(name);
    for (const type of facts.types) {
      assert.ok(text.includes(`${type.kind} ${type.name} {`), type.name);
      assert.ok(text.includes(`"size of ${type.kind} ${type.name}"`), type.name);
    }
    for (const constant of facts.constants)
      assert.ok(text.includes(`"value of ${constant.name}"`), constant.name);
    for (const ioctl of facts.ioctls) {
      assert.ok(text.includes(`#define ${ioctl.name} _IO`), ioctl.name);
      assert.ok(text.includes(`accel_uapi_ioctl(fd, ${ioctl.name}, `), ioctl.name);
    }
  }
});

test('what depends on the ABI should be told apart, and nothing else', () => {
  const ivpu = of('ivpu');
  assert.match(ivpu, /#elif ACCEL_UAPI_ABI == 2 \/\* i386 \*\//);
  assert.not.match(of('rocket'), /ACCEL_UAPI_ABI ==/);
});

test('a function should say what its call checks, in the words of the description', () => {
  assert.match(
    of('ethosu'),
    /DRM_IOCTL_ETHOSU_BO_CREATE: Create a buffer object\.\n \* Since Linux 7\.2\.\n \*\n \* Members:\n \* {3}size: inout, bytes \(byte\)/,
  );
  assert.match(of('ethosu'), / \* {3}EINVAL: size is 0; or flags has a bit outside /);
  assert.match(withoutSyncBo(), /DRM_IOCTL_AMDXDNA_SYNC_BO: only its argument is described\./);
});

test('a function should tell the checks that give an errno, and none for a call that is not described', () => {
  assert.match(
    of('ethosu'),
    /ethosu_bo_create_why\(int errnum\)\n\{\n\tswitch \(errnum\) \{\n\tcase EINVAL:\n\t\treturn "size-zero \(size is 0\), or flags-unknown \(/,
  );
  assert.match(of('amdxdna'), /sync_bo_why\(/);
  assert.not.match(withoutSyncBo(), /sync_bo_why\(/);
});

test('numbers should have a type of C that holds them', () => {
  assert.equal(
    [0n, -1n, 4096n, 4097n, 0x80000000n, 0xffffffffn, 1n << 32n, -(1n << 31n) - 1n, -(1n << 63n)].map(
      cNumber,
    ),
    [
      '0',
      '(-1)',
      '4096',
      '0x1001',
      '0x80000000U',
      '0xffffffffU',
      '0x100000000ULL',
      '(-2147483649LL)',
      '(-0x7fffffffffffffffLL - 1)',
    ],
  );
});

test('a comment should not end early, and no line should be long', () => {
  const text = comment([`a */ b ${'word '.repeat(60).trim()}`, `  hanging ${'word '.repeat(60).trim()}`]);
  assert.is(text.indexOf('*/'), text.length - 3);
  for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  assert.match(text, /\n \* {3}hanging/);
  assert.match(text, /\n \* {5}word/);
});

test.run();
