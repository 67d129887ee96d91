/** What the node for information answers: the same as the compute node, whenever it is asked. */
import type { CallDescription, Trace, Value } from '../../schemas/index.ts';
import { addressOf, constant } from '../plan/builder.ts';
import type { CallShape } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import type { PlanContext } from '../plan/context.ts';
import { POISON } from '../plan/sandwich.ts';
import { ControlScene, kindsOf, queriesOf, watchedQuery } from './control-scene.ts';
import { busyClient, madeCalls } from './isolation-client.ts';
import { Differential, type Watched } from './isolation-trace.ts';
import { textOf } from './text.ts';

const OPENERS = 3;
const ROOM = 4096;
/** The first descriptor that a program opens. */
const FIRST = 3;
const LONGER = 24;
/** What tells of a client, or of the use that clients make of the device (Documentation/gpu/drm-usage-stats.rst). */
const OF_CLIENTS =
  /^(drm-(?:client|engine|cycles|maxfreq|total|shared|resident|purgeable|active|memory)\S*):/m;

export function answers(context: PlanContext): Case[] {
  return [
    ...queriesOf(context).flatMap(call => [same(context, call), arguments_(context, call)]),
    beside(context),
    apart(context),
    usage(context),
  ];
}

/** The same query on both nodes. */
function same(context: PlanContext, call: CallDescription): Case {
  const scene = new ControlScene(context);
  const node = scene.node();
  const { step, fd } = scene.control();
  scene.controls.push(step);
  const rounds = kindsOf(context, call).map(({ pick }) => {
    const ask = (from: Value, label?: string) =>
      watchedQuery(scene, call, scene.query(from, call, pick, label));
    const label = `${call.name} on the compute node`;
    return { own: ask(node, label), other: ask(fd), again: ask(node, label) };
  });
  const differential = new Differential(context, () =>
    rounds.flatMap(({ own, other, again }) => [own, other, again]),
  );
  const look = (trace: Trace) => {
    for (const { own, other, again } of rounds) {
      const differs = (than: Watched) => differential.look(trace, [own], [than]);
      // What moves by itself tells nothing.
      const found = differs(again) === undefined ? differs(other) : undefined;
      if (found !== undefined) return found.replace(/ alone/g, ' on the compute node');
    }
    return undefined;
  };
  const instance: Instance = {
    clause: 'control.same-answers',
    instance: call.name,
    controls: scene.controls,
    probes: rounds.map(({ other }) => other.step),
    look,
  };
  return scene.case(`same.${call.semantics.key}`, [instance]);
}

/** What holds of arguments on the compute node holds here (chapter 5). */
function arguments_(context: PlanContext, call: CallDescription): Case {
  const scene = new ControlScene(context);
  const { builder, maker } = scene;
  const { step, fd } = scene.control();
  scene.controls.push(step);
  const { size } = maker.layout(call);
  const shapes: CallShape[] = [
    { label: 'a NULL argument', address: constant(0) },
    { label: 'an argument that is not there', address: addressOf(builder.buffer(0, { access: 'hole' })) },
    { label: 'an argument that cannot be written', access: 'read' },
    ...[1, 4, 8].filter(less => less < size).map(less => shorter(call, size - less)),
    { label: 'a longer argument', request: { size: size + LONGER }, room: size + LONGER },
  ];
  const probes = shapes.map(shape => {
    scene.controls.push(scene.query(fd, call));
    const values = scene.arguments(fd, call);
    return maker.call(fd, call, values, { poison: POISON, ...shape, label: `${call.name}: ${shape.label}` });
  });
  scene.controls.push(scene.query(fd, call));
  return scene.case(`arguments.${call.semantics.key}`, [
    { clause: 'control.arguments', instance: call.name, controls: scene.controls, probes },
  ]);
}

const shorter = (_call: CallDescription, size: number): CallShape => ({
  label: `an argument of ${size} bytes`,
  request: { size },
  room: size,
});

/** While a client has the compute node and its work runs, and several look at once. */
function beside(context: PlanContext): Case {
  const scene = new ControlScene(context);
  const { builder } = scene;
  const calls = queriesOf(context);
  const early = scene.control('open the node for information before anybody');
  const busy = busyClient(builder, context);
  scene.controls.push(busy.opened);
  const queries = (fd: ReturnType<typeof scene.control>['fd']) =>
    calls.map(call => [call.name, scene.query(fd, call)] as const);
  const during = [...queries(early.fd)];
  const more = Array.from({ length: OPENERS }, () => scene.control('open it beside the others'));
  for (const { fd } of more) during.push(...queries(fd));
  busy.unmap();
  builder.close(busy.fd, 'close the client');
  during.push(...queries(early.fd));
  const at = (name: string) => during.flatMap(([own, step]) => (own === name ? [step] : []));
  return scene.case('beside', [
    ...calls.map(
      ({ name }): Instance => ({
        clause: 'control.while-busy',
        instance: name,
        controls: [early.step, busy.opened],
        probes: at(name),
      }),
    ),
    {
      clause: 'control.openers',
      instance: 'node',
      controls: [busy.opened],
      probes: [early.step, ...more.map(({ step }) => step)],
    },
  ]);
}

/** Whoever has it open keeps nobody out, and leaves without a trace. */
function apart(context: PlanContext): Case {
  const scene = new ControlScene(context);
  const { builder, maker } = scene;
  const version = scene.context.driver.calls.get('DRM_IOCTL_VERSION')!;
  const before = scene.control();
  const first = builder.open(context.nodePath, 2, 'open the compute node while it is open');
  const probes = [first.step, maker.good(first.fd, version)!.step];
  const other = scene.control('open it again');
  probes.push(builder.close(other.fd, 'close it again'), maker.good(first.fd, version)!.step);
  for (const call of madeCalls(context).filter(each => maker.creates(each))) {
    const made = maker.goodArguments(first.fd, call);
    if (!made) continue;
    probes.push(
      ...made.setup,
      maker.call(first.fd, call, made.values, { label: `${call.name} of the client` }),
    );
  }
  probes.push(
    builder.close(before.fd, 'close the node for information'),
    maker.good(first.fd, version)!.step,
  );
  const releases = builder.close(first.fd, 'close the client');
  return scene.case('apart', [
    {
      clause: 'control.keeps-nobody-out',
      instance: 'node',
      controls: [before.step],
      probes: [...probes, releases],
    },
  ]);
}

function usage(context: PlanContext): Case {
  const scene = new ControlScene(context);
  const { builder } = scene;
  const { step } = scene.control();
  const busy = busyClient(builder, context);
  const path = builder.path(`/proc/self/fdinfo/${FIRST}`);
  const room = addressOf(builder.buffer(ROOM, { align: 'start' }));
  const read = builder.step('read its fdinfo', 'readfile', [path, room, constant(ROOM)]);
  busy.unmap();
  builder.close(busy.fd, 'close the client');
  const look = (trace: Trace) => {
    const key = OF_CLIENTS.exec(textOf(trace, read))?.[1];
    return key === undefined ? undefined : `its fdinfo tells of clients: it has the key ${key}`;
  };
  return scene.case('usage', [
    { clause: 'control.usage', instance: 'node', controls: [step, busy.opened, read], probes: [read], look },
  ]);
}
