/** The name that a client gives itself, in fdinfo: the last one alone, and no key without one. */
import type { Trace } from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { type Arguments, CallMaker } from '../plan/call-maker.ts';
import type { Case } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { textOf } from './text.ts';

const CALL = 'DRM_IOCTL_SET_CLIENT_NAME';
/** The first descriptor that a program opens. */
const PATH = '/proc/self/fdinfo/3';
const ROOM = 4096;
/** The second is shorter: what is left of the first would show. Empty takes the name away. */
const NAMES = ['the-first-name', 'second', ''];
const KEY = /^drm-client-name:[ \t]*(.*)$/gm;

/** @param wanted empty for no key at all */
export function wrongName(text: string, wanted: string): string | undefined {
  const shown = [...text.matchAll(KEY)].map(([, name]) => name!);
  const right = wanted === '' ? shown.length === 0 : shown.length === 1 && shown[0] === wanted;
  if (right) return undefined;
  const says =
    shown.length === 0 ? 'is not there' : `is ${shown.map(name => JSON.stringify(name)).join(' and ')}`;
  return `drm-client-name ${says}, ${wanted === '' ? 'and the client has no name' : `and the client called itself ${wanted}`}`;
}

export function fdinfoNameFamily(context: PlanContext): Case[] {
  const call = context.driver.calls.get(CALL);
  if (context.driver.manifest.fdinfo !== true || call === undefined) return [];
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { step, fd } = builder.open(context.nodePath, O_RDWR);
  const controls = [step];
  const info = (label: string) =>
    builder.step(label, 'readfile', [
      builder.path(PATH),
      addressOf(builder.buffer(ROOM, { align: 'start' })),
      constant(ROOM),
    ]);
  const looks = [{ step: info('fdinfo before any name'), name: '' }];
  for (const name of NAMES) {
    const bytes = new TextEncoder().encode(name);
    // Without a length the pointer is not looked at, and the name goes.
    const at = addressOf(builder.buffer(Math.max(1, bytes.length), { data: bytes }));
    const values: Arguments = name === '' ? {} : { name: at, name_len: BigInt(bytes.length) };
    controls.push(maker.call(fd, call, values));
    looks.push({ step: info(`fdinfo of ${name || 'a name taken away'}`), name });
  }
  const look = (trace: Trace) => {
    // A driver whose node prints no keys at all says nothing of names either.
    const texts = looks.map(each => ({ ...each, text: textOf(trace, each.step) }));
    if (!texts.some(({ text }) => text.includes('drm-driver:'))) return undefined;
    return texts.map(({ text, name }) => wrongName(text, name)).find(wrong => wrong !== undefined);
  };
  return [
    {
      name: 'name',
      family: 'fdinfo',
      program: builder.build(),
      labels: builder.labels,
      instances: [
        { clause: 'fdinfo.name', instance: 'node', controls, probes: looks.map(each => each.step), look },
      ],
    },
  ];
}
