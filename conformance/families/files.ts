/**
 * The other files that a node hands out: calls on dma-bufs and sync files, made well and with one thing wrong.
 * A driver that exports no buffer has none of this.
 */
import {
  type CallDescription,
  type CheckRule,
  checks,
  encodeRequest,
  FILE_LETTERS,
  type FileKind,
  fileCalls,
  type HandedOut,
  systemConstant,
  type Value,
} from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, slotValue } from '../plan/builder.ts';
import { type CallShape, descriptorOf } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { outlook } from '../plan/outlook.ts';
import { derive, Random } from '../plan/random.ts';
import { Sandwich } from '../plan/sandwich.ts';
import { fenceScenes } from './file-fences.ts';
import { namesOfFiles } from './file-names.ts';
import { pendingScenes } from './file-pending.ts';
import { checkCase } from './rules.ts';

const KINDS = Object.keys(FILE_LETTERS) as HandedOut[];
const F_GETFD = systemConstant('F_GETFD');
/** DMA_BUF_SYNC_END: without a direction it is refused like the beginning. */
const END = BigInt(systemConstant('DMA_BUF_SYNC_END'));
/** Numbers behind a letter that are tried beside the first and the last. */
const SOME = 12;

export function filesFamily(context: PlanContext): Case[] {
  const possible = (call: CallDescription) => outlook(context, call).kind === 'succeeds';
  const cases = KINDS.flatMap(kind => {
    const calls = fileCalls(context.driver, kind).filter(possible);
    if (calls.length === 0) return [];
    return [numbers(context, kind, calls), ...calls.flatMap(call => ofCall(context, call))];
  });
  // A sync file can come of a syncobj, too, where nothing makes a buffer.
  const withBuffer = fileCalls(context.driver, 'dma-buf').some(possible);
  return !withBuffer
    ? cases
    : [...cases, ...namesOfFiles(context), ...fenceScenes(context), ...pendingScenes(context)];
}

function ofCall(context: PlanContext, call: CallDescription): Case[] {
  const made = (clause: string) => checks(call.semantics.body).filter(check => check.clause === clause);
  return [
    wellMade(context, call),
    badMemory(context, call),
    ...made('files.reserved').map(check =>
      checkCase(context, call, check, 'files', 'files.reserved', check.check),
    ),
    ...made('files.value').map(check => noDirection(context, call, check)),
    ...made('files.descriptor').map(check => wrongDescriptor(context, call, check)),
  ];
}

function finish(sandwich: Sandwich, clause: ClauseId, instance: string, more: Partial<Instance> = {}): Case {
  return {
    name: `${clause.slice(clause.indexOf('.') + 1)}.${instance}`,
    family: 'files',
    program: sandwich.builder.build(),
    labels: sandwich.builder.labels,
    instances: [{ clause, instance, ...sandwich.steps(), ...more }],
  };
}

/** The call with every value that its members may have, and what becomes of a new descriptor on exec. */
function wellMade(context: PlanContext, call: CallDescription): Case {
  const sandwich = new Sandwich(context, call);
  const { builder, maker, probes, on } = sandwich;
  const members = Object.entries(call.semantics.fields).filter(([, role]) => role.valid !== undefined);
  const made = descriptorOf(call);
  const changes = members.flatMap(([name]) =>
    maker.goodValues(call, name).map(value => ({ name, value, title: `${name} = ${value}` })),
  );
  for (const change of changes) {
    const values = { ...sandwich.arguments(), [change.name]: change.value };
    sandwich.probe(values, change.title);
  }
  const slot = builder.slot();
  const keep = made === undefined ? {} : { keep: { field: made, slot } };
  probes.push(maker.call(on, call, sandwich.arguments(), { ...keep, label: `${call.name} (good)` }));
  if (made !== undefined)
    probes.push(
      builder.step('look whether exec closes it', 'fcntl', [slotValue(slot), constant(F_GETFD), constant(0)]),
    );
  // That the call succeeds is what the clause says: its own controls are probes too.
  const { controls, ...steps } = sandwich.steps();
  const own = controls.filter(step => builder.labels[step] === `${call.name} (control)`);
  const more = {
    controls: controls.filter(step => !own.includes(step)),
    probes: [...own, ...steps.probes].sort((a, b) => a - b),
  };
  return finish(sandwich, 'files.call', call.name, more);
}

