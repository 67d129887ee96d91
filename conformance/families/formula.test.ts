import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../schemas/index.ts';
import { wraps } from './arithmetic.ts';
import { countsOf } from './count.ts';
import { fieldsIn, memberOf, orders, termsIn } from './formula.ts';
import { rooms } from './negotiation.ts';

const driver = catalogue().drivers.get('ethosu')!;
const call = (name: string) => driver.calls.get(name)!;

test('comparisons should be found wherever they stand', () => {
  const condition = {
    any: [{ all: [{ eq: [1, 2] }, { gt: [{ field: 'a' }, 433] }] }, { not: { lt: [1, 2] } }],
  };
  assert.equal(
    orders(condition).map(({ kind }) => kind),
    ['gt', 'lt'],
  );
  assert.equal(fieldsIn(condition), ['a']);
  assert.equal(termsIn({ gt: [{ mul: [{ field: 'n' }, 8] }, 1] }, ['mul', 'add']).length, 1);
});

test('a member behind a pointer and an element should have flat names, and an element the count beside it', () => {
  assert.equal(memberOf(call('DRM_IOCTL_ETHOSU_SUBMIT'), 'job.sram_size', 1), {
    name: 'jobs[1].sram_size',
    beside: {},
  });
  assert.equal(memberOf(call('DRM_IOCTL_ETHOSU_PERFMON_CREATE'), 'counter', 1), {
    name: 'counters[1]',
    beside: { ncounters: 2n },
  });
  assert.is(memberOf(call('DRM_IOCTL_ETHOSU_SUBMIT'), 'nothing'), undefined);
});

test('counts should be found beside pointers and over arrays', () => {
  assert.equal(countsOf(call('DRM_IOCTL_ETHOSU_SUBMIT')), ['job_count']);
  assert.equal(countsOf(call('DRM_IOCTL_ETHOSU_PERFMON_CREATE')), ['ncounters']);
  assert.equal(countsOf(call('DRM_IOCTL_GEM_CLOSE')), []);
});

test('a product should leave 32 bits by one element', () => {
  const values = wraps('mul', 40n, 32n);
  assert.ok(values.includes(107374183n));
  assert.is((107374183n * 40n) & 0xffffffffn, 24n);
  assert.ok(values.every(value => value >> 32n === 0n));
});

test('a sum and a rounded size should be 0 and more at the end of 64 bits', () => {
  const end = 1n << 64n;
  for (const kind of ['add', 'roundUp'])
    for (const value of [end - 4096n, end - 4095n, end - 1n, (1n << 62n) + 1n])
      assert.ok(wraps(kind, 4096n, 64n).includes(value), `${kind} ${value}`);
});

test('a difference should fall below 0', () => {
  assert.equal(wraps('sub', 8n, 32n), [7n, 0n]);
});

test('a size that goes in and comes out should be found with its pointer', () => {
  assert.equal(
    rooms(call('DRM_IOCTL_VERSION')).map(({ size }) => size),
    ['name_len', 'date_len', 'desc_len'],
  );
  assert.equal(rooms(call('DRM_IOCTL_ETHOSU_CMDSTREAM_BO_CREATE')), []);
});

test.run();
