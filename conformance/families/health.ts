/** The health of the device, where devlink answers for it (spec/chapters/20-firmware.md). */
import { REPORTERS } from '../../reference/index.ts';
import { DRIVER_REINIT } from '../management/device-scene.ts';
import { addressOf, constant } from '../plan/builder.ts';
import type { Case } from '../plan/case.ts';
import type { ManagedPeer, PlanContext } from '../plan/context.ts';
import { unbound } from './health-gone.ts';
import { changes, type Expected, HealthScene, healthOf, textsOf, unlike } from './health-scene.ts';
import { wedgedCases } from './health-wedged.ts';
import { textOf } from './text.ts';

const { recovers: FW, cannot: ECC } = REPORTERS;
const NOBODY = 65534;
const ROOM = 4096;
const COREDUMPS = '/sys/class/devcoredump';
/** Longer than any program. */
const GRACE_MS = 3_600_000n;
const OFF = 0n;
const ON = 1n;

export function healthFamily(context: PlanContext): Case[] {
  const { managed } = context;
  if (!managed) return [];
  return [
    listed(managed),
    errors(managed),
    byItself(managed),
    dumps(managed),
    coredumps(managed),
    unprivileged(managed),
    ...unbound(context),
    ...wedgedCases(context, managed),
  ];
}

function listed(peer: ManagedPeer): Case {
  const scene = new HealthScene(peer);
  const all = scene.all();
  const each = [FW, ECC].map(name => [name, scene.get(name)] as const);
  return scene.case('health.listed', [
    scene.about('health.listed', 'health-reporter-get', [all, ...each.map(([, step]) => step)], told => {
      const dumped = healthOf(told.answer(all));
      for (const [name, step] of each) {
        const [one, other] = [healthOf(told.answer(step)).get(name)?.text, dumped.get(name)?.text];
        if (one === undefined) return `step ${step}: ${told.answer(step).errno} for the reporter ${name}`;
        if (one !== other)
          return `the dump tells ${other ?? `nothing of ${name}`}, and a look at it alone ${one}`;
      }
      return undefined;
    }),
  ]);
}

/** Errors that nothing recovers from but a program, of two reporters. */
function errors(peer: ManagedPeer): Case {
  const scene = new HealthScene(peer);
  scene.set(FW, [['health-reporter-auto-recover', OFF]]);
  const start = scene.all();
  const expected: Expected[] = [];
  const acts: number[] = [];
  let [fw, ecc] = [0n, 0n];
  let recovered = 0n;
  let [failing, broken]: (0n | 1n)[] = [0n, 0n];
  const look = (act: number) => {
    acts.push(act);
    const step = scene.all();
    expected.push(
      { step, name: FW, state: failing!, errors: fw, recoveries: recovered },
      { step, name: ECC, state: broken!, errors: ecc, recoveries: 0n },
    );
    return act;
  };
  const error = (name: string, text: string) => {
    if (name === FW) [fw, failing] = [fw + 1n, 1n];
    else [ecc, broken] = [ecc + 1n, 1n];
    return look(scene.knob(`error ${name} ${text}`));
  };
  const recover = () => {
    if (failing === 1n) recovered += 1n;
    failing = 0n;
    return look(scene.recover(FW));
  };
  error(FW, 'hang');
  error(FW, 'hang again');
  error(ECC, 'bits');
  const reinit = look(scene.act('reload', [['reload-action', DRIVER_REINIT]]));
  const first = recover();
  const healthy = recover();
  error(FW, 'hang once more');
  scene.knob('recovery fails');
  const failed = look(scene.recover(FW));
  scene.knob('recovery works');
  const last = recover();
  const cannot = look(scene.recover(ECC));
  look(scene.clear(FW));
  look(scene.clear(ECC));
  const steps = expected.map(({ step }) => step);
  return scene.case('health.errors', [
    scene.about('health.counts', 'reporters', steps, told =>
      unlike(told, start, expected, ['errors', 'recoveries']),
    ),
    scene.about('health.state', 'reporters', [...steps, first, healthy, failed, last], told => {
      const wrong = [first, healthy, last].find(step => !told.worked(step));
      if (wrong !== undefined) return `step ${wrong}: a recovery ends with ${told.answer(wrong).errno}`;
      const { errno, named } = told.answer(failed);
      if (errno === 'success') return `step ${failed}: a recovery that fails is told as success`;
      if (!named) return `step ${failed}: nothing says why the recovery failed`;
      return unlike(told, start, expected, ['state']);
    }),
    scene.about('health.refused', ECC, [cannot], told => {
      const { errno } = told.answer(cannot);
      return errno === 'EOPNOTSUPP'
        ? undefined
        : `step ${cannot}: a recovery that the driver does not have ends with ${errno}, expected EOPNOTSUPP`;
    }),
    scene.about('health.apart', ECC, steps, told =>
      unlike(
        told,
        start,
        expected.filter(({ name }) => name === ECC),
        ['state', 'errors', 'recoveries'],
      ),
    ),
    scene.about('health.told', 'reporters', [...acts, reinit], told => {
      const known = new Map([...healthOf(told.answer(start))].map(([name, { text }]) => [name, text]));
      for (const [index, act] of acts.entries()) {
        const heard = changes(told.of(act));
        for (const each of heard) {
          if (known.get(each.name) === each.text) return `step ${act}: ${each.text} is told twice`;
          known.set(each.name, each.text);
        }
        for (const [name, { text }] of healthOf(told.answer(expected[2 * index]!.step)))
          if (known.get(name) !== text)
            return `step ${act}: ${text} is so, and what was told last is ${known.get(name) ?? 'nothing'}`;
      }
      return undefined;
    }),
  ]);
}

