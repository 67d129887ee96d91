import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isStraceLine, parseStraceLine, StraceJoiner } from './strace-line.ts';

// The forms are those of strace 6.1, of its master branch for DRM structs, and of its manual page.
const NAMED = 'ioctl(3, DRM_IOCTL_IVPU_BO_CREATE, 0x7ffd4) = 0';

test('a plain line should give descriptor, name, argument and result', () => {
  assert.equal(parseStraceLine(NAMED), {
    fd: 3,
    request: 'DRM_IOCTL_IVPU_BO_CREATE',
    names: ['DRM_IOCTL_IVPU_BO_CREATE'],
    argument: '0x7ffd4',
    finished: true,
    result: '0',
    injected: false,
  });
});

test('what strace puts before a call should not matter, and the process be found', () => {
  for (const [before, pid] of [
    ['', undefined],
    ['[pid  1234] ', 1234],
    ['1234  ', 1234],
    ['1234<app> ', 1234],
    ['07:40:04 ', undefined],
    ['07:40:04.415368 ', undefined],
    ['1795765204.427699 ', undefined],
    ['     0.000150 ', undefined],
    ['[00007ff3740e9d6b] ', undefined],
    ['[  16] ', undefined],
    ['1234  07:40:04.415368 ', 1234],
  ] as const) {
    const call = parseStraceLine(before + NAMED);
    assert.is(call?.fd, 3, before);
    assert.is(call?.pid, pid, before);
  }
});

test('the path of a descriptor should be read, with numbers and escapes', () => {
  const path = (descriptor: string) => parseStraceLine(`ioctl(${descriptor}, 0xc0106440, 0x7ff) = 0`)?.path;
  assert.is(path('3</dev/accel/accel0>'), '/dev/accel/accel0');
  assert.is(path('3</dev/accel/accel0<char 261:0>>'), '/dev/accel/accel0');
  assert.is(path('3<\\x2f\\x64\\x65\\x76\\x2f\\x6e\\x75\\x6c\\x6c>'), '/dev/null');
  assert.is(path('0x3'), undefined);
  assert.is(parseStraceLine('ioctl(0x3, 0xc0106440, 0x7ff) = 0')?.fd, 3);
});

test('a request should be read in every form', () => {
  const of = (request: string) => {
    const call = parseStraceLine(`ioctl(3, ${request}, 0x7ff) = -1 EINVAL (Invalid argument)`);
    return [call?.request, call?.names.length, call?.argument, call?.errno];
  };
  assert.equal(of('_IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x10)'), [
    '_IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x10)',
    0,
    '0x7ff',
    'EINVAL',
  ]);
  assert.equal(of('A_IOCTL or B_IOCTL or C_IOCTL'), ['A_IOCTL or B_IOCTL or C_IOCTL', 3, '0x7ff', 'EINVAL']);
  assert.equal(of('0xc0106440 /* A_IOCTL or B_IOCTL */'), ['0xc0106440', 2, '0x7ff', 'EINVAL']);
  assert.equal(of('DRM_IOWR(0xa7, 0x50) /* DRM_IOCTL_MODE_GETCONNECTOR */'), [
    'DRM_IOWR(0xa7, 0x50)',
    1,
    '0x7ff',
    'EINVAL',
  ]);
});

test('the end of a call should be read in every form', () => {
  const end = (text: string) => {
    const call = parseStraceLine(`ioctl(3, 0xc0106440, 0x7ff${text}`)!;
    return [call.finished, call.result, call.errno, call.injected];
  };
  assert.equal(end(') = 0 <0.000017>'), [true, '0', undefined, false]);
  assert.equal(end(')                = -1 ENOTTY (Inappropriate ioctl for device)'), [
    true,
    '-1',
    'ENOTTY',
    false,
  ]);
  assert.equal(end(') = ? ERESTARTSYS (To be restarted if SA_RESTART is set)'), [
    true,
    null,
    'ERESTARTSYS',
    false,
  ]);
  assert.equal(end(') = -1 EIO (Input/output error) (INJECTED)'), [true, '-1', 'EIO', true]);
  assert.equal(end(') = -1 (errno 524)'), [true, '-1', 'errno 524', false]);
  assert.equal(end(') = 5</path/to>'), [true, '5', undefined, false]);
  assert.equal(end(' <unfinished ...>'), [false, undefined, undefined, false]);
});

test('brackets, commas and comments in the argument should not end it', () => {
  const call = parseStraceLine('ioctl(3, DRM_X, {a=[1, 2], s="),\\"", b={c=3}} => {a=4}) = 0')!;
  assert.is(call.argument, '{a=[1, 2], s="),\\"", b={c=3}} => {a=4}');
  assert.is(call.result, '0');
});

test('halves of a call should be joined by their process', () => {
  const joiner = new StraceJoiner();
  assert.is(joiner.next('[pid 11] ioctl(3, DRM_A, 0x1 <unfinished ...>'), undefined);
  assert.is(joiner.next('[pid 12] ioctl(4, DRM_B <unfinished ...>'), undefined);
  const first = parseStraceLine(joiner.next('[pid 11] <... ioctl resumed>) = 0')!);
  assert.equal([first?.pid, first?.names, first?.result], [11, ['DRM_A'], '0']);
  const second = parseStraceLine(
    joiner.next('[pid 12] <... ioctl resumed> , 0x2) = -1 EBADF (Bad file descriptor)')!,
  );
  assert.equal([second?.pid, second?.argument, second?.errno], [12, '0x2', 'EBADF']);
  assert.equal(joiner.rest(), []);
  joiner.next('[pid 11] ioctl(3, DRM_A, 0x1 <unfinished ...>');
  assert.is(parseStraceLine(joiner.rest()[0]!)?.finished, false);
});

test('other lines should not be taken for a call', () => {
  for (const line of [
    'openat(AT_FDCWD, "x", O_RDWR) = 3',
    '+++ exited with 0 +++',
    '--- SIGCHLD ---',
    'myioctl(3, 4)',
  ])
    assert.not.ok(isStraceLine(line), line);
  assert.is(parseStraceLine('[pid 11] <... ioctl resumed>) = 0'), undefined);
});

test.run();
