/** Usage counters in fdinfo: they follow what the client did, and nobody else's work. */
import type { Trace } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { payloads } from '../plan/payloads.ts';
import { textOf } from './text.ts';

const ROOM = 4096;
/** Longer than a job of the plainest kind takes. */
const SETTLE_MS = 20;
/** The first descriptor that a program opens. */
const FIRST = 3;
const ENGINE = /^drm-engine-(?!capacity-)(\S+):\t+(\d+) ns$/gm;
const TOTAL = /^drm-total-(\S+):\t+(\d+)(?: (KiB|MiB))?$/gm;
/** How many engines of a kind there are. */
const CAPACITY = (name: string) => new RegExp(`^drm-engine-capacity-${name}:\\t+(\\d+)$`, 'm');
const UNITS: Readonly<Record<string, bigint>> = { KiB: 1024n, MiB: 1024n * 1024n };

/** Time in ns by engine. */
function engines(text: string): Map<string, bigint> {
  return new Map([...text.matchAll(ENGINE)].map(([, name, ns]) => [name!, BigInt(ns!)]));
}

/** Bytes in all regions. */
function total(text: string): bigint | undefined {
  const found = [...text.matchAll(TOTAL)];
  if (found.length === 0) return undefined;
  return found.reduce((sum, [, , number, unit]) => sum + BigInt(number!) * (UNITS[unit ?? ''] ?? 1n), 0n);
}

interface Looks {
  readonly idle: number;
  readonly made: number;
  readonly worked: number;
  readonly closed: number;
  /** Of the client that does nothing. */
  readonly other: readonly [number, number];
}

function memoryWrong(trace: Trace, looks: Looks): string | undefined {
  const at = (step: number) => total(textOf(trace, step));
  const [idle, made, worked, closed] = [looks.idle, looks.made, looks.worked, looks.closed].map(at);
  if (idle === undefined || made === undefined || worked === undefined || closed === undefined)
    return undefined;
  if (made <= idle) return `a buffer was made, and drm-total went from ${idle} to ${made} bytes`;
  const given = worked - closed;
  return given === made - idle
    ? undefined
    : `the buffer took ${made - idle} bytes, and closing its handle gave back ${given}`;
}

function enginesWrong(trace: Trace, looks: Looks): string | undefined {
  const steps = [looks.idle, looks.made, looks.worked, looks.closed];
  const seen = steps.map(step => engines(textOf(trace, step)));
  const [first, last] = [trace.results[looks.idle], trace.results[looks.closed]];
  for (const [name, start] of seen[0]!) {
    const times = seen.map(each => each.get(name) ?? -1n);
    const back = times.findIndex((time, at) => at > 0 && time < times[at - 1]!);
    if (back >= 0) return `drm-engine-${name} went from ${times[back - 1]} to ${times[back]} ns`;
    const passed = (last?.after ?? 0n) - (first?.before ?? 0n);
    const used = times.at(-1)! - start;
    const capacity = BigInt(CAPACITY(name).exec(textOf(trace, looks.closed))?.[1] ?? 1);
    if (used > passed * capacity) return `drm-engine-${name} grew by ${used} ns in ${passed} ns`;
  }
  const [before, after] = looks.other.map(step => engines(textOf(trace, step)));
  for (const [name, time] of before!)
    if (after!.get(name) !== time)
      return `drm-engine-${name} of a client that does nothing went from ${time} to ${after!.get(name)} ns`;
  return undefined;
}

export function usageFamily(context: PlanContext): Case[] {
  if (context.driver.manifest.fdinfo !== true) return [];
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const releaser = maker.releaser('gem_handle');
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step, builder.open(context.nodePath, O_RDWR, 'open another client').step];
  const info = (label: string, descriptor: number) =>
    builder.step(label, 'readfile', [
      builder.path(`/proc/self/fdinfo/${descriptor}`),
      addressOf(builder.buffer(ROOM, { align: 'start' })),
      constant(ROOM),
    ]);
  const [idle, otherIdle] = [
    info('fdinfo before', FIRST),
    info('fdinfo of the other client before', FIRST + 1),
  ];
  const made = maker.freshHandle(fd, 'gem_handle');
  if (!releaser || !made) return [];
  controls.push(made.step);
  const more = info('fdinfo with a buffer', FIRST);
  for (const call of offered(context, nodeIoctls(context.driver))) {
    const payload = payloads(call).find(({ works }) => works);
    const good = payload?.build(maker, fd, call, () => 0);
    if (!good) continue;
    controls.push(...good.setup, maker.call(fd, call, good.values, { label: 'a job' }));
    builder.step('let it end', 'sleep', [constant(SETTLE_MS)]);
  }
  const worked = info('fdinfo after it', FIRST);
  controls.push(maker.call(fd, releaser.call, { ...releaser.beside, [releaser.field]: made.handle }));
  const closed = info('fdinfo without the buffer', FIRST);
  const otherLater = info('fdinfo of the other client later', FIRST + 1);
  const looks: Looks = { idle, made: more, worked, closed, other: [otherIdle, otherLater] };
  const probes = [idle, more, worked, closed, otherIdle, otherLater];
  const instance = (name: string, look: (trace: Trace) => string | undefined) =>
    ({ clause: 'file.usage', instance: name, controls, probes, look }) as const;
  return [
    {
      name: 'usage',
      family: 'usage',
      program: builder.build(),
      labels: builder.labels,
      instances: [
        instance('memory', trace => memoryWrong(trace, looks)),
        instance('engines', trace => enginesWrong(trace, looks)),
      ],
    },
  ];
}
