/** Netlink sockets: every kernel has the controller of generic netlink. */
import * as assert from 'uvu/assert';
import {
  askFamily,
  CONTROLLER,
  decodeAck,
  decodeMessages,
  encodeMessage,
  NLM_F,
  toldFamily,
} from '../../../schemas/index.ts';
import { area, at, c, E, keep, run, type Suite, shorts, slot, step } from './kit.ts';

const GENERIC = 16;
const POLLIN = 1;
const asking = (name: string) =>
  encodeMessage({
    type: CONTROLLER,
    flags: NLM_F.request | NLM_F.ack,
    sequence: 5,
    port: 0,
    payload: askFamily(name),
  });

export function netlinkTests(it: Suite): void {
  it('asks the controller over a netlink socket, and gets extended acks', async ({ link }) => {
    const [good, bad] = [asking('nlctrl'), asking('no-such-family')];
    const read = () => step('read', [slot(0), at(2), c(4096)]);
    const trace = await run(
      link,
      [area(good.length, { data: good }), area(bad.length, { data: bad }), area(4096)],
      step('netlink', [c(GENERIC)], keep(0)),
      read(),
      step('write', [slot(0), at(0), c(good.length)]),
      step('poll', [slot(0), c(POLLIN), c(1000)]),
      read(),
      read(),
      step('write', [slot(0), at(1), c(bad.length)]),
      read(),
      read(),
      step('membership', [slot(0), c(0)]),
      step('membership', [c(-1), c(1)]),
      step('netlink', [c(99)]),
    );
    const again = `done -1 errno ${E.EAGAIN}`;
    const [socket, empty, , ready, , , , , nothing, zero, none, unknown] = shorts(trace);
    assert.equal([socket, empty, ready, nothing], ['done 3', again, 'done 1', again]);
    assert.equal(
      [zero, none, unknown],
      [`done -1 errno ${E.EINVAL}`, `done -1 errno ${E.EBADF}`, 'done -1 errno 93'],
    );
    const bytes = new Uint8Array(4096);
    const answers = trace.results.flatMap(({ step: number, ret, diffs }) => {
      for (const diff of diffs) bytes.set(diff.bytes, diff.offset);
      return [4, 5, 7].includes(number) ? decodeMessages(bytes.slice(0, Number(ret))).messages : [];
    });
    assert.is(answers.length, 3);
    const family = toldFamily(answers[0]!.payload)!;
    assert.equal([family.name, family.number, [...family.groups.keys()]], ['nlctrl', CONTROLLER, ['notify']]);
    assert.is(decodeAck(answers[1]!)!.errno, 0);
    assert.is(decodeAck(answers[2]!)!.errno, E.ENOENT);
    assert.equal(
      answers.map(({ sequence }) => sequence),
      [5, 5, 5],
    );
  });
}
