/** What a driver without a description shows of itself: which parts of the DRM core it has, and whether fdinfo names it. */
import {
  type DriverDescription,
  type DriverManifest,
  errnoName,
  fieldOf,
  type Link,
  readScalar,
} from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR } from '../plan/context.ts';
import { contentAfter } from './identity.ts';

export interface Shown {
  readonly features: DriverManifest['features'];
  readonly fdinfo: boolean;
}

const ROOM = 4096;
/** The first descriptor that a program opens. */
const FIRST = 3;

/** @param bare a description that has the core's calls */
export async function observe(
  link: Link,
  bare: DriverDescription,
  nodePath: string,
  minor: number,
): Promise<Shown> {
  const context = {
    driver: bare,
    hello: link.hello,
    nodePath,
    minor,
    minors: [minor],
    params: new Map(),
    seed: 0,
  };
  const features: DriverManifest['features'] = [];
  if (await hasGem(link, context)) features.push('GEM');
  for (const feature of ['SYNCOBJ', 'SYNCOBJ_TIMELINE'] as const)
    if (await hasCapability(link, context, `DRM_CAP_${feature}`)) features.push(feature);
  return { features, fdinfo: await namesItself(link, nodePath) };
}

type Context = ConstructorParameters<typeof CallMaker>[1];

/** The core refuses every call on handles where the driver has none, before it looks at one (drm_gem.c). */
async function hasGem(link: Link, context: Context): Promise<boolean> {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const step = maker.call(fd, context.driver.calls.get('DRM_IOCTL_GEM_CLOSE')!, { handle: 0n });
  const result = (await link.run(builder.build())).results[step];
  return result !== undefined && errnoName(result.errno) !== 'EOPNOTSUPP';
}

async function hasCapability(link: Link, context: Context, name: string): Promise<boolean> {
  const builder = new ProgramBuilder();
  const maker = new CallMaker(builder, context);
  const call = context.driver.calls.get('DRM_IOCTL_GET_CAP')!;
  const { fd } = builder.open(context.nodePath, O_RDWR);
  const capability = context.driver.types.constantValue(name);
  const step = maker.call(fd, call, { capability }, { align: 'start' });
  const program = builder.build();
  const trace = await link.run(program);
  const argument = program.steps[step]!.args[2]!;
  if (trace.results[step]?.errno !== 0 || argument.kind !== 'address') return false;
  return readScalar(contentAfter(trace, argument.buffer), fieldOf(maker.layout(call), 'value')) !== 0n;
}

async function namesItself(link: Link, nodePath: string): Promise<boolean> {
  const builder = new ProgramBuilder();
  builder.open(nodePath, O_RDWR);
  const room = builder.buffer(ROOM, { align: 'start' });
  const path = builder.path(`/proc/self/fdinfo/${FIRST}`);
  builder.step('fdinfo', 'readfile', [path, addressOf(room), constant(ROOM)]);
  const trace = await link.run(builder.build());
  return /^drm-driver:/m.test(new TextDecoder().decode(contentAfter(trace, room)));
}