/** Arguments that cannot be read or written. */
function badMemory(context: PlanContext, call: CallDescription): Case {
  const sandwich = new Sandwich(context, call);
  const { builder, maker } = sandwich;
  const size = Math.max(maker.layout(call).size, 1);
  const shapes: CallShape[] = [
    { label: 'an argument that is not mapped', access: 'hole' },
    { label: 'an argument that cannot be accessed', access: 'none' },
    { label: 'an argument that cannot be written', access: 'read' },
    { label: 'a NULL argument', address: constant(0) },
    { label: 'an argument at address 1', address: constant(1) },
    { label: 'an argument in the kernel half', address: constant(0xffff_8000_0000_0000n) },
    { label: 'an argument at the last byte', address: constant(0xffff_ffff_ffff_ffffn) },
  ];
  if (size > 1)
    shapes.push({
      label: 'an argument that ends on a guard page',
      address: addressOf(builder.buffer(size, { align: 'end' }), 1),
    });
  for (const { label = '', ...shape } of shapes) sandwich.probe(sandwich.arguments(), label, shape);
  for (const [name, role] of Object.entries(call.semantics.fields)) {
    const { count } = role.target ?? {};
    if (role.role !== 'pointer' || count === undefined) continue;
    for (const access of ['hole', 'none', 'read'] as const)
      sandwich.probe(
        {
          ...sandwich.arguments(),
          [count]: 4n,
          [name]: addressOf(builder.buffer(4096, { access, align: 'start' })),
        },
        `${name} to memory with ${access === 'read' ? 'read access only' : 'no access'}`,
      );
  }
  return finish(sandwich, 'files.memory', call.name);
}

/** Access to a buffer that neither reads nor writes. */
function noDirection(context: PlanContext, call: CallDescription, check: CheckRule): Case {
  const sandwich = new Sandwich(context, call);
  const wrong = call.name === 'DMA_BUF_IOCTL_SYNC' ? [0n, END] : [0n];
  for (const flags of wrong) sandwich.probe({ ...sandwich.arguments(), flags }, `flags = ${flags}`);
  return finish(sandwich, 'files.value', `${call.name}.${check.check}`);
}

/** Everything that is no sync file. */
function wrongDescriptor(context: PlanContext, call: CallDescription, check: CheckRule): Case {
  const sandwich = new Sandwich(context, call);
  const { builder, maker, fd } = sandwich;
  const [field] = Object.entries(call.semantics.fields).find(([, role]) => role.descriptor !== undefined)!;
  const others: [string, Value][] = [
    ['no descriptor', constant(-1)],
    ['a number far away', constant(0x7fffffff)],
    ['the node', fd],
  ];
  for (const kind of ['dma-buf', 'eventfd', 'syncobj'] satisfies FileKind[]) {
    const made = maker.freshDescriptor(fd, kind);
    if (!made) continue;
    sandwich.controls.push(...made.steps);
    others.push([`a descriptor of a ${kind}`, made.fd]);
  }
  const closed = maker.freshDescriptor(fd, 'sync-file')!;
  sandwich.controls.push(...closed.steps);
  for (const [title, value] of others) sandwich.probe({ ...sandwich.arguments(), [field]: value }, title);
  // Last, and on arguments of before: whatever is opened next gets its number.
  const values = sandwich.arguments();
  sandwich.controls.push(builder.close(closed.fd, 'close a sync file'));
  sandwich.probe({ ...values, [field]: closed.fd }, 'a closed descriptor');
  return finish(sandwich, 'files.descriptor', `${call.name}.${check.check}`);
}

/** Requests of another number, size or direction, and those of the other kind of file and of the node. */
function numbers(context: PlanContext, kind: HandedOut, calls: readonly CallDescription[]): Case {
  const sandwich = new Sandwich(context, calls[0]!);
  const own = fileCalls(context.driver, kind);
  const requests = new Set(own.map(call => encodeRequest(sandwich.maker.parts(call))));
  const letter = FILE_LETTERS[kind];
  const random = new Random(derive(context.seed, `numbers of a ${kind}`));
  const used = own.map(({ request }) => request!.number);
  const free = Array.from({ length: 256 }, (_, number) => number).filter(number => !used.includes(number));
  const chosen = new Set([free[0]!, free.at(-1)!, ...Array.from({ length: SOME }, () => random.pick(free))]);
  const shapes: CallShape[] = [...chosen]
    .sort((a, b) => a - b)
    .map(number => ({ label: `number 0x${number.toString(16)}`, request: { letter, number } }));
  for (const call of own) {
    const parts = sandwich.maker.parts(call);
    for (const size of [0, parts.size + 1, 2 * parts.size])
      shapes.push({ label: `${call.name} with a size of ${size}`, request: { ...parts, size } });
    for (const direction of ['none', 'read', 'write', 'readwrite'] as const)
      shapes.push({ label: `${call.name} with direction ${direction}`, request: { ...parts, direction } });
  }
  const others = KINDS.filter(each => each !== kind).flatMap(each => fileCalls(context.driver, each));
  for (const call of [...others, context.driver.calls.get('DRM_IOCTL_VERSION')!])
    shapes.push({ label: call.name, request: sandwich.maker.parts(call) });
  for (const { label = '', request } of shapes) {
    const whole = { ...sandwich.maker.parts(calls[0]!), ...request };
    // A macro that differs in its name only, or in a size that the header gives to both.
    if (requests.has(encodeRequest(whole))) continue;
    sandwich.probe(sandwich.arguments(), label, { request: whole, room: 4096, align: 'start' });
  }
  return finish(sandwich, 'files.number', kind, { newerMayDiffer: true });
}
