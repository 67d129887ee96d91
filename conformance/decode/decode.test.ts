import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Decoded, owners, requestNumber, validate } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { decodeArgument } from './argument.ts';
import type { Scope } from './candidates.ts';
import { decode, ForeignCall } from './decode.ts';
import { printDecoded } from './print.ts';

function checked(text: string, scope: Scope = {}, dumped?: Uint8Array): Decoded {
  return validate<Decoded>('decode', text, JSON.parse(JSON.stringify(decode(text, scope, dumped))));
}

const names = ({ candidates }: Decoded, fit = 'exact') =>
  candidates.filter(each => each.fit === fit).map(each => `${each.driver} ${each.name}`);

function refused(text: string, sentence: RegExp, scope: Scope = {}): void {
  assert.throws(
    () => decode(text, scope),
    (error: Error) => error instanceof UsageError && sentence.test(error.message),
    text,
  );
}

test('every request of every header should be found again by its number on every ABI', () => {
  for (const owner of owners()) {
    for (const ioctl of owner.ioctls) {
      for (const abi of ['x86_64', 'i386', 'armhf'] as const) {
        const number = requestNumber(ioctl, owner.types, abi);
        const found = names(decode(String(number), { driver: owner.name, abi }));
        assert.ok(found.includes(`${owner.name} ${ioctl.name}`), `${ioctl.name} ${abi}`);
      }
    }
  }
});

test('drivers that share a number should all be listed, and one when it is named', () => {
  const all = checked('0xc0106440');
  assert.equal(names(all), [
    'ethosu DRM_IOCTL_ETHOSU_DEV_QUERY',
    'ivpu DRM_IOCTL_IVPU_GET_PARAM',
    'qaic DRM_IOCTL_QAIC_MANAGE',
  ]);
  assert.ok(names(all, 'size').includes('rocket DRM_IOCTL_ROCKET_CREATE_BO'));
  assert.equal(names(checked('3222299712', { driver: 'qaic' })), ['qaic DRM_IOCTL_QAIC_MANAGE']);
  assert.equal(all.request, { number: '0xc0106440', direction: 'readwrite', letter: 100, nr: 64, size: 16 });
});

test('a number of 32-bit programs only should say so and name the other', () => {
  for (const [number, name, other] of [
    ['0x401c6445', 'ivpu DRM_IOCTL_IVPU_SUBMIT', '0x40206445'],
    ['0xc01c6447', 'ivpu DRM_IOCTL_IVPU_METRIC_STREAMER_START', '0xc0206447'],
  ] as const) {
    const decoded = checked(number);
    assert.equal(names(decoded), [name]);
    const [candidate] = decoded.candidates;
    assert.equal(candidate?.abis, ['i386']);
    assert.match(candidate!.notes[0]!, `only 32-bit programs have this number (i386); the call is ${other}`);
    assert.equal(names(checked(number, { abi: 'x86_64' })), []);
  }
});

test('another size or direction should be explained', () => {
  const note = (number: string) => checked(number, { driver: 'ethosu' }).candidates[0]?.notes.join(' ');
  assert.match(note('0xc0286440')!, /40 bytes instead of 16: the longer struct of a newer header/);
  assert.match(
    note('0xc00a6440')!,
    /10 bytes instead of 16: the shorter .*from pointer on struct drm_ethosu/,
  );
  assert.match(note('0x80106440')!, /nothing is copied in/);
  assert.match(note('0x40106440')!, /nothing is copied out/);
  assert.match(note('0x00006440')!, /0 bytes instead of 16: nothing is copied.*/);
  assert.match(checked('0xc0086200').candidates[0]!.notes[0]!, /refuses it with ENOTTY/);
});

test('an argument should be read member by member', () => {
  const { argument } = checked('DRM_IOCTL_ETHOSU_BO_CREATE 00100000 00000000 03000000 07000000')
    .candidates[0]!;
  assert.equal(
    argument!.fields.map(({ name, offset, value, meaning }) => [name, offset, value, meaning]),
    [
      ['size', 0, 4096, 'bytes'],
      ['flags', 8, 3, 'DRM_ETHOSU_BO_NO_MMAP | 0x2'],
      ['handle', 12, 7, 'gem handle'],
    ],
  );
  assert.is(argument!.fields[1]?.wrong, '0x2 is no known flag');
  const query = checked('DRM_IOCTL_ETHOSU_DEV_QUERY 0000000010000000 0000000000000000').candidates[0]!;
  assert.equal(
    query.argument!.fields.map(field => field.meaning),
    ['DRM_ETHOSU_DEV_QUERY_NPU_INFO', 'bytes', 'NULL'],
  );
});

