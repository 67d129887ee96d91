import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type ABI_NAMES, layoutOf, type Owner, owners, validate } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { findDescribed } from './find.ts';
import { describeJson } from './json.ts';
import { describeLines } from './print.ts';

const NAMES = [...owners().map(({ name }) => name), 'file'];

function text(name: string, abi?: (typeof ABI_NAMES)[number]): string {
  const { owner, found } = findDescribed(name);
  return describeLines(owner, found, abi).join('\n');
}

function json(name: string) {
  const { owner, found } = findDescribed(name);
  return describeJson(owner, found);
}

test('the JSON of every description should keep its shape and hold what the requests take', () => {
  for (const name of NAMES) {
    const described = json(name);
    validate('describe', name, JSON.parse(JSON.stringify(described)));
    const structs = described.structs.map(each => each.name);
    for (const { argument } of described.ioctls) {
      if (argument !== null) assert.ok(structs.includes(argument), `${name} ${argument}`);
    }
    assert.is(described.driver, name);
  }
  assert.equal(json('file').ioctls.length, json('dma-buf').ioctls.length + json('sync-file').ioctls.length);
});

test('the text should name every request, struct, enum and constant of every header', () => {
  for (const name of NAMES) {
    const all = text(name);
    const { structs, ioctls, constants } = json(name);
    for (const each of [...structs, ...ioctls, ...constants]) assert.ok(all.includes(each.name), each.name);
  }
});

test('a driver of which only the header is described should say so', () => {
  const { owner } = findDescribed('amdxdna');
  const manifest = { ...owner.driver!.manifest, level: 'L1' as const };
  const header: Owner = {
    ...owner,
    calls: new Map(),
    driver: { ...owner.driver!, manifest },
    described: false,
  };
  const all = describeLines(header, { kind: 'all' }, undefined).join('\n');
  assert.match(all, /level L1\nits header only: what the calls check and do is not described yet/);
  for (const ioctl of owner.ioctls) {
    const lines = describeLines(header, { kind: 'ioctl', ioctl }, undefined);
    assert.match(lines.join('\n'), /what the call checks and does is not described yet$/);
    assert.ok(all.includes(ioctl.name));
  }
  assert.not.match(text('ethosu'), /not described yet/);
});

test('what differs between ABIs should be shown, and with --abi only that one', () => {
  const submit = text('ivpu.submit');
  assert.match(
    submit,
    /request 0x40206445 on x86_64, aarch64, armhf, riscv64; 0x401c6445 on i386, copied in\n/,
  );
  assert.match(submit, /hole of 4 bytes at 28\n.*on i386: 28 bytes, no hole/);
  const i386 = text('ivpu.submit', 'i386');
  assert.match(i386, /struct drm_ivpu_submit, 28 bytes on i386, align 4\n/);
  assert.not.match(i386, /x86_64|hole/);
  assert.match(text('ivpu.bo_wait'), /24 bytes on every ABI, align 8, 4 on i386\n/);
});

test('nested members, unions, arrays and flexible arrays should be in their places', () => {
  const memory = text('habanalabs.hl_mem_in');
  assert.match(memory, / {2}union of\n/);
  assert.match(memory, / 8 {5}8 {2,}alloc\.page_size +__u64\n/);
  const table = text('amdxdna.amdxdna_drm_va_tbl');
  assert.match(table, / 8 {5}0 {2,}va_entries +struct amdxdna_drm_va_entry \[\]\n/);
  assert.match(table, / 16 {5}8 {2,}va_entries\[\]\.len +__u64/);
  const [entry] = json('habanalabs.hl_mem_in').structs;
  assert.is(
    entry!.abi.x86_64.size,
    layoutOf(owners().find(({ name }) => name === 'habanalabs')!.types, 'hl_mem_in', 'x86_64').size,
  );
});

test('constants and enums should be found by name with their place', () => {
  assert.match(text('drm.DRM_COMMAND_BASE'), /^DRM_COMMAND_BASE {2}64 \(0x40\)\n {2}drm\/drm\.h:\d+/);
  assert.match(
    text('ethosu.drm_ethosu_bo_flags'),
    /^enum drm_ethosu_bo_flags\n {2}DRM_ETHOSU_BO_NO_MMAP {2}1/,
  );
  assert.match(text('ethosu.DRM_ETHOSU_BO_NO_MMAP'), /in enum drm_ethosu_bo_flags/);
  assert.match(text('habanalabs.HL_RAZWI_NA_ENG_ID'), /rests on U16_MAX/);
  assert.equal(json('drm.DRM_COMMAND_BASE').constants, [{ name: 'DRM_COMMAND_BASE', value: 64 }]);
});

test("a driver's node answers the core's calls, so they should be found there too", () => {
  assert.match(text('ethosu.gem_close'), /^DRM_IOCTL_GEM_CLOSE: /);
  assert.match(text('rocket.open'), /^open: /);
});

test('wrong names should be answered with the nearest right one', () => {
  const refused = (name: string, sentence: RegExp) =>
    assert.throws(
      () => findDescribed(name),
      (error: Error) => error instanceof UsageError && sentence.test(error.message),
      name,
    );
  refused('ivpy', /did you mean ivpu\?.*expected drm, dma-buf, sync-file/);
  refused(
    'ivpu.bo_creat',
    /ivpu has no call, struct, enum or constant bo_creat \(did you mean bo_create\?\)/,
  );
  refused('ivpu.drm_ivpu_sumbit', /did you mean drm_ivpu_submit\?/);
  refused('ivpu.', /ivpu has no call/);
});

test.run();
