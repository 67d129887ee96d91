/** The firmware of the device, where devlink answers for it (spec/chapters/20-firmware.md). */
import { buildImage, FIRMWARE_COMPONENTS, OVERWRITE, SETTINGS } from '../../reference/index.ts';
import { DeviceScene, flashFields } from '../management/device-scene.ts';
import { infoOf, type Told } from '../management/told.ts';
import type { Case } from '../plan/case.ts';
import type { ManagedPeer, PlanContext } from '../plan/context.ts';
import { histories } from './firmware-random.ts';
import {
  backwards,
  early,
  kept,
  onceEach,
  PAYLOAD_BYTES,
  partsOf,
  updates,
  wrongImages,
} from './firmware-scene.ts';

const [APP, BOOT] = FIRMWARE_COMPONENTS;
const NOBODY = 65534;
const PAUSE_US = 0;

export function firmwareFamily({ managed, seed }: PlanContext): Case[] {
  if (!managed) return [];
  return [
    listed(managed),
    ...FIRMWARE_COMPONENTS.map(component => updated(managed, component)),
    refused(managed),
    interrupted(managed),
    overwritten(managed),
    together(managed),
    unprivileged(managed),
    ...histories(managed, { seed }),
  ];
}

/** The version of a component in one look. */
const version = (told: Told, step: number, group: 'running' | 'stored', name: string) =>
  infoOf(told.answer(step))?.[group].get(name);

function listed(peer: ManagedPeer): Case {
  const scene = new DeviceScene(peer);
  const one = scene.info();
  const all = scene.ask('info-get', [], { dump: true });
  return scene.case('firmware.listed', [
    scene.about('firmware.listed', 'info-get', [one, all], told => {
      const info = infoOf(told.answer(one));
      if (!info) return 'info-get gave no answer';
      if (info.driver === '') return 'the name of the driver lacks';
      if (info.fixed.size === 0) return 'nothing is told that identifies the design of the device';
      const lacks = [...info.stored.keys()].find(name => !info.running.has(name));
      if (lacks !== undefined) return `${lacks} is stored, and what runs of it is not told`;
      if (info.stored.size === 0) return 'no stored version is told';
      const dumped = told
        .answer(all)
        .replies.map(fields => infoOf({ ...told.answer(all), replies: [fields] }));
      return dumped.some(each => each?.serial === info.serial) ? undefined : 'the dump leaves the device out';
    }),
  ]);
}

/** Updates of one component that go well: activated, and by a restart. */
function updated(peer: ManagedPeer, component: string): Case {
  const scene = new DeviceScene(peer);
  const [second, third] = ['2.0.0', '3.0.0'];
  const files = [second, third].map(each => scene.image(partsOf(component, each)));
  const before = scene.info();
  const first = scene.flash(files[0]!, component);
  const stored = scene.info();
  const activated = scene.activate();
  const runs = scene.info();
  const unnamed = scene.flash(files[1]!);
  const again = scene.info();
  scene.knob('power');
  const restarted = scene.info();
  const flashes = [first, unnamed];
  const others = (told: Told, step: number) => {
    const info = infoOf(told.answer(step));
    const old = infoOf(told.answer(before));
    for (const group of ['running', 'stored'] as const)
      for (const [name, value] of info?.[group] ?? [])
        if (name !== component && old?.[group].get(name) !== value)
          return `step ${step}: ${name} (${group}) was ${old?.[group].get(name)} and is ${value}`;
    return undefined;
  };
  const looks = [stored, runs, again, restarted];
  const expect = (told: Told, step: number, running: string | undefined, kept: string) => {
    const [is, has] = [version(told, step, 'running', component), version(told, step, 'stored', component)];
    if (has !== kept) return `step ${step}: ${component} is stored as ${has}, expected ${kept}`;
    return is === running ? undefined : `step ${step}: ${component} ${is} runs, expected ${running}`;
  };
  return scene.case(`firmware.updated-${component}`, [
    scene.about('firmware.update', component, [...flashes, ...looks], told => {
      const failed = flashes.find(step => !told.worked(step));
      if (failed !== undefined)
        return `step ${failed}: a good image is refused with ${told.answer(failed).errno}`;
      const old = version(told, before, 'running', component);
      return expect(told, stored, old, second) ?? expect(told, again, second, third);
    }),
    scene.about('firmware.activation', component, [activated, ...looks], told => {
      const old = version(told, before, 'running', component);
      if (version(told, stored, 'running', component) !== old)
        return `step ${stored}: ${component} runs as ${version(told, stored, 'running', component)} before it is activated`;
      if (!told.worked(activated)) return `the activation is refused with ${told.answer(activated).errno}`;
      return expect(told, runs, second, second) ?? expect(told, restarted, third, third);
    }),
    scene.about('firmware.component', component, [first, ...looks], told => {
      for (const step of looks) {
        const found = others(told, step);
        if (found !== undefined) return found;
      }
      return undefined;
    }),
    scene.about('firmware.fixed', component, looks, told => {
      const fixed = (step: number) => JSON.stringify([...(infoOf(told.answer(step))?.fixed ?? [])]);
      const moved = looks.find(step => fixed(step) !== fixed(before));
      return moved === undefined
        ? undefined
        : `step ${moved}: fixed was ${fixed(before)} and is ${fixed(moved)}`;
    }),
    ...progress(scene, component, flashes, []),
  ]);
}