test('short and long arguments, holes and reserved members should be pointed out', () => {
  const submit = (hex: string) => checked(`DRM_IOCTL_IVPU_SUBMIT ${hex}`).candidates[0]!.argument!;
  const long = submit(`${'00'.repeat(28)}ff000000${'0102'}`);
  assert.equal(long.holes, [{ offset: 28, size: 4, bytes: 'ff 00 00 00', zero: false }]);
  assert.equal(long.tail, { offset: 32, bytes: '01 02', zero: false });
  const short = submit('00'.repeat(10));
  assert.equal(
    short.fields.filter(field => field.missing).map(field => field.name),
    ['buffer_count', 'engine', 'flags', 'commands_offset', 'priority'],
  );
  const pad = checked('DRM_IOCTL_GEM_CLOSE 0100000001000000').candidates[0]!.argument!;
  assert.match(pad.fields[1]!.wrong!, /reserved, and not zero/);
});

test('members of unions should say that they share their bytes, texts be read', () => {
  const info = checked(`DRM_IOCTL_HL_INFO ${'01'.repeat(24)}`).candidates[0]!.argument!;
  assert.ok(info.fields.find(field => field.name === 'dcore_id')!.shares!.length > 1);
  const name = `${Buffer.from('npu').toString('hex')}${'00'.repeat(29)}`;
  const merge = checked(`SYNC_IOC_MERGE ${name}${'00'.repeat(16)}`).candidates[0]!.argument!;
  assert.is(merge.fields[0]?.value, '"npu"');
});

test('a line of strace should be read with its node, and its errno explained in order', () => {
  const decoded = checked(
    '[pid 7] ioctl(3</dev/accel/accel0<char 261:0>>, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x10), 0x7ffd) = -1 EINVAL (Invalid argument)',
  );
  assert.equal(names(decoded), ['ethosu DRM_IOCTL_ETHOSU_BO_CREATE', 'qaic DRM_IOCTL_QAIC_CREATE_BO']);
  assert.equal(
    [decoded.call?.pid, decoded.call?.path, decoded.call?.errno],
    [7, '/dev/accel/accel0', 'EINVAL'],
  );
  const [ethosu, qaic] = decoded.candidates;
  assert.equal(
    ethosu!.refusals!.map(each => each.rule),
    ['ethosu.bo_create.size-zero', 'ethosu.bo_create.flags-unknown', 'ethosu.bo_create.size-negative'],
  );
  assert.equal(
    qaic!.refusals!.map(each => each.rule),
    ['qaic.create_bo.pad-nonzero', 'qaic.create_bo.size-empty'],
  );
});

test("an errno should be explained by the core's dispatch, by branches and by deviations too", () => {
  const rules = (request: string, errno: string) =>
    checked(`ioctl(3, ${request}, 0x1) = -1 ${errno} (x)`, { driver: 'ethosu' }).candidates[0]!.refusals!;
  const fault = rules('0xc0106440', 'EFAULT').map(each => each.rule);
  assert.is(fault[0], 'drm.ioctl.copy-in');
  assert.is(fault.at(-1), 'drm.ioctl.copy-out');
  assert.ok(fault.includes('ethosu.dev_query.pointer-unwritable'));
  assert.match(rules('0xc0106440', 'EFAULT')[1]!.when, /unless pointer is 0/);
  const deviation = rules('0xc0106440', 'EINVAL').find(each => each.deviation !== undefined);
  assert.is(deviation?.rule, 'ethosu.dev_query.size-short');
  assert.is(rules('0xc0106440', 'EACCES').length, 0);
  // The core dispatches a longer struct all the same.
  assert.ok(rules('0xc0286440', 'EINVAL').length > 0);
  assert.is(rules('DRM_IOCTL_GEM_FLINK', 'EACCES')[0]?.rule, 'drm.ioctl.permission');
});

