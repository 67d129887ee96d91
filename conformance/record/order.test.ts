import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openTarget } from '../targets/open.ts';
import type { RecordedEvent } from './events.ts';
import { inOrder } from './order.ts';
import { programOf } from './program.ts';
import { close, create, layout, open, PAGE, table } from './session.test.helper.ts';
import { departures } from './verdict.ts';

const HANDLE = '2a000000';
const WAIT = layout('drm_ethosu_bo_wait');

/** The same event by a thread, from a time to a time. */
const by = (tid: number, began: number, ended: number, event: RecordedEvent): RecordedEvent =>
  ({
    ...event,
    tid,
    time: String(ended),
    ...('began' in event ? { began: String(began) } : {}),
  }) as RecordedEvent;

const wait = (ret = 0): RecordedEvent => ({
  pid: 1,
  tid: 1,
  time: '0',
  e: 'ioctl',
  file: 1,
  request: '0xc0106442',
  arg: '0x3000',
  ret,
  began: '0',
  fds: [],
  mem: [{ layout: WAIT, stride: 16, at: '0x3000', in: `${HANDLE}00000000ffffffffffffff7f` }],
});
const submit: RecordedEvent = {
  ...wait(),
  e: 'ioctl',
  request: '0xc0106445',
  mem: [{ layout: layout('drm_ethosu_submit'), stride: 16, at: '0x3000', in: '00'.repeat(16) }],
} as RecordedEvent;

const names = (events: readonly RecordedEvent[]) =>
  inOrder(events, table).events.map(event =>
    event.e === 'ioctl' ? `${event.request.slice(-2)}/${event.tid}` : event.e,
  );
const made = [by(1, 0, 1, open(1)), by(1, 2, 3, create(PAGE, HANDLE))];

test('what may have ended a wait should come before it, although it returned later', () => {
  const session = [
    ...made,
    by(1, 10, 40, wait()),
    by(1, 45, 50, create(PAGE, HANDLE)),
    by(2, 30, 60, submit),
  ];
  assert.equal(names(session), ['open', '41/1', '45/2', '42/1', '41/1']);
});

test('what began after a wait, failed or gave something up should stay where it is', () => {
  const later = [...made, by(1, 10, 40, wait()), by(2, 41, 60, submit)];
  assert.equal(names(later), ['open', '41/1', '42/1', '45/2']);
  const inTime = [...made, by(1, 10, 40, wait(-62)), by(2, 30, 60, submit)];
  assert.equal(names(inTime), ['open', '41/1', '42/1', '45/2']);
  const gone = [...made, by(1, 10, 40, wait()), by(2, 30, 60, close(HANDLE))];
  assert.equal(names(gone), ['open', '41/1', '42/1', '09/2']);
});

test('a handle that is given up while another thread waits should be given up behind the wait', async () => {
  const session = [...made, by(2, 20, 30, close(HANDLE)), by(1, 10, 40, wait())];
  assert.equal(names(session), ['open', '41/1', '42/1', '09/2']);
  const { program, results, left } = programOf(session, table, []);
  const target = await openTarget('reference:ethosu');
  assert.equal(departures(await target.link.run(program), results), []);
  assert.equal(left, []);
  await target.close();
});

test('one that was given up before the wait looked it up should stay before it', () => {
  const session = [...made, by(2, 4, 5, close(HANDLE)), by(1, 10, 40, wait(-2))];
  assert.equal(names(session), ['open', '41/1', '09/2', '42/1']);
});

test('where no order does what was done, that should be told', () => {
  const again = [
    ...made,
    by(2, 20, 30, close(HANDLE)),
    by(2, 31, 32, create(PAGE, HANDLE)),
    by(1, 10, 40, wait()),
  ];
  assert.equal(names(again), ['open', '41/1', '09/2', '41/2', '42/1']);
  const [told, ...more] = programOf(again, table, []).left;
  assert.match(told ?? '', /^that 1\/1 waited in DRM_IOCTL_ETHOSU_BO_WAIT for what 1\/2 gave up meanwhile/);
  assert.equal(more, []);
});

test.run();
