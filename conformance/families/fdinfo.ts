/** What the keys of fdinfo promise about each other: Documentation/gpu/drm-usage-stats.rst. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import type { Trace } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { textOf } from './text.ts';

const ROOM = 4096;
/** The first descriptor that a program opens; the copy is the next. */
const FIRST = 3;
const LINE = /^([^:\n]*):[ \t]*(.*)$/gm;
/** What the kernel says of every descriptor: fs/proc/fd.c:64. */
const OF_ANY_FILE = ['pos', 'flags', 'mnt_id', 'ino', 'lock'];
const UNITS: Readonly<Record<string, bigint>> = { KiB: 1024n, MiB: 1024n * 1024n };
/** Of what each size is a part. */
const PARTS = [
  ['shared', 'total'],
  ['resident', 'total'],
  ['purgeable', 'resident'],
  ['active', 'resident'],
] as const;

type Keys = ReadonlyMap<string, string>;

function keysOf(text: string): Keys {
  return new Map([...text.matchAll(LINE)].map(([, key, value]) => [key!, value!]));
}

function bytes(value: string | undefined): bigint | undefined {
  const match = /^(\d+)(?: (KiB|MiB))?$/.exec(value ?? '');
  return match ? BigInt(match[1]!) * (UNITS[match[2] ?? ''] ?? 1n) : undefined;
}

/** The names behind a prefix, such as those of engines. */
function named(keys: Keys, prefix: string): string[] {
  return [...keys.keys()].filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length));
}

/** Where a part is larger than its whole; a size that is not printed is compared with nothing. */
export function wrongParts(keys: Keys): string | undefined {
  for (const [part, whole] of PARTS) {
    for (const region of named(keys, `drm-${part}-`)) {
      const [small, large] = [part, whole].map(each => bytes(keys.get(`drm-${each}-${region}`)));
      if (small !== undefined && large !== undefined && small > large)
        return `drm-${part}-${region} is ${small} bytes, and drm-${whole}-${region} is ${large}`;
    }
  }
  return undefined;
}

export function wrongCapacity(keys: Keys): string | undefined {
  const alone = named(keys, 'drm-engine-capacity-').find(name => !keys.has(`drm-engine-${name}`));
  return alone && `drm-engine-capacity-${alone} is there without drm-engine-${alone}`;
}

export function wrongCycles(keys: Keys): string | undefined {
  for (const name of named(keys, 'drm-cycles-')) {
    const beside = [`drm-total-cycles-${name}`, `drm-maxfreq-${name}`].filter(key => keys.has(key));
    if (beside.length !== 1)
      return `drm-cycles-${name} comes with ${beside.join(' and ') || 'neither drm-total-cycles nor drm-maxfreq'}`;
  }
  return undefined;
}

/** Keys that are neither common, nor the driver's, nor what every file has. */
export function wrongKeys(keys: Keys, driver: string): string | undefined {
  const strange = [...keys.keys()].find(
    key =>
      !OF_ANY_FILE.includes(key) &&
      (/\s/.test(key) || !(key.startsWith('drm-') || key.startsWith(`${driver}-`))),
  );
  return strange && `the key ${JSON.stringify(strange)} begins neither with drm- nor with ${driver}-`;
}

/** The address of a PCI device, as its parent in sysfs has it in its uevent; undefined for any other device. */
export function pciAddress(uevent: string): string | undefined {
  return /^PCI_SLOT_NAME=(\S+)$/m.exec(uevent)?.[1];
}

export function wrongDevice(keys: Keys, uevent: string): string | undefined {
  const address = pciAddress(uevent);
  const shown = keys.get('drm-pdev');
  if (address === undefined || shown === address) return undefined;
  return `drm-pdev is ${shown ?? 'not there'}, and the device is ${address}`;
}

function deprecated(keys: Keys): string | undefined {
  const old = named(keys, 'drm-memory-')[0];
  return old && `drm-memory-${old} is there, whose new name is drm-resident-${old}`;
}

export function fdinfoFamily(context: PlanContext): Case[] {
  if (context.driver.manifest.fdinfo !== true) return [];
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const copy = builder.step('duplicate the descriptor', 'dup', [fd]);
  const made = maker.freshHandle(fd, 'gem_handle');
  const info = (label: string, descriptor: number) =>
    builder.step(label, 'readfile', [
      builder.path(`/proc/self/fdinfo/${descriptor}`),
      addressOf(builder.buffer(ROOM, { align: 'start' })),
      constant(ROOM),
    ]);
  const [own, other] = [info('fdinfo', FIRST), info('fdinfo of the copy', FIRST + 1)];
  const names = nodeNames(nodeKindOf(context.nodePath), context.minor);
  const parent = builder.step('uevent of the device', 'readfile', [
    builder.path(`/sys/class/${names.class}/${names.name}/device/uevent`),
    addressOf(builder.buffer(ROOM, { align: 'start' })),
    constant(ROOM),
  ]);
  const controls = [step, copy, ...(made ? [made.step] : [])];
  const driver = String(context.params.get('version.name') ?? context.driver.name);
  const instance = (clause: ClauseId, wrong: (keys: Keys, copied: Keys) => string | undefined) => ({
    clause,
    instance: 'node',
    controls,
    probes: [own, other],
    look: (trace: Trace) => wrong(keysOf(textOf(trace, own)), keysOf(textOf(trace, other))),
  });
  return [
    {
      name: 'keys',
      family: 'fdinfo',
      program: builder.build(),
      labels: builder.labels,
      instances: [
        instance('fdinfo.driver-keys', keys => wrongKeys(keys, driver)),
        instance('fdinfo.duplicate', (keys, copied) => {
          const [a, b] = [keys, copied].map(each => each.get('drm-client-id'));
          return a === b ? undefined : `drm-client-id is ${a}, and ${b} for the copy of the descriptor`;
        }),
        {
          ...instance('fdinfo.device', () => undefined),
          missed: trace =>
            pciAddress(textOf(trace, parent)) === undefined ? 'the device is no PCI device' : undefined,
          look: trace => wrongDevice(keysOf(textOf(trace, own)), textOf(trace, parent)),
        },
        instance('fdinfo.capacity', wrongCapacity),
        instance('fdinfo.cycles', wrongCycles),
        instance('fdinfo.parts', wrongParts),
        instance('fdinfo.deprecated', deprecated),
      ],
    },
  ];
}