test('what strace itself decodes should be kept and explained', () => {
  const { call } = checked('ioctl(3, DRM_IOCTL_PRIME_HANDLE_TO_FD, {handle=1, flags=DRM_CLOEXEC, fd=5}) = 0');
  assert.equal(call?.fields, [
    { name: 'handle', text: '1', meaning: 'gem handle' },
    { name: 'flags', text: 'DRM_CLOEXEC', meaning: '' },
    { name: 'fd', text: '5', meaning: 'descriptor' },
  ]);
  assert.match(
    checked('ioctl(3, DRM_IOCTL_GEM_CLOSE, 0x1) = -1 ENOTTY (x)').notes[0]!,
    /probably no DRM node/,
  );
  const bytes = checked('ioctl(3, DRM_IOCTL_GEM_CLOSE, "\\x02\\x00\\x00\\x00\\x00\\x00\\x00\\x00") = 0');
  assert.is(bytes.candidates[0]!.argument!.fields[0]!.value, 2);
  const dumped = checked(
    'ioctl(3, DRM_IOCTL_GEM_CLOSE, 0x7ff) = 0',
    {},
    Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0),
  );
  assert.is(dumped.candidates[0]!.argument!.fields[0]!.value, 3);
});

test('files that a node hands out should be told by their path', () => {
  const text = (path: string) => `ioctl(5<${path}>, 0x40086200, 0x7ff) = 0`;
  assert.equal(names(checked(text('/dmabuf:'))), ['dma-buf DMA_BUF_IOCTL_SYNC']);
  assert.throws(
    () => decode(text('/dev/null'), {}),
    (error: Error) => error instanceof ForeignCall,
  );
  assert.throws(
    () => decode('ioctl(0, TCGETS, 0x7ff) = 0', {}),
    (error: Error) => error instanceof ForeignCall,
  );
});

test('what cannot be decoded should be refused in one sentence', () => {
  refused('0xdeadbeef', /0xdeadbeef \(letter 0xbe, nr 0xef\) is no request of an accel node/);
  refused('0xc010645f', /is a number that no header of the collection has/);
  refused('0x40086445', /is no request of rocket, whose own are 0x40 to 0x43; it is .*ivpu/, {
    driver: 'rocket',
  });
  refused('DRM_IOCTL_ETHOSU_BO_CREAT', /did you mean DRM_IOCTL_ETHOSU_BO_CREATE\?/);
  refused('DRM_IOCTL_ETHOSU_BO_CREATE', /is a request of ethosu, not of rocket/, { driver: 'rocket' });
  refused('0010000000000000', /looks like the bytes of an argument; name its request before them/);
  refused('DRM_IOCTL_SET_MASTER 00', /has no struct as its argument/);
  refused('ioctl(3, DRM_IOCTL_ETNAVIV_GET_PARAM or DRM_IOCTL_LIMA_GET_PARAM, 0x1) = 0', /strace -X verbose/);
  refused('<... ioctl resumed>) = 0', /is only a part of a call/);
  refused(' ', /there is nothing to decode/);
});

test('the text for people should have no line twice and name what is guessed', () => {
  const known = decode('DRM_IOCTL_AMDXDNA_SYNC_BO', {});
  const note = 'a role with ? is guessed from name and type';
  assert.not.ok(printDecoded(known).some(([, text]) => text === note));
  // As it is when only the header tells of the call.
  const owner = owners().find(({ name }) => name === 'amdxdna')!;
  const ioctl = owner.ioctls.find(({ name }) => name === 'DRM_IOCTL_AMDXDNA_SYNC_BO')!;
  const header = { ...owner, calls: new Map() };
  const bytes = new Uint8Array(24);
  const { fields } = decodeArgument(header, ioctl, 'amdxdna_drm_sync_bo', 'x86_64', bytes);
  assert.equal(
    fields.map(({ guessed, role }) => guessed && role),
    ['handle', 'selector', 'offset', 'bytes'],
  );
  const [first] = known.candidates;
  const guessed = printDecoded({ ...known, candidates: [{ ...first!, layout: fields }] });
  assert.ok(guessed.some(([, text]) => text === note));
  const lines = printDecoded(decode('0xc0106440', {})).map(([, text]) => text);
  assert.is(lines.filter(line => line.startsWith('ethosu ')).length, 1);
  assert.ok(lines.some(line => line.includes('rocket DRM_IOCTL_ROCKET_CREATE_BO 0xc0186440')));
});

test.run();
