/** Finds out what answers: the node, who holds it, the driver by its VERSION name, and the device's parameters. */
import { nodeKindOf, nodeNames } from '../../reference/index.ts';
import {
  bareDriver,
  type CallDescription,
  catalogue,
  type DriverDescription,
  driverOfVersion,
  errnoName,
  type Facts,
  fieldOf,
  type Hello,
  LayoutError,
  type Link,
  layoutOf,
  protocol,
  readRecord,
  readScalar,
  recordLayout,
  type Trace,
} from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { type Argument, CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { asManaged } from './managed.ts';
import { observe } from './observe.ts';
import { compareReleases } from './release.ts';
import { readParams } from './sysfs-params.ts';

const CLASS = '/sys/class/accel';
/** Where to look when the class tells of no device: a container may have the node and no sysfs. */
const FIRST_NODE = '/dev/accel/accel0';
const LIST_ROOM = 4096;
const TEXT_ROOM = 256;

/** The target cannot be tested, for a reason that its user can mend. */
export class TargetError extends Error {
  override name = 'TargetError';
}

export interface Identity {
  readonly driver: DriverDescription;
  /** What VERSION said, empty when it said nothing. */
  readonly version:
    | {
        readonly name: string;
        readonly desc: string;
        readonly major: bigint;
        readonly minor: bigint;
        readonly patchlevel: bigint;
      }
    | undefined;
  readonly nodePath: string;
  readonly minor: number;
  readonly minors: readonly number[];
  readonly params: ReadonlyMap<string, bigint | string>;
  /** Why parameters are missing, by name. */
  readonly missing: ReadonlyMap<string, string>;
}

/** Content of a buffer after the last step of a trace; undefined where only a checksum is known. */
export function contentAfter(trace: Trace, buffer: number): Uint8Array {
  const { size, data } = trace.program.buffers[buffer]!;
  const bytes = new Uint8Array(size);
  bytes.set(data);
  for (const [index, step] of trace.program.steps.entries()) {
    const result = trace.results[index];
    if (!result) break;
    for (const fill of step.fills ?? []) if (fill.buffer === buffer) bytes.set(fill.bytes, fill.offset);
    for (const diff of result.diffs) if (diff.buffer === buffer) bytes.set(diff.bytes, diff.offset);
  }
  return bytes;
}

async function listMinors(link: Link): Promise<{ minors: number[]; errno: number }> {
  const builder = new ProgramBuilder();
  const names = builder.buffer(LIST_ROOM, { align: 'start' });
  builder.step(`list ${CLASS}`, 'listdir', [builder.path(CLASS), addressOf(names), constant(LIST_ROOM)]);
  const trace = await link.run(builder.build());
  const result = trace.results[0];
  if (result?.errno !== 0) return { minors: [], errno: result?.errno ?? 0 };
  const text = new TextDecoder().decode(
    contentAfter(trace, names).subarray(0, Math.max(0, Number(result.ret))),
  );
  const minors = text.split('\0').flatMap(name => (/^accel\d+$/.test(name) ? [Number(name.slice(5))] : []));
  return { minors: minors.sort((a, b) => a - b), errno: 0 };
}

/** Whether something is behind a node, whoever may open it. */
async function answersOpen(link: Link, path: string): Promise<boolean> {
  const builder = new ProgramBuilder();
  const { step, fd } = builder.open(path, O_RDWR);
  builder.close(fd);
  const { errno } = (await link.run(builder.build())).results[step] ?? { errno: 0 };
  return !['ENOENT', 'ENXIO', 'ENODEV'].includes(errnoName(errno));
}

/** Refuses a node that is not there, may not be opened, or is in use; other outcomes are for the clauses to judge. */
async function lookAtNode(link: Link, path: string): Promise<number | undefined> {
  const builder = new ProgramBuilder();
  const layout = recordLayout(protocol, 'file_status');
  const status = builder.buffer(layout.size, { align: 'start' });
  const stat = builder.step(`stat ${path}`, 'stat', [builder.path(path), addressOf(status)]);
  const { step, fd } = builder.open(path, O_RDWR);
  builder.close(fd);
  const trace = await link.run(builder.build());
  const opened = errnoName(trace.results[step]?.errno ?? 0);
  const where = `${path} on ${link.hello.release}`;
  if (opened === 'ENOENT')
    throw new TargetError(
      `there is no ${where}; load the driver's module, or name another target (accel-uapi list targets)`,
    );
  if (opened === 'EACCES' || opened === 'EPERM')
    throw new TargetError(
      `${where} may not be opened by user ${link.hello.uid}; run as root or give the user access to the node`,
    );
  if (opened === 'ENXIO' || opened === 'ENODEV')
    throw new TargetError(`${where} belongs to no device (${opened}); load the driver's module`);
  if (trace.results[stat]?.errno !== 0) return undefined;
  const bytes = contentAfter(trace, status);
  const { mode, rdev_major, rdev_minor } = readRecord(new DataView(bytes.buffer), 0, layout) as Record<
    string,
    number
  >;
  if (trace.results[stat]!.diffs.length > 0 && (mode! & 0o170000) !== 0o020000) {
    throw new TargetError(
      `${where} is no device node; name the node of an accelerator, for example /dev/accel/accel0`,
    );
  }
  await refuseHeld(link, path, rdev_major!, rdev_minor!);
  return rdev_major === nodeNames(nodeKindOf(path), 0).major ? rdev_minor : undefined;
}

async function refuseHeld(link: Link, path: string, major: number, minor: number): Promise<void> {
  const builder = new ProgramBuilder();
  builder.step(`holders of ${path}`, 'holders', [constant(major), constant(minor)]);
  const result = (await link.run(builder.build())).results[0];
  if (result && result.errno === 0 && result.ret > 0n && result.ret < 1_000_000n) {
    throw new TargetError(
      `${path} is held open by ${result.ret} other process${result.ret === 1n ? '' : 'es'}; stop ${result.ret === 1n ? 'it' : 'them'} first (fuser ${path} tells which)`,
    );
  }
}

/** A context that knows nothing but the machine, for calls that need no device parameter. */
function bareContext(driver: DriverDescription, hello: Hello, nodePath: string, minor: number): PlanContext {
  return { driver, hello, nodePath, minor, minors: [minor], params: new Map(), seed: 0 };
}

async function askVersion(link: Link, nodePath: string, minor: number): Promise<Identity['version']> {
  const builder = new ProgramBuilder();
  const core = coreFor(nodePath);
  const maker = new CallMaker(builder, bareContext(core, link.hello, nodePath, minor));
  const call = core.calls.get('DRM_IOCTL_VERSION')!;
  const { fd } = builder.open(nodePath, O_RDWR);
  const name = builder.buffer(TEXT_ROOM, { align: 'start' });
  const desc = builder.buffer(TEXT_ROOM, { align: 'start' });
  const room = BigInt(TEXT_ROOM);
  const step = maker.call(
    fd,
    call,
    { name_len: room, name: addressOf(name), desc_len: room, desc: addressOf(desc) },
    { align: 'start' },
  );
  builder.close(fd);
  const program = builder.build();
  const trace = await link.run(program);
  const result = trace.results[step];
  if (result?.errno !== 0) return undefined;
  const argument = program.steps[step]!.args[2]!;
  const bytes = argument.kind === 'address' ? contentAfter(trace, argument.buffer) : new Uint8Array(0);
  const layout = maker.layout(call);
  const member = (path: string) => readScalar(bytes, fieldOf(layout, path));
  const text = (buffer: number, length: bigint) =>
    new TextDecoder().decode(contentAfter(trace, buffer).subarray(0, Number(length > room ? room : length)));
  return {
    name: text(name, member('name_len')),
    desc: text(desc, member('desc_len')),
    major: member('version_major'),
    minor: member('version_minor'),
    patchlevel: member('version_patchlevel'),
  };
}

/** Asks the queries that the driver's manifest names for its device parameters. */
async function askParams(
  link: Link,
  driver: DriverDescription,
  nodePath: string,
  minor: number,
  missing: Map<string, string>,
): Promise<[string, bigint][]> {
  const found: [string, bigint][] = [];
  for (const [name, param] of Object.entries(driver.manifest.params)) {
    if (!param.query) continue;
    const { call: callName, selector, struct, field, with: chosen } = param.query;
    const call = driver.calls.get(callName)!;
    const builder = new ProgramBuilder();
    const maker = new CallMaker(builder, bareContext(driver, link.hello, nodePath, minor));
    const { fd } = builder.open(nodePath, O_RDWR);
    const layout = layoutOf(driver.types, struct, link.hello.abi);
    const target = builder.buffer(layout.size, { align: 'start' });
    const values: Record<string, Argument> = {};
    for (const [member, value] of Object.entries(chosen ?? {})) values[member] = BigInt(value);
    for (const [member, role] of Object.entries(call.semantics.fields)) {
      if (role.role === 'selector') values[member] = driver.types.constantValue(selector);
      if (role.role === 'bytes') values[member] = BigInt(layout.size);
      if (role.role === 'pointer') values[member] = addressOf(target);
    }
    const step = maker.call(fd, call, values);
    builder.close(fd);
    const program = builder.build();
    const trace = await link.run(program);
    const result = trace.results[step];
    const argument = program.steps[step]!.args[2]!;
    const answer = call.argument === struct && argument.kind === 'address' ? argument.buffer : target;
    if (result && result.errno === 0)
      found.push([name, readScalar(contentAfter(trace, answer), fieldOf(layout, field))]);
    else missing.set(name, `${callName} answered ${errnoName(result?.errno ?? 0)}`);
  }
  return found;
}

/** The description for a driver that the collection does not have. */
function coreFor(nodePath: string): DriverDescription {
  const { core } = catalogue();
  return nodeKindOf(nodePath) === 'accel'
    ? core
    : { ...core, manifest: { ...core.manifest, node: 'render' } };
}

/** A skeleton in which nobody has said which parts of the core the driver has: what it shows. */
async function withFeatures(
  link: Link,
  driver: DriverDescription,
  nodePath: string,
  minor: number,
): Promise<DriverDescription> {
  const { manifest } = driver;
  if (!manifest.questions?.some(({ about }) => about === 'features')) return driver;
  const { features } = await observe(link, driver, nodePath, minor);
  return { ...driver, manifest: { ...manifest, features } };
}

/** What stands for a driver without a description: what it shows, and its header where the user has one. */
async function undescribed(
  link: Link,
  nodePath: string,
  minor: number,
  facts: Facts | undefined,
): Promise<DriverDescription> {
  const node = nodeKindOf(nodePath);
  const shown = await observe(link, coreFor(nodePath), nodePath, minor);
  try {
    return bareDriver({ node, ...shown }, facts);
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    throw new TargetError(`the header ${facts?.header} cannot be used: ${error.message}`);
  }
}

/** The description as it stood at a release: calls that came later are numbers that are not defined. */
export function asOf(driver: DriverDescription, release: string): DriverDescription {
  const isLater = ({ semantics }: CallDescription) =>
    semantics.since !== undefined && compareReleases(release, semantics.since) < 0;
  const files = new Map([...driver.files].filter(([, call]) => !isLater(call)));
  const later = [...driver.calls.values()].filter(isLater);
  if (later.length === 0 && files.size === driver.files.size) return driver;
  const numbers = later.map(({ request }) => request!.number);
  const keep = (list: readonly number[]) => list.filter(number => !numbers.includes(number));
  return {
    ...driver,
    calls: new Map([...driver.calls].filter(([, call]) => !later.includes(call))),
    files,
    numbers: {
      ...driver.numbers,
      core: keep(driver.numbers.core),
      driver: keep(driver.numbers.driver),
    },
  };
}

/** Looks at the target; `nodePath` is what the user named, else the first node that is found. */
export async function identify(
  link: Link,
  wanted: {
    nodePath?: string;
    driver?: string;
    profile?: ReadonlyMap<string, bigint | string>;
    /** Facts of the header that alone describes the driver, whatever the collection has. */
    facts?: Facts;
    /** Descriptions of the user's own, which come before the collection's. */
    drivers?: readonly DriverDescription[];
  },
): Promise<Identity> {
  const { minors, errno } = await listMinors(link);
  const seen = errnoName(errno);
  let { nodePath } = wanted;
  if (!nodePath) {
    const absent = minors.length === 0 && (seen === 'ENOENT' || seen === 'success');
    if (absent && !(await answersOpen(link, FIRST_NODE))) {
      throw new TargetError(
        `the machine of the target has no accel device (${CLASS} ${seen === 'ENOENT' ? 'does not exist' : 'is empty'}); load the driver's module`,
      );
    }
    nodePath = minors.length === 0 ? FIRST_NODE : `/dev/accel/accel${minors[0]}`;
  }
  const named = Number(/(\d+)$/.exec(nodePath)?.[1] ?? 0);
  const minor = (await lookAtNode(link, nodePath)) ?? named;
  const version = await askVersion(link, nodePath, minor);
  const own = wanted.drivers?.find(({ manifest }) => manifest.driver === version?.name);
  if (wanted.drivers && version && !own)
    throw new TargetError(
      `${nodePath} belongs to the driver ${JSON.stringify(version.name)}, and the descriptions are of ${wanted.drivers
        .map(({ manifest }) => manifest.driver)
        .join(', ')}; name the descriptions of that driver`,
    );
  const found = own ?? (version && !wanted.facts ? driverOfVersion(version.name) : undefined);
  // A driver of this name with another kind of node is another one.
  const known = found && nodeKindOf(nodePath) === (found.manifest.node ?? 'accel') ? found : undefined;
  if (wanted.driver && version && ![version.name, known?.name].includes(wanted.driver)) {
    throw new TargetError(
      `${nodePath} belongs to the driver ${JSON.stringify(version.name)}, not to ${wanted.driver}; name another node`,
    );
  }
  const described = known
    ? await withFeatures(link, known, nodePath, minor)
    : await undescribed(link, nodePath, minor, wanted.facts);
  const driver = await asManaged(link, asOf(described, link.hello.release), minor);
  const params = new Map<string, bigint | string>();
  const missing = new Map<string, string>();
  if (version) {
    params.set('version.name', version.name).set('version.desc', version.desc).set('version.date', '0');
    params
      .set('version.major', version.major)
      .set('version.minor', version.minor)
      .set('version.patchlevel', version.patchlevel);
  }
  if (known)
    for (const ask of [askParams, readParams])
      for (const [name, value] of await ask(link, driver, nodePath, minor, missing)) params.set(name, value);
  for (const [name, value] of wanted.profile ?? []) {
    params.set(name, value);
    missing.delete(name);
  }
  return { driver, version, nodePath, minor, minors: minors.length > 0 ? minors : [minor], params, missing };
}
