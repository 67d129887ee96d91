import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { protocol } from '../generated/protocol.ts';
import { type Message, protocolCodec } from './codec.ts';
import { crc32 } from './crc32.ts';
import { examples } from './examples.ts';
import { ProtocolError } from './protocol-error.ts';

const codec = protocolCodec(protocol);
const hello = () => codec.encode(examples[0]!.message);
const text = (words: string) => new TextEncoder().encode(words);

/** The sentence that reading these chunks ends with, and how many messages came before. */
function read(...chunks: Uint8Array[]): { messages: Message[]; sentence: string } {
  const reader = codec.reader('the executor');
  const messages: Message[] = [];
  try {
    for (const chunk of chunks) for (const message of reader.push(chunk)) messages.push(message);
    reader.end();
  } catch (error) {
    assert.instance(error, ProtocolError);
    return { messages, sentence: (error as Error).message };
  }
  return { messages, sentence: '' };
}

test('a banner is refused at once, with its words', () => {
  const banner = text('Welcome to Debian GNU/Linux 12!\r\nLast login: yesterday\n');
  assert.is(
    read(banner, hello()).sentence,
    'expected a frame from the executor but got "Welcome to Debian GNU/Linux 12!\\r\\nLast lo..."; make the command silent before the executor starts',
  );
  assert.match(read(text('$ ')).sentence, /but got "\$ "; make the command silent/);
});

test('a banner is refused at its first byte, before a whole header came', () => {
  assert.throws(() => [...codec.reader('x').push(text('W'))], /expected a frame from x but got "W"/);
});

test('noise after a frame keeps the frame and names the next', () => {
  const { messages, sentence } = read(hello(), text('oops'));
  assert.is(messages.length, 1);
  assert.match(sentence, /^expected frame 2 from the executor but got "oops"/);
});

test('a frame in the same chunk as the noise after it is still seen', () => {
  const both = new Uint8Array([...hello(), 0, 1]);
  assert.is(read(both).messages.length, 1);
});

test('half a frame', () => {
  assert.match(read(hello().subarray(0, 10)).sentence, /ended within frame 1; 10 of 16 header bytes came/);
  assert.match(read(hello().subarray(0, 40)).sentence, /ended within frame 1; 24 of 89 payload bytes came/);
  assert.match(
    read(hello(), hello().subarray(0, 16)).sentence,
    /ended within frame 2; 0 of 89 payload bytes/,
  );
});

test('a wrong checksum', () => {
  const frame = hello();
  frame[20]! ^= 1;
  assert.match(
    read(frame).sentence,
    /^frame 1 from the executor has checksum 0x[0-9a-f]+ instead of 0xe0762d95/,
  );
});

test('another version', () => {
  const frame = hello();
  frame[4] = 2;
  assert.match(read(frame).sentence, /speaks version 2 of the protocol, this kit version 1/);
});

test('an absurd length is refused, not waited for', () => {
  const frame = hello().subarray(0, 16);
  frame[11] = 0x7f;
  assert.match(read(frame).sentence, /announced a frame of 2130706521 bytes/);
});

test('an unknown type, and a payload that does not fit its counts', () => {
  const strange = codec.encode({ type: 'bye' });
  strange[6] = 99;
  assert.is(
    read(strange).sentence,
    'the executor sent what this kit cannot read: frame type 99 is unknown; rebuild it from this kit',
  );
  const end = examples.find(({ message }) => message.type === 'end')!.message;
  const short = codec.encode(end);
  short[6] = 1;
  assert.match(
    read(short).sentence,
    /^the executor sent .* its hello frame of 24 bytes is shorter than its 48 fixed bytes; rebuild it/,
  );
});

/** A frame of the examples with one byte of its payload changed, and the checksum of what it then holds. */
function changed(type: Message['type'], at: number, value: number): Uint8Array {
  const frame = codec.encode(examples.find(({ message }) => message.type === type)!.message);
  frame[16 + at] = value;
  new DataView(frame.buffer).setUint32(12, crc32(frame.subarray(16)), true);
  return frame;
}

test('a number that no enum has, and a pool that nothing counts', () => {
  assert.is(
    read(changed('hello', 4, 99)).sentence,
    'the executor sent what this kit cannot read: in its hello frame ABI 99 is unknown; rebuild it from this kit',
  );
  assert.match(
    read(changed('end', 4, 9)).sentence,
    /^the executor sent .*: in its end frame status of a program 9 is unknown/,
  );
  // The first buffer takes one byte less than the 11 of the pool.
  assert.match(
    read(changed('program', 44, 9)).sentence,
    /^the executor sent .*: in its program frame only 10 of 11 bytes are counted; rebuild it/,
  );
});

test('nothing at all is an empty stream', () => {
  assert.equal(read(), { messages: [], sentence: '' });
});

test.run();
