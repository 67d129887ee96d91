/**
 * Calls at the same time: each pair runs in lanes that nothing orders, in many rounds, and is right when some order of
 * whole calls explains what was seen. Before and after it the same calls are made one after the other.
 */
import type { CallDescription, Value } from '../../schemas/index.ts';
import { constant, slotValue } from '../plan/builder.ts';
import type { Argument } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { nodeIoctls, type PlanContext } from '../plan/context.ts';
import { mapArguments, PROT_READ } from '../plan/map.ts';
import { offered } from '../plan/outlook.ts';
import { createdBy, creatorsOf, descriptorOf, releasedBy, releaserOf } from '../plan/resources.ts';
import { kindLookedUp, lookupsOf } from './lookup.ts';
import { offsetOf } from './mapping.ts';
import { raceOfMaps } from './race-map.ts';
import { NO_LANES, type Play, RaceScene, type RaceTitle, unreached } from './race-scene.ts';
import { raceOfWaits } from './race-wait.ts';

const SEEK_END = 2;
/** Outputs hold this before a call that may fail: as a descriptor it is none. */
const NONE = 0xff;

export function raceFamily(context: PlanContext): Case[] {
  const calls = offered(context, nodeIoctls(context.driver));
  const plays = [
    ...calls.flatMap(call => releases(context, call)),
    descriptors(context),
    ...calls.flatMap(call => uses(context, call)),
    ...calls.flatMap(call => creations(context, call)),
    ...complete(context),
    ...imports(context, calls),
    ...exclusive(context, calls),
    ...raceOfWaits(context, calls),
    ...calls.flatMap(call => mappings(context, call)),
    ...raceOfMaps(context),
  ];
  return plays.flatMap(({ title, play }) => {
    if (context.wanted?.(title) === false) return [];
    if (!context.hello.lanes) return [unreached(title, 'race', NO_LANES)];
    return play() ?? [];
  });
}

const isValue = (value: Argument | undefined): value is Value =>
  typeof value === 'object' && !(value instanceof Uint8Array) && value.kind === 'slot';

/** Two calls give up one handle. */
function releases(context: PlanContext, call: CallDescription): Play[] {
  const field = releasedBy(call);
  const resource = field === undefined ? undefined : call.semantics.fields[field]?.resource;
  if (field === undefined || resource === undefined) return [];
  const { beside } = releaserOf(context.driver, resource)!;
  const title: RaceTitle = {
    clause: 'race.release',
    instance: call.name,
    name: `${call.semantics.key}.twice`,
  };
  const play = () => {
    const scene = new RaceScene(context);
    const { maker, fd, controls } = scene;
    const alone = () => {
      const handle = scene.handle(resource);
      if (handle)
        controls.push(
          maker.call(fd, call, { ...beside, [field]: handle }, { label: `${call.name} (control)` }),
        );
      return handle;
    };
    if (!alone()) return undefined;
    const handle = scene.handle(resource)!;
    const lanes = [scene.ownMaker(), scene.ownMaker()];
    scene.together(
      `${call.name} twice at the same time`,
      ...lanes.map(own => () => own.call(fd, call, { ...beside, [field]: handle })),
    );
    alone();
    return scene.case(title);
  };
  return [{ title, play }];
}

function descriptors(context: PlanContext): Play {
  const title: RaceTitle = { clause: 'race.descriptor', instance: 'node', name: 'close.twice' };
  return {
    title,
    play: () => {
      const scene = new RaceScene(context);
      const { builder, controls } = scene;
      controls.push(builder.close(scene.open()));
      const fd = scene.open();
      const close = () => builder.close(fd);
      scene.together('close twice at the same time', close, close);
      controls.push(builder.close(scene.open()));
      return scene.case(title);
    },
  };
}