/** A device that recovers by itself, and does not where it has just done so. */
function byItself(peer: ManagedPeer): Case {
  const scene = new HealthScene(peer);
  scene.set(FW, [
    ['health-reporter-auto-recover', ON],
    ['health-reporter-graceful-period', OFF],
  ]);
  const start = scene.all();
  const once = scene.knob(`error ${FW} hang`);
  const healed = scene.all();
  const twice = scene.knob(`error ${FW} hang again`);
  const again = scene.all();
  scene.set(FW, [['health-reporter-graceful-period', GRACE_MS]]);
  const within = scene.knob(`error ${FW} and again`);
  const left = scene.all();
  const by = scene.recover(FW);
  const last = scene.all();
  const recovered: Expected[] = [
    { step: healed, name: FW, state: 0n, errors: 1n, recoveries: 1n },
    { step: again, name: FW, state: 0n, errors: 2n, recoveries: 2n },
  ];
  const held: Expected[] = [
    { step: left, name: FW, state: 1n, errors: 3n, recoveries: 2n },
    { step: last, name: FW, state: 0n, errors: 3n, recoveries: 3n },
  ];
  const all = ['state', 'errors', 'recoveries'] as const;
  return scene.case('health.by-itself', [
    scene.about('health.by-itself', FW, [healed, again], told => unlike(told, start, recovered, all)),
    scene.about('health.grace', FW, [within, left, by, last], told => unlike(told, start, held, all)),
    scene.about('health.told', 'by-itself', [once, twice], told => {
      for (const act of [once, twice]) {
        const states = changes(told.of(act)).map(({ state }) => state);
        if (states.join() !== '1,0')
          return `step ${act}: the states ${states.join(', ') || 'none'} are told of an error that the device recovers from, expected 1, 0`;
      }
      return undefined;
    }),
  ]);
}

function dumps(peer: ManagedPeer): Case {
  const scene = new HealthScene(peer);
  scene.set(FW, [
    ['health-reporter-auto-recover', OFF],
    ['health-reporter-auto-dump', ON],
  ]);
  for (const name of [FW, ECC]) scene.clear(name);
  scene.knob(`error ${ECC} bits`);
  scene.knob(`error ${FW} first`);
  const kept = scene.all();
  const one = scene.dumpOf(FW);
  scene.knob(`error ${FW} second`);
  const same = [scene.dumpOf(FW), scene.dumpOf(FW)];
  const other = scene.dumpOf(ECC);
  const after = scene.all();
  const cleared = scene.clear(FW);
  const none = scene.all();
  scene.knob(`error ${FW} third`);
  const third = scene.dumpOf(FW);
  scene.clear(FW);
  scene.set(FW, [['health-reporter-auto-dump', OFF]]);
  scene.knob(`error ${FW} fourth`);
  const off = scene.all();
  const steps = [one, ...same, other, third];
  return scene.case('health.dumps', [
    scene.about('health.dump', FW, [kept, ...steps, after, cleared, none, off], told => {
      const dumped = (step: number) => healthOf(told.answer(step)).get(FW)?.dump;
      if (dumped(kept) !== true) return `step ${kept}: no dump is kept of an error`;
      for (const [step, text] of [
        [one, 'first'],
        [same[0]!, 'first'],
        [same[1]!, 'first'],
        [other, 'bits'],
        [third, 'third'],
      ] as const) {
        const is = textsOf(told.answer(step));
        if (is !== text)
          return `step ${step}: the dump tells ${JSON.stringify(is)}, expected ${JSON.stringify(text)}`;
      }
      if (dumped(after) !== true) return `step ${after}: the dump is gone after it was read`;
      if (dumped(none) !== false) return `step ${none}: the dump is still kept after it was cleared`;
      return dumped(off) === false ? undefined : `step ${off}: a dump is taken although that is turned off`;
    }),
  ]);
}

