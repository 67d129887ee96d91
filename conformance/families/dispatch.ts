/** How the core hands an ioctl to its handler: letter, number, size, direction and address of the argument. */
import { isDefined } from '../../reference/index.ts';
import {
  type CallDescription,
  type CheckRule,
  isDriverNumber,
  type RequestParts,
  type Value,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker, type CallShape } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered, outlook } from '../plan/outlook.ts';
import { derive, Random } from '../plan/random.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { answered, NO_RIGHT } from './answered.ts';

const LETTERS = [0x00, 0x44, 0x63, 0x65, 0xff];
/** The largest size that a request can encode, in 14 bits. */
const LARGEST = 0x3fff;

export function dispatchFamily(context: PlanContext): Case[] {
  const calls = offered(context, nodeIoctls(context.driver));
  return [
    ...nodeIoctls(context.driver).flatMap(call => refused(context, call)),
    ...calls.flatMap(call => [
      changed(
        context,
        call,
        'dispatch.letter',
        LETTERS.map(letter => ({ label: `letter 0x${letter.toString(16)}`, request: { letter } })),
      ),
      changed(context, call, 'dispatch.short-argument', shorter(context, call)),
      changed(context, call, 'dispatch.long-argument', longer(context, call)),
      changed(context, call, 'dispatch.direction', directions(call)),
      changed(context, call, 'dispatch.null-argument', [{ label: 'a NULL argument', address: constant(0) }]),
      changed(context, call, 'dispatch.bad-argument', badAddresses()),
    ]),
    unknownNumbers(context, 'driver'),
    unknownNumbers(context, 'core'),
  ];
}

/** A call that the device or the caller cannot make at all: refused as the description has it. */
function refused(context: PlanContext, call: CallDescription): Case[] {
  const view = outlook(context, call);
  if (view.kind !== 'refused') return [];
  const { check } = view;
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const version = context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step, maker.good(fd, version)!.step];
  const made = maker.goodArguments(fd, call);
  const probe = maker.call(fd, call, made?.values ?? {});
  controls.push(maker.good(fd, version)!.step);
  return [
    {
      name: `refused.${call.semantics.key}`,
      family: 'dispatch',
      program: builder.build(),
      labels: builder.labels,
      instances: [
        {
          clause: check.clause as ClauseId,
          instance: `${call.name}.${check.check}`,
          controls,
          probes: [probe],
        },
        ...advised(check, call, { controls, probes: [probe] }),
      ],
    },
  ];
}

/** What the errno of such a refusal should be, by its reason (Documentation/gpu/drm-uapi.rst:574 and 583). */
function advised(
  check: CheckRule,
  call: CallDescription,
  steps: Pick<Instance, 'controls' | 'probes'>,
): Instance[] {
  const lacks = check.clause === 'argument.feature';
  if (!lacks && check.clause !== 'dispatch.permission') return [];
  const allowed: readonly string[] = lacks ? ['EOPNOTSUPP'] : NO_RIGHT;
  const shared = check.basis === 'core' || check.basis === 'house';
  return [
    {
      clause: lacks ? 'errno.unsupported' : 'errno.privilege',
      instance: `${call.name}.${check.check}`,
      ...steps,
      about: () => false,
      look: trace => answered(trace, steps.probes, allowed),
      ...(shared && !allowed.includes(check.errno)
        ? { notClaimed: `the DRM core answers ${check.errno} here, for every driver (${check.source})` }
        : {}),
    },
  ];
}

type Change = CallShape & {
  readonly extra?: (maker: CallMaker, call: CallDescription) => Value;
};

/** One program: a good call, then every change with a good call after it. */
function changed(
  context: PlanContext,
  call: CallDescription,
  clause: ClauseId,
  changes: readonly Change[],
): Case {
  const name = clause.slice(clause.indexOf('.') + 1);
  const family = 'dispatch';
  if (context.wanted?.({ clause, instance: call.name }) === false)
    return { name, family, program: new ProgramBuilder().build(), labels: [], instances: [] };
  const sandwich = new Sandwich(context, call);
  for (const { extra, ...shape } of sandwich.good ? changes : []) {
    const address = extra ? { address: extra(sandwich.maker, call) } : {};
    sandwich.probe(sandwich.arguments(), shape.label ?? '', { ...shape, ...address });
  }
  const { builder } = sandwich;
  return {
    name,
    family,
    program: builder.build(),
    labels: builder.labels,
    instances: [{ clause, instance: call.name, ...sandwich.steps() }],
  };
}