/** A call on a handle while it is given up. */
function uses(context: PlanContext, call: CallDescription): Play[] {
  const fields = new Map(lookupsOf(call).map(lookup => [lookup.field, lookup]));
  return [...fields.values()].flatMap(lookup => {
    const release = releaserOf(context.driver, lookup.resource);
    // What one client has already, none can have once more.
    if (!release || release.call === call || ONE_OF[call.name]) return [];
    const { field } = lookup;
    const title: RaceTitle = {
      clause: 'race.use',
      instance: `${call.name}.${field}`,
      name: `${call.semantics.key}.${field}.${release.call.semantics.key}`,
    };
    const play = () => {
      const pick = kindLookedUp(context, call, lookup);
      const scene = new RaceScene(context);
      const { fd, controls, maker } = scene;
      const [user, other] = [scene.ownMaker(), scene.ownMaker()];
      const control = pick && maker.good(fd, call, {}, pick);
      const made = pick && user.goodArguments(fd, call, pick);
      const handle = made?.values[field];
      if (!control || !made || !isValue(handle)) return undefined;
      controls.push(...control.setup, control.step, ...made.setup);
      scene.together(
        `${call.name} while ${release.call.name} takes its ${field}`,
        () => user.call(fd, call, made.values),
        () => other.call(fd, release.call, { ...release.beside, [release.field]: handle }),
      );
      scene.probes.push(user.call(fd, call, made.values, { label: `${call.name} of what has gone` }));
      const again = scene.ownMaker().good(fd, call, {}, pick);
      if (again) controls.push(...again.setup, again.step);
      return scene.case(title);
    };
    return [{ title, play }];
  });
}

/** Two calls make handles, of which each is given up afterwards. */
function creations(context: PlanContext, call: CallDescription): Play[] {
  const created = createdBy(call);
  if (!created) return [];
  const title: RaceTitle = {
    clause: 'race.create',
    instance: `${call.name}.${created.field}`,
    name: `${call.semantics.key}.two`,
  };
  const play = () => {
    const scene = new RaceScene(context);
    const { fd, controls, maker } = scene;
    const control = maker.good(fd, call);
    if (!control) return undefined;
    controls.push(...control.setup, control.step);
    const lanes = [scene.ownMaker(), scene.ownMaker()].map(own => ({
      own,
      good: own.goodArguments(fd, call)!,
    }));
    for (const { good } of lanes) controls.push(...good.setup);
    const handles: Value[] = [];
    scene.together(
      `${call.name} twice at the same time`,
      ...lanes.map(({ own, good }) => () => {
        const step = own.call(fd, call, good.values);
        handles.push(slotValue(scene.builder.lastSlot));
        return step;
      }),
    );
    const release = releaserOf(context.driver, created.resource);
    for (const handle of release ? handles : [])
      scene.probes.push(maker.call(fd, release!.call, { ...release!.beside, [release!.field]: handle }));
    return scene.case(title);
  };
  return [{ title, play }];
}

/** Somebody guesses the number of a handle that is being made. */
function complete(context: PlanContext): Play[] {
  const resource = 'gem_handle';
  const [call] = creatorsOf(context, resource);
  const release = releaserOf(context.driver, resource);
  const exported = context.driver.calls.get('DRM_IOCTL_PRIME_HANDLE_TO_FD');
  if (!call || !release || !exported || context.driver.primary.size > 0) return [];
  const title: RaceTitle = {
    clause: 'race.complete',
    instance: call.name,
    name: `${call.semantics.key}.guessed`,
  };
  const play = () => {
    const scene = new RaceScene(context);
    const { fd, controls, maker, builder } = scene;
    const guess = scene.handle(resource);
    if (!guess) return undefined;
    controls.push(maker.call(fd, release.call, { ...release.beside, [release.field]: guess }));
    const [creator, other] = [scene.ownMaker(), scene.ownMaker()];
    const good = creator.goodArguments(fd, call)!;
    controls.push(...good.setup);
    const slot = builder.slot();
    scene.together(
      `${call.name} while another exports the handle that it may give`,
      () => creator.call(fd, call, good.values),
      () => [
        other.call(fd, exported, { handle: guess, flags: 0n }, { poison: NONE, keep: { field: 'fd', slot } }),
        builder.step('its size', 'lseek', [slotValue(slot), constant(0), constant(SEEK_END)]),
      ],
    );
    return scene.case(title);
  };
  return [{ title, play }];
}

