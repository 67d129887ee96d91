/** The device is given up for dead: what the driver tells by a uevent of the node, and when it tells nothing. */
import { MANAGEMENT_KNOB, REPORTERS } from '../../reference/index.ts';
import { type Trace, ueventsDescription } from '../../schemas/index.ts';
import { datagrams } from '../netlink/answers.ts';
import { addressOf, constant, slotValue } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import type { ManagedPeer, PlanContext } from '../plan/context.ts';
import { HealthScene } from './health-scene.ts';
import { UnplugScene } from './unplug-scene.ts';

const NETLINK_KOBJECT_UEVENT = 15;
/** Those that the kernel tells, before udev. */
const GROUP = 1;
const ROOM = 2048;
/** More than one event of the device, and the read that finds nothing. */
const READS = 4;
const METHODS = ueventsDescription()
  .events.find(({ event }) => event === 'wedged')!
  .properties!.find(({ name }) => name === 'WEDGED')!.values!;
const ALONE: readonly string[] = ['none', 'unknown'];

/** What one uevent says, by the names of its properties. */
type Said = ReadonlyMap<string, string>;

class WedgedScene extends HealthScene {
  private readonly slot: number;
  private readonly place;

  constructor(peer: ManagedPeer) {
    super(peer);
    const { builder } = this;
    this.slot = builder.slot();
    const socket = builder.step('a socket of uevents', 'netlink', [constant(NETLINK_KOBJECT_UEVENT)], {
      captures: [{ slot: this.slot, from: 'return' }],
    });
    const joined = builder.step('hear what the kernel tells', 'membership', [
      slotValue(this.slot),
      constant(GROUP),
    ]);
    this.controls.push(socket, joined);
    this.place = addressOf(builder.buffer(ROOM, { align: 'start' }));
  }

  /** Reads what came of the last step; gives the reads. */
  uevents(): number[] {
    const args = [slotValue(this.slot), this.place, constant(ROOM)];
    return Array.from({ length: READS }, () => this.builder.step('receive a uevent', 'read', args));
  }

  /** Those of some reads that say WEDGED. */
  wedged(trace: Trace, reads: readonly number[]): Said[] {
    const text = new TextDecoder();
    return [...datagrams(trace)]
      .filter(({ step, op, socket }) => op === 'read' && socket === this.slot && reads.includes(step))
      .map(({ bytes }) => {
        const lines = text.decode(bytes).split('\0').slice(1);
        return new Map(
          lines.map((line): [string, string] => [line.split('=', 1)[0]!, line.replace(/^[^=]*=/, '')]),
        );
      })
      .filter(said => said.has('WEDGED'));
  }
}

/** The sentence for what is wrong with the ways that an event names. */
function wrongWays(ways: readonly string[]): string | undefined {
  const unknown = ways.find(each => !METHODS.includes(each));
  if (unknown !== undefined)
    return `${unknown || 'nothing'} is no way back, expected of ${METHODS.join(', ')}`;
  if (ways.length > 1 && ways.some(each => ALONE.includes(each)))
    return `${ways.join(',')} has beside others what stands alone`;
  const ranks = ways.map(each => METHODS.indexOf(each));
  if (ranks.some((rank, at) => at > 0 && rank <= ranks[at - 1]!))
    return `${ways.join(',')} is not each once, the mildest first`;
  return undefined;
}

/** The device is given up, with one way back, with two, and with none. */
function given(context: PlanContext, peer: ManagedPeer): Case {
  const scene = new WedgedScene(peer);
  const { recovers } = REPORTERS;
  scene.set(recovers, [
    ['health-reporter-auto-recover', 1n],
    ['health-reporter-graceful-period', 0n],
  ]);
  const error = scene.knob(`error ${recovers} hang`);
  const quiet = scene.uevents();
  const acts = ['rebind', 'bus-reset,rebind', 'vendor-specific', 'none', 'unknown'].map(ways => {
    const step = scene.knob(`wedge ${ways}`);
    return { step, ways: new Set(ways.split(',')), reads: scene.uevents() };
  });
  const probes = acts.map(({ step }) => step);
  const node = context.nodePath.replace(/^\/dev\//, '');
  return scene.case('health.wedged', [
    scene.about('health.wedged', 'node', [error, ...probes], (_, trace) => {
      const early = scene.wedged(trace, quiet).length;
      if (early > 0) return `step ${error}: WEDGED is told of an error that the device recovers from`;
      for (const { step, reads } of acts) {
        const said = scene.wedged(trace, reads);
        if (said.length !== 1) return `step ${step}: WEDGED is told ${said.length} times, expected once`;
        const [action, name] = [said[0]!.get('ACTION'), said[0]!.get('DEVNAME')];
        if (action !== 'change' || name !== node)
          return `step ${step}: WEDGED is told by ${action} of ${name ?? said[0]!.get('DEVPATH')}, expected change of ${node}`;
      }
      return undefined;
    }),
    scene.about('health.ways-back', 'node', probes, (_, trace) => {
      for (const { step, ways, reads } of acts)
        for (const said of scene.wedged(trace, reads)) {
          const told = said.get('WEDGED')!.split(',');
          const wrong = wrongWays(told);
          if (wrong) return `step ${step}: ${wrong}`;
          if (told.length !== ways.size || told.some(each => !ways.has(each)))
            return `step ${step}: ${told.join(',')} is told where ${[...ways].join(' and ')} bring the device back`;
        }
      return undefined;
    }),
  ]);
}

/** Nobody is left to give the device up when its driver has gone. */
function gone(context: PlanContext, peer: ManagedPeer): Case[] {
  if (!context.binding) return [];
  const scene = new WedgedScene(peer);
  const unplug = new UnplugScene(context, { name: 'unbind' }, 0, scene.builder);
  const before = scene.knob('wedge none');
  const first = scene.uevents();
  unplug.builder.close(unplug.fd, 'close the node');
  const left = unplug.unbind();
  const late = scene.command(MANAGEMENT_KNOB, 'wedge rebind');
  const reads = scene.uevents();
  const bound = unplug.bind();
  const about = scene.about('health.wedged', 'gone', [before, left, late], (_, trace) => {
    if (scene.wedged(trace, first).length !== 1) return `step ${before}: WEDGED is not told`;
    return scene.wedged(trace, reads).length === 0
      ? undefined
      : `step ${late}: WEDGED is told of a device that its driver has left`;
  });
  return [
    unplug.case(
      'wedged-gone',
      [{ ...about, controls: [...scene.controls, ...unplug.controls, left, bound] }],
      {
        family: 'health',
        labels: scene.builder.labels,
      },
    ),
  ];
}

export const wedgedCases = (context: PlanContext, peer: ManagedPeer): Case[] => [
  given(context, peer),
  ...gone(context, peer),
];