/** What is told of updates, whether they go well or not. */
function progress(
  scene: DeviceScene,
  instance: string,
  begun: readonly number[],
  stopped: readonly number[],
) {
  const each = (
    told: Told,
    look: (update: ReturnType<typeof updates>['all'][number], step: number) => string | undefined,
  ) => {
    for (const step of begun)
      for (const update of updates(told.of(step)).all) {
        const found = look(update, step);
        if (found !== undefined) return `step ${step}: ${found}`;
      }
    return undefined;
  };
  return [
    scene.about('firmware.end', instance, [...begun, ...stopped], told => onceEach(told, begun, stopped)),
    scene.about('firmware.progress-order', instance, begun, told => each(told, backwards)),
    scene.about('firmware.progress-done', instance, begun, told =>
      each(told, (update, step) => early(update, told.worked(step))),
    ),
    scene.about('firmware.progress', instance, begun, told =>
      each(told, ({ statuses }, step) =>
        !told.worked(step) || statuses.some(({ total }) => total > 0n)
          ? undefined
          : 'nothing tells how far it is',
      ),
    ),
  ];
}

function refused(peer: ManagedPeer): Case {
  const scene = new DeviceScene(peer);
  const wrong = wrongImages(APP, BOOT).map(({ what, content }, index) => ({
    what,
    file: scene.file(`wrong-${index}.img`, content),
  }));
  const good = scene.image(partsOf(APP, '2.0.0'));
  const before = scene.info();
  const tries = wrong.map(({ what, file }) => ({ what, step: scene.flash(file, APP), after: scene.info() }));
  const core = [
    { what: 'a component that there is not', step: scene.flash(good, 'fw.none'), after: scene.info() },
    { what: 'a file that there is not', step: scene.flash('accel-uapi/none.img', APP), after: scene.info() },
  ];
  const activated = scene.activate();
  const last = scene.info();
  const steps = tries.map(({ step }) => step);
  const refusals = [...tries, ...core];
  const forged = (what: string) => what.includes('seal') || what.includes('head');
  const taken = (told: Told, of: readonly { what: string; step: number }[]) => {
    const found = of.find(({ step }) => told.answer(step).errno === 'success');
    return found && `step ${found.step}: an image ${found.what} is taken`;
  };
  const { controls } = scene;
  return scene.case('firmware.refused', [
    scene.about('firmware.image', 'flash-update', steps, told =>
      taken(
        told,
        tries.filter(({ what }) => !forged(what)),
      ),
    ),
    scene.about('firmware.authentic', 'flash-update', steps, told =>
      taken(
        told,
        tries.filter(({ what }) => forged(what)),
      ),
    ),
    scene.about(
      'firmware.unlisted',
      'flash-update',
      core.map(({ step }) => step),
      told => {
        const taken = core.find(({ step }) => told.answer(step).errno === 'success');
        if (taken) return `step ${taken.step}: ${taken.what} is taken`;
        const begun = core.find(({ step }) => told.of(step).length > 0);
        return begun && `step ${begun.step}: an update of ${begun.what} begins`;
      },
    ),
    scene.about('firmware.named', 'flash-update', steps, told => {
      const found = refusals.find(
        ({ step }) => told.answer(step).errno !== 'success' && !told.answer(step).named,
      );
      return found && `step ${found.step}: nothing says why ${found.what} is refused`;
    }),
    {
      ...scene.about('firmware.kept', 'refused', [...steps, activated, last], told =>
        kept(told, before, [...refusals.map(({ after }) => after), last]),
      ),
      controls,
    },
    ...progress(
      scene,
      'refused',
      steps,
      core.map(({ step }) => step),
    ),
  ]);
}

function interrupted(peer: ManagedPeer): Case {
  const scene = new DeviceScene(peer);
  const file = scene.image(partsOf(BOOT, '2.0.0'));
  const before = scene.info();
  const cuts = [0, PAYLOAD_BYTES / 2, PAYLOAD_BYTES - 1].map(bytes => {
    scene.knob(`interrupt ${bytes}`);
    const step = scene.flash(file, BOOT);
    const after = scene.info();
    scene.knob('power');
    return { step, after: [after, scene.info()] };
  });
  const again = scene.flash(file, BOOT);
  const last = scene.info();
  const steps = cuts.map(({ step }) => step);
  return scene.case('firmware.interrupted', [
    scene.about('firmware.interrupted', 'flash-update', [...steps, again, last], told => {
      const well = steps.find(step => told.answer(step).errno === 'success');
      if (well !== undefined) return `step ${well}: an update that was cut is told as success`;
      const mute = steps.find(step => !told.answer(step).named);
      if (mute !== undefined) return `step ${mute}: nothing says that the update was cut`;
      if (!told.worked(again))
        return `step ${again}: the update is refused with ${told.answer(again).errno} afterwards`;
      const is = version(told, last, 'stored', BOOT);
      return is === '2.0.0' ? undefined : `step ${last}: ${is} is stored after the update was made again`;
    }),
    scene.about(
      'firmware.kept',
      'interrupted',
      cuts.flatMap(({ after }) => after),
      told =>
        kept(
          told,
          before,
          cuts.flatMap(({ after }) => after),
        ),
    ),
    ...progress(scene, 'interrupted', steps, []),
  ]);
}