/** The argument ends at a guard page, so one byte read or written too many shows. */
function shorter(context: PlanContext, call: CallDescription): Change[] {
  const maker = new CallMaker(new ProgramBuilder(), context);
  const layout = maker.layout(call);
  const cuts = new Set([0, 1, layout.size - 1]);
  for (const field of layout.fields)
    for (const cut of [field.offset, field.offset + 1, field.offset + field.size]) cuts.add(cut);
  return [...cuts]
    .filter(size => size < layout.size)
    .sort((a, b) => a - b)
    .map(size => ({ label: `${size} of ${layout.size} bytes`, room: size, request: { size } }));
}

function longer(context: PlanContext, call: CallDescription): Change[] {
  const { size } = new CallMaker(new ProgramBuilder(), context).layout(call);
  return [size + 1, size + 4, size + 8, 2 * size, 129, 4096, LARGEST].map(room => ({
    label: `${room} instead of ${size} bytes`,
    room,
    request: { size: room },
  }));
}

function directions(call: CallDescription): Change[] {
  const all: RequestParts['direction'][] = ['none', 'read', 'write', 'readwrite'];
  return all
    .filter(direction => direction !== call.request!.direction)
    .map(direction => ({ label: `direction ${direction}`, request: { direction } }));
}

function badAddresses(): Change[] {
  return [
    { label: 'an argument that is not mapped', access: 'hole' },
    { label: 'an argument that cannot be accessed', access: 'none' },
    { label: 'an argument that cannot be written', access: 'read' },
    {
      label: 'an argument that ends on a guard page',
      extra: (maker, call) => {
        const { size } = maker.layout(call);
        return addressOf(maker.builder.buffer(size, { align: 'end' }), 1);
      },
    },
    { label: 'an argument at address 1', address: constant(1) },
    { label: 'an argument in the kernel half', address: constant(0xffff_8000_0000_0000n) },
    { label: 'an argument at the last byte', address: constant(0xffff_ffff_ffff_ffffn) },
  ];
}

/** Numbers that no header defines, for the driver's range and for the core's. */
function unknownNumbers(context: PlanContext, range: 'driver' | 'core'): Case {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const version = context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step];
  const probes: number[] = [];
  const inRange = (number: number) => isDriverNumber(context.driver.types, number) === (range === 'driver');
  const all = Array.from({ length: 256 }, (_, number) => number).filter(
    number => inRange(number) && !isDefined(context.driver, number),
  );
  const random = new Random(derive(context.seed, `numbers ${range}`));
  // The first, the last and a sample: every number of the range in a few seeds.
  const chosen = [
    ...new Set([all[0]!, all.at(-1)!, ...Array.from({ length: 24 }, () => random.pick(all))]),
  ].sort((a, b) => a - b);
  const control = () => {
    controls.push(maker.good(fd, version)!.step);
  };
  control();
  for (const number of chosen) {
    probes.push(
      maker.call(fd, version, {}, { request: { number }, label: `number 0x${number.toString(16)}` }),
    );
    control();
  }
  return {
    name: `number-${range}`,
    family: 'dispatch',
    program: builder.build(),
    labels: builder.labels,
    instances: [
      {
        clause: 'dispatch.number',
        instance: range,
        controls,
        probes,
        // A header that the user named is the target's own.
        ...(context.driver.name === 'drm' && range === 'driver' ? {} : { newerMayDiffer: true }),
        ...(context.driver.numbers.driver.length === 0 && range === 'driver' && context.driver.name === 'drm'
          ? { notReached: 'the driver has no description, so its numbers are not known' }
          : {}),
      },
    ],
  };
}
