import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { dumpedBytes, parseStraceArgument } from './strace-argument.ts';

test('addresses, numbers and bytes should be told apart', () => {
  assert.equal(parseStraceArgument('0x7ffd'), { kind: 'address', text: '0x7ffd' });
  assert.equal(parseStraceArgument('NULL'), { kind: 'address', text: '0' });
  assert.equal(parseStraceArgument('0'), { kind: 'number', text: '0' });
  assert.equal(parseStraceArgument(''), { kind: 'none' });
  const bytes = (text: string) => {
    const argument = parseStraceArgument(text);
    return argument.kind === 'bytes' ? [[...argument.bytes], argument.cut] : argument;
  };
  assert.equal(bytes('"\\x00\\x10\\xff"'), [[0, 16, 255], false]);
  assert.equal(bytes('"a\\0\\20\\n\\""...'), [[97, 0, 16, 10, 34], true]);
});

test('the members of a struct should be listed, those that came out last', () => {
  const argument = parseStraceArgument(
    '{handle=1, flags=A|B, fd=5</a,b>, r={x=[1, 2], y="}"}} => {handle=7}',
  );
  assert.is(argument.kind, 'struct');
  assert.equal((argument as { fields: unknown }).fields, [
    ['handle', '7'],
    ['flags', 'A|B'],
    ['fd', '5</a,b>'],
    ['r.x', '[1, 2]'],
    ['r.y', '"}"'],
  ]);
});

test('a dump below a call should give its bytes', () => {
  assert.equal(
    [...dumpedBytes(' | 00000  00 10 00 00 00 00 00 00  01 ff                    ..........       |')!],
    [0, 16, 0, 0, 0, 0, 0, 0, 1, 255],
  );
  assert.is(dumpedBytes('ioctl(3, 0x1, 0x2) = 0'), undefined);
});

test.run();