function overwritten(peer: ManagedPeer): Case {
  const scene = new DeviceScene(peer);
  const image = (each: string) => scene.image(partsOf(APP, each));
  const files = ['2.0.0', '3.0.0', '4.0.0', '5.0.0'].map(image);
  const before = scene.info();
  const look = (file: number, mask?: bigint) => [scene.flash(files[file]!, APP, mask), scene.info()] as const;
  const [, plain] = look(0);
  const [, settings] = look(1, OVERWRITE.settings);
  const [, identifiers] = look(2, OVERWRITE.identifiers);
  const [, both] = look(3, OVERWRITE.settings | OVERWRITE.identifiers);
  const expected: readonly (readonly [
    step: number,
    settings: string | undefined,
    serial: string | undefined,
  ])[] = [
    [plain, undefined, undefined],
    [settings, 'set-300', undefined],
    [identifiers, 'set-300', 'SN-400'],
    [both, 'set-500', 'SN-500'],
  ];
  return scene.case('firmware.overwritten', [
    scene.about(
      'firmware.overwrite',
      'flash-update',
      expected.map(([step]) => step),
      told => {
        const old = infoOf(told.answer(before));
        for (const [step, set, serial] of expected) {
          const info = infoOf(told.answer(step));
          const [has, is] = [info?.stored.get(SETTINGS), info?.serial];
          const wants = set ?? old?.stored.get(SETTINGS);
          if (has !== wants) return `step ${step}: the settings are ${has}, expected ${wants}`;
          if (is !== (serial ?? old?.serial))
            return `step ${step}: the serial number is ${is}, expected ${serial ?? old?.serial}`;
        }
        return undefined;
      },
    ),
  ]);
}

/** Two updates that begin at the same time. */
function together(peer: ManagedPeer): Case {
  const scene = new DeviceScene(peer);
  const sockets = [0, scene.socket('another socket')];
  const files = FIRMWARE_COMPONENTS.map(component => scene.image(partsOf(component, '2.0.0')));
  const messages = FIRMWARE_COMPONENTS.map((component, index) =>
    scene.message('flash-update', [...scene.handle, ...flashFields(files[index]!, component)]),
  );
  const steps: number[] = [];
  scene.builder.parallel(
    'two updates at once',
    messages.map((message, index) => () => {
      steps.push(scene.send(`update of ${FIRMWARE_COMPONENTS[index]}`, message, sockets[index]));
    }),
    [PAUSE_US, PAUSE_US],
  );
  for (const socket of sockets) scene.receive(2, socket);
  for (let count = 0; count < 2; count += 1) scene.hear();
  const after = scene.info();
  return scene.case('firmware.together', [
    scene.about('firmware.one-at-a-time', 'flash-update', [...steps, after], told => {
      const { wrong } = updates(told.heard);
      if (wrong !== undefined) return wrong;
      for (const [index, step] of steps.entries()) {
        const { errno } = told.answer(step);
        if (errno !== 'success' && errno !== 'EBUSY')
          return `step ${step}: an update beside another ends with ${errno}`;
        const component = FIRMWARE_COMPONENTS[index]!;
        const is = version(told, after, 'stored', component);
        if (errno === 'success' && is !== '2.0.0')
          return `step ${step}: the update of ${component} is told as success, and ${is} is stored`;
      }
      return undefined;
    }),
  ]);
}

function unprivileged(peer: ManagedPeer): Case {
  const scene = new DeviceScene(peer);
  const file = scene.file('good.img', buildImage(partsOf(APP, '2.0.0')));
  const before = scene.info();
  scene.controls.push(scene.become(NOBODY, 0n));
  const looks = [scene.info()];
  const tries = [
    scene.act('flash-update', flashFields(file, APP)),
    scene.activate(),
    scene.act('flash-update'),
  ];
  looks.push(scene.info());
  return scene.case('firmware.unprivileged', [
    scene.about('firmware.privilege', 'devlink', [...looks, ...tries], told => {
      const blind = looks.find(step => !told.worked(step));
      if (blind !== undefined) return `step ${blind}: versions are refused with ${told.answer(blind).errno}`;
      const allowed = tries.find(step => told.answer(step).errno !== 'EPERM');
      if (allowed !== undefined)
        return `step ${allowed}: ends with ${told.answer(allowed).errno}, expected EPERM`;
      return kept(told, before, looks);
    }),
  ]);
}
