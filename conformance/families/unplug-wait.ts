/**
 * Calls that sleep when the device goes, while other lanes take it away and close what is open. The core looks once
 * whether the device is there, at the door of a call (drivers/gpu/drm/drm_ioctl.c:850); a wait for fences goes on
 * until they signal or its deadline comes (drivers/gpu/drm/drm_syncobj.c:1136, drivers/gpu/drm/drm_gem.c:916).
 */
import {
  type CallDescription,
  deadlineErrnos,
  errnoName,
  isDriverNumber,
  systemConstant,
  type Trace,
} from '../../schemas/index.ts';
import { addressOf, constant } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { NO_LANES } from './race-scene.ts';
import { UnplugScene, type Way } from './unplug-scene.ts';
import { fromNow, type Waiting, waitings } from './wait-scene.ts';

const MS = 1_000_000n;
/** Much longer than it takes a driver to leave under emulation. */
const WAIT_NS = 3000n * MS;
/** Half of what is left of the wait when the device is to go: nobody leaves so late but one who waits for the waiter. */
const LATE_NS = 1400n * MS;
/** When the device goes and when the others close, in us: the wait sleeps, the device has gone. */
const [GOES_US, CLOSES_US] = [200_000, 700_000];
/** The wait must have begun so long before the device goes. */
const ASLEEP_NS = 100n * MS;
const DEADLINE_MS = 15_000;
const POLLIN = systemConstant('POLLIN');
/** A poll without a limit. */
const FOR_EVER = 0xffff_ffff;

export function waitScenes(context: PlanContext, way: Way): Case[] {
  const calls = offered(context, nodeIoctls(context.driver));
  const telling = calls.filter(call => payloads(call).some(({ event, long }) => event && long));
  return [
    ...waitings(context, calls, 'long').flatMap(waiting => [
      asleep(context, way, waiting, false),
      asleep(context, way, waiting, true),
    ]),
    ...(context.hello.lanes
      ? telling.flatMap(call => [reading(context, way, call, 'read'), reading(context, way, call, 'poll')])
      : []),
  ];
}

/** Whoever sleeps in a read or a poll of the node gets the event of the job that ends with the device. */
function reading(context: PlanContext, way: Way, call: CallDescription, op: 'read' | 'poll'): Case {
  const scene = new UnplugScene(context, way);
  const { builder, controls, maker, fd } = scene;
  const payload = payloads(call).find(({ event, long }) => event && long)!;
  const made = payload.build(maker, fd, call, () => 0)!;
  const { values, bytes } = payload.event!;
  const members = { ...made.values, ...values, ...payload.long };
  controls.push(...made.setup, maker.call(fd, call, members, { label: 'a job that does not end by itself' }));
  const room = addressOf(builder.buffer(bytes, { align: 'end' }));
  const args = op === 'read' ? [room, constant(bytes)] : [constant(POLLIN), constant(FOR_EVER)];
  let [wait, gone] = [-1, -1];
  builder.parallel(
    `${op} when the device goes`,
    [
      () => {
        wait = builder.step(`${op} of the node`, op, [fd, ...args], { deadline: DEADLINE_MS });
      },
      () => {
        scene.leave();
        gone = builder.length - 1;
      },
    ],
    [0, GOES_US],
  );
  scene.end();
  const look = (trace: Trace) => {
    const { errno, ret } = trace.results[wait]!;
    const whole = op === 'read' ? ret === BigInt(bytes) : (ret & BigInt(POLLIN)) !== 0n;
    return errno === 0 && whole
      ? undefined
      : `step ${wait}: the ${op} that slept when the device went ended with ${errno === 0 ? ret : errnoName(errno)}`;
  };
  return scene.case(`${op}.${call.semantics.key}`, [
    {
      clause: 'unplug.work',
      instance: `${call.name}.${op}`,
      ...{ controls, probes: [wait], missed: early(wait, gone), look },
    },
  ]);
}

/** Whether the device went before the call slept. */
function early(wait: number, gone: number): (trace: Trace) => string | undefined {
  return ({ results }) => {
    const [left, slept] = [results[gone], results[wait]];
    return left && slept && left.before - slept.before < ASLEEP_NS
      ? 'the device went before the call slept'
      : undefined;
  };
}

/** @param closes another client closes its descriptor, and then the waiter's own is closed, all while it sleeps */
function asleep(context: PlanContext, way: Way, waiting: Waiting, closes: boolean): Case {
  const { call, device } = waiting;
  const scene = new UnplugScene(context, way);
  const { builder, controls, maker, fd } = scene;
  const name = `wait.${call.semantics.key}${closes ? '.closes' : ''}`;
  const instance = `${call.name}${closes ? '.closes' : ''}`;
  if (!context.hello.lanes) {
    const none = { instance, controls, probes: [], notReached: NO_LANES };
    return scene.case(name, [{ clause: 'unplug.wait', ...none }]);
  }
  const other = scene.open();
  const prepared = waiting.prepare(maker, fd)!;
  controls.push(...prepared.steps);
  const deadline = fromNow(maker, WAIT_NS, call);
  const own = new CallMaker(builder, context);
  const values = prepared.values(own, deadline);
  let [wait, gone] = [-1, -1];
  const closed: number[] = [];
  builder.parallel(
    `${call.name} when the device goes`,
    [
      () => {
        wait = own.call(fd, call, values, { deadline: DEADLINE_MS });
      },
      () => {
        scene.leave();
        gone = builder.length - 1;
      },
      ...(closes
        ? [
            () => {
              closed.push(
                builder.close(other, 'another client closes'),
                builder.close(fd, "close the waiter's"),
              );
            },
          ]
        : []),
    ],
    [0, GOES_US, CLOSES_US],
  );
  if (closes) scene.restored();
  else scene.end(other);
  const missed = early(wait, gone);
  // A driver may have its own way to tell that the device is gone (Documentation/gpu/drm-uapi.rst:246).
  const free = isDriverNumber(context.driver.types, call.request!.number);
  const ends = ['0', ...deadlineErrnos(call.semantics.body), ...(free ? ['ENODEV'] : [])];
  const cutOff = (trace: Trace) => {
    const { errno } = trace.results[wait]!;
    const ended = errno === 0 ? '0' : errnoName(errno);
    return ends.includes(ended)
      ? undefined
      : `step ${wait}: a wait that slept when the device went ended with ${ended}`;
  };
  const heldUp = (trace: Trace) => {
    const { before, after } = trace.results[gone]!;
    return after - before > LATE_NS
      ? `step ${gone}: the device took ${(after - before) / MS} ms to go while a client waited`
      : undefined;
  };
  const instances: Instance[] = [
    { clause: 'unplug.wait', instance, controls, probes: [wait], missed, look: cutOff },
    { clause: 'unplug.leave', instance, controls, probes: [gone], missed, look: heldUp },
  ];
  if (closes) instances.push({ clause: 'unplug.close', instance, controls, probes: closed, missed });
  return scene.case(name, instances, device ? { device } : {});
}