/** What the last failure left, for the one who looks later. */
function coredumps(peer: ManagedPeer): Case {
  const scene = new HealthScene(peer);
  const { builder } = scene;
  scene.set(FW, [['health-reporter-auto-recover', OFF]]);
  const list = () => {
    const names = addressOf(builder.buffer(ROOM, { align: 'start' }));
    return builder.step(`list ${COREDUMPS}`, 'listdir', [builder.path(COREDUMPS), names, constant(ROOM)]);
  };
  const data = (number: number) => `${COREDUMPS}/devcd${number}/data`;
  const read = (number: number) => {
    const room = addressOf(builder.buffer(ROOM, { align: 'start' }));
    return builder.step(`read ${data(number)}`, 'readfile', [
      builder.path(data(number)),
      room,
      constant(ROOM),
    ]);
  };
  const before = list();
  scene.knob(`error ${FW} first`);
  const one = [list(), read(1), read(1)];
  scene.knob(`error ${FW} second`);
  scene.recover(FW);
  const still = [list(), read(1)];
  const away = scene.command(data(1), '1');
  const gone = list();
  scene.knob(`error ${FW} third`);
  const next = [list(), read(2)];
  scene.command(data(2), '1');
  scene.recover(FW);
  scene.set(FW, [['health-reporter-auto-recover', ON]]);
  const last = list();
  return scene.case('health.coredumps', [
    scene.about(
      'health.coredump',
      FW,
      [before, ...one, ...still, away, gone, ...next, last],
      (_told, trace) => {
        const names = (step: number) => textOf(trace, step).split('\0').filter(Boolean).join(', ');
        for (const [step, expected] of [
          [before, ''],
          [one[0]!, 'devcd1'],
          [still[0]!, 'devcd1'],
          [gone, ''],
          [next[0]!, 'devcd2'],
          [last, ''],
        ] as const)
          if (names(step) !== expected)
            return `step ${step}: ${COREDUMPS} has ${names(step) || 'nothing'}, expected ${expected || 'nothing'}`;
        for (const [step, text] of [
          [one[1]!, 'first'],
          [one[2]!, 'first'],
          [still[1]!, 'first'],
          [next[1]!, 'third'],
        ] as const)
          if (textOf(trace, step) !== text)
            return `step ${step}: the coredump holds ${JSON.stringify(textOf(trace, step))}, expected ${JSON.stringify(text)}`;
        return undefined;
      },
    ),
  ]);
}

function unprivileged(peer: ManagedPeer): Case {
  const scene = new HealthScene(peer);
  scene.set(FW, [['health-reporter-auto-recover', OFF]]);
  scene.knob(`error ${FW} hang`);
  const before = scene.all();
  scene.controls.push(scene.become(NOBODY, 0n));
  const looks = [scene.all()];
  const tries = [
    scene.recover(FW),
    scene.recover('none'),
    scene.set(FW, [['health-reporter-auto-recover', ON]]),
    scene.clear(FW),
    scene.dumpOf(FW),
    scene.reporter('health-reporter-diagnose', FW),
  ];
  looks.push(scene.all());
  return scene.case('health.unprivileged', [
    scene.about('health.privilege', 'devlink', [...looks, ...tries], told => {
      const blind = looks.find(step => healthOf(told.answer(step)).size === 0);
      if (blind !== undefined) return `step ${blind}: the state of reporters is not told`;
      const allowed = tries.find(step => told.answer(step).errno !== 'EPERM');
      if (allowed !== undefined)
        return `step ${allowed}: ends with ${told.answer(allowed).errno}, expected EPERM`;
      const text = (step: number) =>
        [...healthOf(told.answer(step)).values()].map(each => each.text).join('; ');
      const moved = looks.find(step => text(step) !== text(before));
      return moved === undefined ? undefined : `step ${moved}: ${text(moved)}, and it was ${text(before)}`;
    }),
  ]);
}