/** Another client's buffer is imported twice into one file, or named twice. */
function imports(context: PlanContext, calls: readonly CallDescription[]): Play[] {
  const [call, exported] = ['DRM_IOCTL_PRIME_FD_TO_HANDLE', 'DRM_IOCTL_PRIME_HANDLE_TO_FD'].map(name =>
    calls.find(each => each.name === name),
  );
  const release = releaserOf(context.driver, 'gem_handle');
  if (!call || !exported || !release || descriptorOf(exported) === undefined) return [];
  const title: RaceTitle = { clause: 'race.import', instance: call.name, name: `${call.semantics.key}.same` };
  const play = () => {
    const scene = new RaceScene(context);
    const { controls, maker, builder } = scene;
    const owner = scene.open('open another client');
    const handle = scene.handle('gem_handle', owner);
    if (!handle) return undefined;
    const slot = builder.slot();
    controls.push(
      maker.call(
        owner,
        exported,
        { handle, flags: 0n },
        { keep: { field: 'fd', slot }, label: 'export a buffer' },
      ),
    );
    const handles: Value[] = [];
    const lanes = [scene.ownMaker(), scene.ownMaker()];
    scene.together(
      `${call.name} of the same dma-buf twice at the same time`,
      ...lanes.map(own => () => {
        const step = own.call(scene.fd, call, { fd: slotValue(slot), flags: 0n });
        handles.push(slotValue(builder.lastSlot));
        return step;
      }),
    );
    // The second time there is nothing left, unless there were two.
    for (const each of handles)
      scene.probes.push(maker.call(scene.fd, release.call, { ...release.beside, [release.field]: each }));
    return scene.case(title);
  };
  return [{ title, play }];
}

/** What a whole device has one of. */
const ONE_OF: Readonly<Record<string, string>> = { DRM_IOCTL_ETHOSU_PERFMON_SET_GLOBAL: 'id' };

function exclusive(context: PlanContext, calls: readonly CallDescription[]): Play[] {
  return calls.flatMap(call => {
    const field = ONE_OF[call.name];
    if (field === undefined) return [];
    const title: RaceTitle = {
      clause: 'race.exclusive',
      instance: call.name,
      name: `${call.semantics.key}.two`,
    };
    const play = () => {
      const scene = new RaceScene(context);
      const lanes = [scene.fd, scene.open('open another client')].map(fd => {
        const own = scene.ownMaker();
        return { own, fd, good: own.goodArguments(fd, call)! };
      });
      for (const { good } of lanes) scene.controls.push(...good.setup);
      scene.together(
        `${call.name} of two clients at the same time`,
        ...lanes.map(
          ({ own, fd, good }) =>
            () =>
              own.call(fd, call, good.values),
        ),
      );
      return scene.case(title);
    };
    return [{ title, play }];
  });
}

/** A mapping while the handle is given up. */
function mappings(context: PlanContext, call: CallDescription): Play[] {
  const field = offsetOf(call);
  const release = releaserOf(context.driver, 'gem_handle');
  const named = Object.entries(call.semantics.fields).find(([, { role }]) => role === 'handle')?.[0];
  if (field === undefined || !release || named === undefined) return [];
  const title: RaceTitle = {
    clause: 'race.mapping',
    instance: call.name,
    name: `${call.semantics.key}.mmap`,
  };
  const play = () => {
    const scene = new RaceScene(context);
    const { builder, controls, fd, maker } = scene;
    const [offset, at] = [builder.slot(), builder.slot()];
    const made = maker.good(fd, call, { keep: { field, slot: offset } });
    if (!made) return undefined;
    controls.push(...made.setup, made.step);
    const handle = maker.creates(call) ? slotValue(builder.lastSlot) : made.values[named];
    if (!isValue(handle)) return undefined;
    const args = mapArguments(fd, slotValue(offset), constant(context.hello.pageSize), PROT_READ);
    scene.together(
      'mmap while the handle is given up',
      () =>
        builder.step('map it', 'mmap', args, {
          captures: [{ slot: at, from: 'return' }],
        }),
      () => scene.ownMaker().call(fd, release.call, { ...release.beside, [release.field]: handle }),
    );
    scene.probes.push(builder.step('look at it', 'load', [slotValue(at), constant(4)]));
    return scene.case(title);
  };
  return [{ title, play }];
}
