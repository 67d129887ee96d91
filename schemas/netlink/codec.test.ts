import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeAck, encodeAck, encodeDone } from './ack.ts';
import { decodeFields, encodeFields, readAttributes } from './attributes.ts';
import { askedFamily, askFamily, tellFamily, toldFamily } from './controller.ts';
import { netlinkFamilies } from './family.ts';
import { decodeMessages, encodeGeneric, encodeMessage, join, NLM_F } from './message.ts';

const { spec: ras } = netlinkFamilies().get('drm_ras')!;
const { spec: devlink } = netlinkFamilies().get('devlink')!;
const bytes = (text: string) =>
  Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], each => Number.parseInt(each, 16));
const hex = (data: Uint8Array) => [...data].map(byte => byte.toString(16).padStart(2, '0')).join('');

/** Written by hand from the headers: get-error-counter (2), version 1, node-id 3, error-id 0x01020304. */
const REQUEST = bytes(
  '24000000 1b00 0500 07000000 00000000' + '02 01 0000' + '0800 0100 03000000' + '0800 0200 04030201',
);
const asked = () =>
  encodeMessage({
    type: 0x1b,
    flags: NLM_F.request | NLM_F.ack,
    sequence: 7,
    port: 0,
    payload: encodeGeneric(
      { command: 2, version: 1 },
      encodeFields(ras, 'error-counter-attrs', [
        ['node-id', 3n],
        ['error-id', 0x01020304n],
      ]),
    ),
  });

test('a request should be the bytes that the headers say', () => {
  assert.is(hex(asked()), hex(REQUEST));
});

test('a string should end with a zero and be padded, and a reply be read again', () => {
  const reply = bytes('0800 0200 05000000' + '0a00 0300 666174616c00 0000' + '0800 0400 ffffffff');
  const fields = [
    ['error-id', 5n],
    ['error-name', 'fatal'],
    ['error-value', 0xffff_ffffn],
  ] as const;
  assert.is(hex(encodeFields(ras, 'error-counter-attrs', fields)), hex(reply));
  assert.equal(decodeFields(ras, 'error-counter-attrs', reply), fields);
});

test('what is not as its type says should stay bytes, and what has no name keep its number', () => {
  const odd = bytes('0600 0100 0300 0000' + '0700 0300 616263 00' + '0800 6300 01000000' + '010203');
  assert.equal(decodeFields(ras, 'error-counter-attrs', odd), [
    ['node-id', bytes('0300')],
    ['error-name', bytes('616263')],
    ['#99', bytes('01000000')],
    ['#rest', bytes('010203')],
  ]);
});

test('an attribute that is longer than what is there, or shorter than its head, should end them', () => {
  assert.equal(readAttributes(bytes('0900 0100 03000000')), { attributes: [], rest: 8 });
  assert.equal(readAttributes(bytes('0300 0100')), { attributes: [], rest: 4 });
});

test('attributes within others should be marked as nested, and bits have their selector', () => {
  const nested = encodeFields(devlink, 'devlink', [
    ['bus-name', 'pci'],
    [
      'info-version-fixed',
      [
        ['info-version-name', 'fw'],
        ['info-version-value', '1'],
      ],
    ],
  ]);
  assert.equal(
    readAttributes(nested).attributes.map(each => each.nested),
    [false, true],
  );
  assert.equal(decodeFields(devlink, 'devlink', nested)[1], [
    'info-version-fixed',
    [
      ['info-version-name', 'fw'],
      ['info-version-value', '1'],
    ],
  ]);
  const bits = encodeFields(devlink, 'devlink', [['flash-update-overwrite-mask', { value: 1, selector: 3 }]]);
  assert.is(hex(bits.subarray(4)), '0100000003000000');
});

test('the messages of a datagram should be taken apart at multiples of 4, and a wrong length be told', () => {
  const odd = encodeMessage({ type: 20, flags: 0, sequence: 1, port: 2, payload: bytes('aa') });
  const two = join([odd, new Uint8Array(3), odd]);
  assert.equal(
    decodeMessages(two).messages.map(({ payload }) => hex(payload)),
    ['aa', 'aa'],
  );
  assert.match(decodeMessages(two.subarray(0, -1)).wrong ?? '', /says it has 17 bytes, of 16 that are there/);
  assert.match(decodeMessages(bytes('0000')).wrong ?? '', /2 bytes at 0 are no header/);
});

/** Written by hand: -EINVAL, the whole request, the message "no", the offset 28 and the missing type 2. */
const REFUSED = bytes(
  '50000000 0200 0002 07000000 e8030000' +
    'eaffffff' +
    hex(REQUEST) +
    '0700 0100 6e6f00 00' +
    '0800 0200 1c000000' +
    '0800 0500 02000000',
);

test('a refusal should hold the request and the extended acks', () => {
  const extended = { message: 'no', offset: 28, missingType: 2 };
  assert.is(hex(encodeAck(REQUEST, 22, 1000, extended)), hex(REFUSED));
  const [message] = decodeMessages(REFUSED).messages;
  assert.equal(decodeAck(message!), { errno: 22, request: REQUEST, ...extended });
});

test('an ack should repeat the header only, and the end of a dump have its errno', () => {
  const ack = encodeAck(REQUEST, 0, 1000);
  assert.is(hex(ack), `240000000200000107000000e803000000000000${hex(REQUEST.subarray(0, 16))}`);
  assert.equal(decodeAck(decodeMessages(ack).messages[0]!), { errno: 0, request: REQUEST.subarray(0, 16) });
  const done = encodeDone(7, 2, 1000, { missingType: 1 });
  assert.is(hex(done), '1c0000000300020207000000e8030000feffffff0800050001000000');
  assert.equal(decodeAck(decodeMessages(done).messages[0]!), { errno: 2, missingType: 1 });
  assert.is(decodeAck(decodeMessages(REQUEST).messages[0]!), undefined);
});

test('a family should be asked for by its name and told with its groups', () => {
  // Taken by hand from genetlink.h: GETFAMILY is 3, CTRL_ATTR_FAMILY_NAME 2.
  assert.is(hex(askFamily('a')), '0302000006000200' + '61000000');
  assert.is(askedFamily(askFamily('drm-ras')), 'drm-ras');
  assert.is(askedFamily(bytes('0102000006000200' + '61000000')), undefined);
  const family = { name: 'devlink', number: 21, version: 1, groups: new Map([['config', 5]]) };
  assert.equal(toldFamily(tellFamily(family)), family);
  assert.is(toldFamily(askFamily('devlink')), undefined);
});

test.run();
