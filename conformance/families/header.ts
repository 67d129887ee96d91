/**
 * What holds for every ioctl of a header whatever it does, because drm_ioctl() does it before and after the handler: a
 * call with nothing but zeros is made again with one thing changed that no handler can see, and must end the same.
 * Nothing but zeros ever reaches the driver.
 */

import type { IoctlFact, Layout } from '../../schemas/index.ts';
import { isDriverNumber, isHeaderOnly, layoutOf } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { constant } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { type Probe, ZeroCalls } from './zero-calls.ts';

/** Bytes that outputs and what lies beside an argument hold before a call. */
const POISON = 0xa5;
/** The largest size that a request can encode, in 14 bits. */
const LARGEST = 0x3fff;
/** Cuts of a struct that are tried; a large one has hundreds of members. */
const MOST_CUTS = 12;

/** An ioctl with the layout of its argument on the target's ABI. */
export interface HeaderCall {
  readonly fact: IoctlFact;
  readonly layout: Layout;
}

export function headerFamily(context: PlanContext): Case[] {
  const { driver, hello } = context;
  if (!isHeaderOnly(driver)) return [];
  const letter = Number(driver.types.constantValue('DRM_IOCTL_BASE'));
  return driver.facts.ioctls.flatMap(fact => {
    const { argument, direction } = fact;
    // A call that is described is tried with good arguments instead.
    if (driver.calls.has(fact.name)) return [];
    if (fact.letter !== letter || !isDriverNumber(driver.types, fact.number)) return [];
    if (!argument || !('named' in argument) || direction === 'none') return [];
    const call: HeaderCall = { fact, layout: layoutOf(driver.types, argument.named, hello.abi) };
    return (
      [
        ['dispatch.bad-argument', badAddresses(call)],
        ['dispatch.null-argument', [{ label: 'a NULL argument', address: constant(0), errno: 'EFAULT' }]],
        ['dispatch.short-argument', shorter(call)],
        ['dispatch.long-argument', longer(call)],
        ['dispatch.direction', directions(call)],
        ['output.untouched', holes(call)],
      ] as [ClauseId, Probe[]][]
    ).flatMap(([clause, probes]) => caseOf(context, call, clause, probes));
  });
}

function caseOf(context: PlanContext, call: HeaderCall, clause: ClauseId, probes: readonly Probe[]): Case[] {
  const instance = call.fact.name;
  if (probes.length === 0 || context.wanted?.({ clause, instance }) === false) return [];
  const calls = new ZeroCalls(context, call);
  for (const probe of probes) calls.probe(probe);
  const { program, labels, ...told } = calls.done();
  const name = `${instance}.${clause.slice(clause.indexOf('.') + 1)}`;
  return [{ name, family: 'header', program, labels, instances: [{ clause, instance, ...told }] }];
}

const readsIn = ({ fact }: HeaderCall) => fact.direction !== 'read';
const writesOut = ({ fact }: HeaderCall) => fact.direction !== 'write';

/** The core copies the argument in before the handler, and out after it whatever the handler said. */
function badAddresses(call: HeaderCall): Probe[] {
  const errno = 'EFAULT';
  return [
    { label: 'an argument that is not mapped', access: 'hole', errno },
    { label: 'an argument that cannot be accessed', access: 'none', errno },
    ...(writesOut(call)
      ? [{ label: 'an argument that cannot be written', access: 'read', errno } as const]
      : []),
    { label: 'an argument that ends on a guard page', beyond: 1, errno },
    { label: 'an argument at address 1', address: constant(1), errno },
    { label: 'an argument in the kernel half', address: constant(0xffff_8000_0000_0000n), errno },
    { label: 'an argument at the last byte', address: constant(0xffff_ffff_ffff_ffffn), errno },
  ];
}

/** The argument ends at a guard page, so one byte read or written too many shows. */
function shorter({ layout }: HeaderCall): Probe[] {
  const cuts = new Set([0, 1, layout.size - 1]);
  for (const { offset, size } of layout.fields) {
    if (cuts.size >= MOST_CUTS) break;
    for (const cut of [offset, offset + size]) cuts.add(cut);
  }
  return [...cuts]
    .filter(size => size >= 0 && size < layout.size)
    .sort((a, b) => a - b)
    .map(size => ({ label: `${size} of ${layout.size} bytes`, size }));
}

/** What lies behind the struct comes back as it was, or as zeros where the call only reads. */
function longer(call: HeaderCall): Probe[] {
  const { size } = call.layout;
  return [size + 1, size + 4, size + 8, 2 * size, 129, 4096]
    .filter(long => long > size && long <= LARGEST)
    .map(long => ({
      label: `${long} instead of ${size} bytes`,
      size: long,
      fill: { from: size, to: long, byte: POISON },
      kept: { from: size, to: long, orZero: !readsIn(call) },
    }));
}

/** Without the write bit nothing is copied in, and without the read bit nothing out. */
function directions(call: HeaderCall): Probe[] {
  const { size } = call.layout;
  const whole = { from: 0, to: size, byte: POISON };
  const kept = { from: 0, to: size, orZero: false };
  return [
    { label: 'direction none', direction: 'none', fill: whole, kept } as const,
    ...(call.fact.direction === 'read'
      ? [
          { label: 'direction write', direction: 'write', fill: whole, kept } as const,
          { label: 'direction readwrite', direction: 'readwrite', fill: whole } as const,
        ]
      : [{ label: 'direction read', direction: 'read', fill: whole } as const]),
    ...(call.fact.direction === 'write'
      ? [{ label: 'direction readwrite', direction: 'readwrite', kept } as const]
      : []),
    ...(call.fact.direction === 'readwrite'
      ? [{ label: 'direction write', direction: 'write', kept } as const]
      : []),
  ];
}

/** Bytes of the struct that no member has: whatever they are, the call ends the same and lets no others out. */
function holes({ layout, fact }: HeaderCall): Probe[] {
  return layout.holes.flatMap(({ offset, size }) =>
    [POISON, 0x5a].map(byte => ({
      label: `bytes ${offset} to ${offset + size - 1}, which no member has, are 0x${byte.toString(16)}`,
      fill: { from: offset, to: offset + size, byte },
      kept: { from: offset, to: offset + size, orZero: fact.direction !== 'write' },
    })),
  );
}
