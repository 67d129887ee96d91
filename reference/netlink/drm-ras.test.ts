import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decodeAck,
  decodeFields,
  decodeGeneric,
  decodeMessages,
  encodeFields,
  encodeGeneric,
  encodeMessage,
  errnoName,
  type Fields,
  NLM_F,
  NLMSG,
} from '../../schemas/index.ts';
import { GenericNetlink } from './bus.ts';
import { DrmRas, type RasOptions } from './drm-ras.ts';
import type { NetlinkFault } from './family.ts';

const ALL = (1n << 41n) - 1n;
const [LIST, GET, CLEAR] = [1, 2, 3];

function machine(options: RasOptions = {}, faults: NetlinkFault[] = [], capabilities = ALL) {
  const ras = new DrmRas(options);
  const bus = new GenericNetlink([ras], faults);
  const socket = bus.open(ALL);
  const ask = (command: number, fields: Fields, dump = false) => {
    const set = command === LIST ? 'node-attrs' : 'error-counter-attrs';
    const payload = encodeGeneric({ command, version: 1 }, encodeFields(ras.description.spec, set, fields));
    const flags = NLM_F.request | NLM_F.ack | (dump ? NLM_F.dump : 0);
    bus.send(socket, encodeMessage({ type: ras.number, flags, sequence: 9, port: 0, payload }), capabilities);
    let datagrams = 0;
    const told: string[] = [];
    for (let next = socket.take(); next; next = socket.take()) {
      datagrams += 1;
      for (const message of decodeMessages(next).messages) {
        const ack = decodeAck(message);
        if (ack) {
          const { errno, missingType, offset } = ack;
          const more =
            missingType !== undefined
              ? ` missing ${missingType}`
              : offset !== undefined
                ? ` at ${offset}`
                : '';
          told.push(`${message.type === NLMSG.done ? 'done' : 'ack'} ${errnoName(errno)}${more}`);
        } else {
          const inner = decodeGeneric(message.payload)!;
          const shown = decodeFields(ras.description.spec, set, inner.attributes).map(([, value]) => value);
          told.push(shown.join(' '));
        }
      }
    }
    return { told, datagrams };
  };
  const id = (name: string) => BigInt([...ras.nodes.values()].find(node => node.name === name)!.id);
  const counter = (name: string, number: bigint): Fields => [
    ['node-id', id(name)],
    ['error-id', number],
  ];
  return { ras, ask, id, counter };
}

test('a counter should be injected, read without a change, and cleared alone', () => {
  const { ras, ask, counter } = machine();
  assert.is(ras.control('inject memory 4 3\n'), undefined);
  assert.is(ras.control('inject memory 9 1'), undefined);
  assert.equal(ask(GET, counter('memory', 4n)).told, ['4 uncorrected 3', 'ack success']);
  assert.equal(ask(GET, counter('memory', 4n)).told, ['4 uncorrected 3', 'ack success']);
  assert.equal(ask(CLEAR, counter('memory', 4n)).told, ['ack success']);
  assert.equal(ask(GET, counter('memory', 4n)).told, ['4 uncorrected 0', 'ack success']);
  assert.equal(ask(GET, counter('memory', 9n)).told, ['9 poison 1', 'ack success']);
});

test('the checks should answer in the order of the overlay', () => {
  const { ask, counter, id } = machine();
  const told = (command: number, fields: Fields, dump = false) => ask(command, fields, dump).told.join();
  assert.is(told(GET, []), 'ack EINVAL missing 1');
  assert.is(told(GET, [['node-id', id('memory')]]), 'ack EINVAL missing 2');
  assert.is(
    told(GET, [
      ['node-id', 77n],
      ['error-id', 1n],
    ]),
    'ack ENOENT',
  );
  assert.is(told(GET, counter('memory', 10n)), 'ack EINVAL');
  assert.is(told(GET, counter('memory', 2n)), 'ack ENOENT');
  assert.is(told(GET, counter('failing', 3n)), 'ack EIO');
  assert.is(told(CLEAR, counter('fixed', 1n)), 'ack ENOENT');
  assert.is(told(CLEAR, counter('failing', 2n)), 'ack EBUSY');
  assert.is(told(CLEAR, counter('memory', 2n)), 'ack ENOENT');
  assert.is(told(LIST, []), 'ack EOPNOTSUPP');
  assert.is(told(GET, [], true), 'done EINVAL missing 1');
  assert.is(told(GET, counter('memory', 1n), true), 'ack EINVAL at 28');
  assert.is(told(LIST, [['node-id', 1n]], true), 'ack EINVAL at 20');
  assert.is(told(9, []), 'ack EOPNOTSUPP');
});

test('a dump should list what is there in several datagrams, and end once', () => {
  const { ask, id } = machine();
  const nodes = ask(LIST, [], true).told;
  assert.is(nodes.length, 7);
  assert.is(nodes[1], '1 accel-ras.0 memory 1');
  assert.is(nodes.at(-1), 'done success');
  assert.equal(ask(GET, [['node-id', id('link')]], true).told, ['2 replay 0', '5 timeout 0', 'done success']);
  assert.equal(ask(GET, [['node-id', id('failing')]], true).told, ['1 good 0', '2 busy 0', 'done EIO']);
  const many = ask(GET, [['node-id', id('many')]], true);
  assert.is(many.told.length, 102);
  assert.ok(many.datagrams > 1);
  const found = machine({ faults: ['last-hole-ends-dump'] });
  assert.is(found.ask(GET, [['node-id', found.id('link')]], true).told.at(-1), 'done ENOENT');
});

test('a node should come and go, and another have its id then', () => {
  const { ras, ask } = machine();
  assert.is(ras.control('plug'), undefined);
  assert.is(ras.control('plug'), 'EBUSY');
  assert.is(ask(LIST, [], true).told.at(-2), '6 accel-ras.2 spare 1');
  assert.is(ras.control('unplug'), undefined);
  assert.is(ras.control('unplug'), 'ENODEV');
  assert.is(ask(LIST, [], true).told.length, 7);
  for (const wrong of ['inject nothing 1 1', 'inject memory 2 1', 'inject memory 1 x', 'inject', 'start'])
    assert.is(ras.control(wrong), 'EINVAL', wrong);
});

test('whoever lacks the capability should be refused first of all', () => {
  const { ask } = machine({}, [], 0n);
  assert.equal(ask(GET, []).told, ['ack EPERM']);
  assert.equal(machine({}, ['unprivileged'], 0n).ask(GET, []).told, ['ack EINVAL missing 1']);
});

test('a sum should begin anew behind 32 bits', () => {
  const { ras, ask, counter } = machine();
  ras.control('inject compute 0 4294967295');
  ras.control('inject compute 0 2');
  assert.equal(ask(GET, counter('compute', 0n)).told, ['0 corrected 1', 'ack success']);
});

test.run();
