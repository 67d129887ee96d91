/** What the node for information refuses: whatever is no query, always with the same errno. */
import {
  type CallDescription,
  checks,
  encodeRequest,
  isDriverNumber,
  type RequestParts,
} from '../../schemas/index.ts';
import { addressOf, constant } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { mapArguments, PROT_READ, PROT_WRITE } from '../plan/map.ts';
import { model } from '../plan/model.ts';
import { payloads, pickKind } from '../plan/payloads.ts';
import { POISON } from '../plan/sandwich.ts';
import { ControlScene, queriesOf } from './control-scene.ts';

const LETTERS = [0x00, 0x44, 0x65, 0xff];
/** The largest size that a request can encode, in 14 bits. */
const LARGEST = 0x3fff;
const NUMBERS = 0x100;
const POLLIN = 1;
const SEEK_SET = 0;

export function refusals(context: PlanContext): Case[] {
  const taken = context.driver.manifest.control_calls!;
  const others = ioctls(context.driver).filter(({ name }) => !taken.includes(name));
  const wanted = others.filter(
    ({ name: instance }) => context.wanted?.({ clause: 'control.queries', instance }) !== false,
  );
  return [
    ...wanted.map(call => refused(context, call)),
    ...queriesOf(context).flatMap(call => kindsRefused(context, call)),
    oneErrno(context),
    nothingElse(context),
  ];
}

/** Kinds of a query that only a client can make, each with what would be good arguments on the compute node. */
function kindsRefused(context: PlanContext, call: CallDescription): Case[] {
  const only = checks(call.semantics.body).some(({ clause }) => clause === 'control.queries');
  if (!only) return [];
  const make = (keep: (index: number) => boolean) => {
    const scene = new ControlScene(context);
    const node = scene.node();
    const { step, fd } = scene.control();
    scene.controls.push(step, scene.query(fd));
    const probes = payloads(call).flatMap(({ label }, index) => {
      if (!keep(index)) return [];
      const made = scene.maker.goodArguments(node, call, pickKind(index));
      if (!made) return [];
      const named = `${call.name} on the node for information: ${label}`;
      return [{ index, step: scene.maker.call(fd, call, made.values, { poison: POISON, label: named }) }];
    });
    scene.controls.push(scene.query(fd));
    return { scene, probes };
  };
  const all = make(() => true);
  const outcomes = model(context, all.scene.builder.build());
  const refusedOnes = all.probes.filter(({ step }) => outcomes[step]?.rule?.clause === 'control.queries');
  if (refusedOnes.length === 0) return [];
  const { scene, probes } = make(index => refusedOnes.some(each => each.index === index));
  return [
    scene.case(`refused-kinds.${call.semantics.key}`, [
      {
        clause: 'control.queries',
        instance: call.name,
        controls: scene.controls,
        probes: probes.map(each => each.step),
      },
    ]),
  ];
}

/** A call that would succeed on the compute node, with everything that it needs there. */
function refused(context: PlanContext, call: ReturnType<typeof ioctls>[number]): Case {
  const scene = new ControlScene(context);
  const node = scene.node();
  const { step, fd } = scene.control();
  scene.controls.push(step, scene.query(fd));
  const values = scene.arguments(node, call);
  const probe = scene.maker.call(fd, call, values, { label: `${call.name} on the node for information` });
  scene.controls.push(scene.query(fd));
  return scene.case(`refused.${call.semantics.key}`, [
    { clause: 'control.queries', instance: call.name, controls: scene.controls, probes: [probe] },
  ]);
}

/** Whatever else is wrong with a call that the node does not take. */
function oneErrno(context: PlanContext): Case {
  const { driver } = context;
  const scene = new ControlScene(context);
  const { builder, maker } = scene;
  const node = scene.node();
  const { step, fd } = scene.control();
  scene.controls.push(step, scene.query(fd));
  const probes: number[] = [];
  const taken = driver.manifest.control_calls!;
  const others = ioctls(driver).filter(({ name }) => !taken.includes(name));
  for (const call of others) {
    const label = (what: string) => `${call.name} with ${what}`;
    const bad = builder.buffer(0, { access: 'hole' });
    probes.push(
      maker.call(fd, call, {}, { address: constant(0), label: label('a NULL argument') }),
      maker.call(fd, call, {}, { address: addressOf(bad), label: label('an argument that cannot be read') }),
      maker.call(fd, call, {}, { request: { size: LARGEST }, label: label('the largest size') }),
    );
    const values = scene.arguments(node, call);
    probes.push(maker.call(fd, call, values, { label: label('good arguments') }));
  }
  const room = addressOf(builder.buffer(LARGEST, { align: 'start' }));
  const send = (parts: RequestParts, label: string) =>
    builder.step(label, 'ioctl', [fd, constant(BigInt(encodeRequest(parts)) & 0xffff_ffffn), room]);
  const letter = Number(driver.types.constantValue('DRM_IOCTL_BASE'));
  const known = ioctls(driver).map(call => call.request!.number);
  const free = Array.from({ length: NUMBERS }, (_, number) => number).filter(
    number =>
      !known.includes(number) &&
      (isDriverNumber(driver.types, number) || !driver.numbers.core.includes(number)),
  );
  for (const number of free.filter((_, index) => index % 8 === 0))
    probes.push(
      send({ direction: 'readwrite', letter, number, size: 16 }, `number 0x${number.toString(16)}`),
    );
  for (const other of LETTERS)
    probes.push(
      send({ direction: 'readwrite', letter: other, number: 0, size: 16 }, `letter 0x${other.toString(16)}`),
    );
  scene.controls.push(scene.query(fd));
  return scene.case('one-errno', [
    { clause: 'control.one-errno', instance: 'node', controls: scene.controls, probes },
  ]);
}

/** It is no way to memory, events or data. */
function nothingElse(context: PlanContext): Case {
  const scene = new ControlScene(context);
  const { builder } = scene;
  const { step, fd } = scene.control();
  scene.controls.push(step, scene.query(fd));
  const page = context.hello.pageSize;
  const room = addressOf(builder.buffer(page, { align: 'start' }));
  const map = (prot: number, what: string) =>
    builder.step(`map it ${what}`, 'mmap', mapArguments(fd, constant(0), constant(page), prot));
  const probes = [
    map(PROT_READ, 'to read'),
    map(PROT_READ | PROT_WRITE, 'to write'),
    builder.step('read from it', 'read', [fd, room, constant(64)]),
    builder.step('write to it', 'write', [fd, room, constant(64)]),
    builder.step('poll it', 'poll', [fd, constant(POLLIN), constant(0)]),
    builder.step('seek in it', 'lseek', [fd, constant(1), constant(SEEK_SET)]),
  ];
  scene.controls.push(scene.query(fd));
  return scene.case('nothing-else', [
    { clause: 'control.nothing-else', instance: 'node', controls: scene.controls, probes },
  ]);
}
