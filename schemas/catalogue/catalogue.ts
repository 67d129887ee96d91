/** The descriptions, validated and joined: facts and semantics of the core's calls and of every driver. */
import { files as builtin } from '../generated/catalogue.ts';
import type { Deviation, Deviations } from '../generated/types/deviations.ts';
import type { DriverManifest } from '../generated/types/driver.ts';
import type { Semantics } from '../generated/types/semantics.ts';
import type { Waiver, Waivers } from '../generated/types/waivers.ts';
import { buildTypeTable, type Facts, type IoctlFact, type TypeTable } from '../layout/index.ts';
import { InvalidData, validate } from '../validate/validate.ts';
import { checkCall } from './check-call.ts';
import { hasFeatures } from './features.ts';

export type { Deviation, DriverManifest, Semantics };

/** One call: an ioctl with its request, or open and the dispatch that every ioctl goes through. */
export interface CallDescription {
  /** Name of the request macro, or `open`, `ioctl`. */
  readonly name: string;
  /** `drm.KEY` for a call of the core, `DRIVER.KEY` for one of a driver; rule ids continue it. */
  readonly id: string;
  readonly semantics: Semantics;
  readonly request?: IoctlFact;
  /** Tag of the argument's struct. */
  readonly argument?: string;
  readonly path: string;
}

export interface DriverDescription {
  /** Its name in the collection, the kernel's own folder under drivers/accel; VERSION's is `manifest.driver`. */
  readonly name: string;
  readonly manifest: DriverManifest;
  /** The core's calls first, then the driver's, by name. */
  readonly calls: ReadonlyMap<string, CallDescription>;
  /** What only the extractor has written: guesses with open questions, by which nothing is judged. */
  readonly skeletons: ReadonlyMap<string, CallDescription>;
  /** The calls of the other files that a node hands out: dma-bufs and sync files. The same for all drivers. */
  readonly files: ReadonlyMap<string, CallDescription>;
  /** The calls of the device's primary node by which the kit makes buffers for a node that makes none. */
  readonly primary: ReadonlyMap<string, CallDescription>;
  readonly deviations: readonly Deviation[];
  /** What lint finds in the driver and is accepted. */
  readonly waivers: readonly Waiver[];
  readonly types: TypeTable;
  readonly facts: Facts;
  /** Every request number the core defines (with `d` as letter) and how many the driver has. */
  readonly numbers: {
    readonly core: readonly number[];
    readonly driver: readonly number[];
    /** The ioctls of other files that a node hands out: dma-bufs and sync files. */
    readonly files: readonly IoctlFact[];
  };
}

export interface Catalogue {
  readonly core: DriverDescription;
  /** Facts of the headers that belong to no driver: the core's and the system's. */
  readonly shared: readonly Facts[];
  readonly drivers: ReadonlyMap<string, DriverDescription>;
}

/** A call of the files, validated and joined with its request; throws InvalidData when it does not fit the facts. */
export function readCall(
  owner: string,
  path: string,
  data: unknown,
  facts: readonly Facts[],
  types: TypeTable,
): CallDescription {
  const semantics = validate<Semantics>('semantics', path, data);
  const request = facts.flatMap(file => file.ioctls).find(ioctl => ioctl.name === semantics.call);
  const argument = request?.argument && 'named' in request.argument ? request.argument.named : undefined;
  const call: CallDescription = {
    name: semantics.call,
    id: `${owner}.${semantics.key}`,
    semantics,
    path,
    ...(request ? { request } : {}),
    ...(argument ? { argument } : {}),
  };
  checkCall(call, types);
  return call;
}

/** A skeleton describes nothing: its driver has no level above the header's. */
function checkQuestions(path: string, manifest: DriverManifest, calls: readonly CallDescription[]): void {
  if (manifest.level === 'L0' || manifest.level === 'L1') return;
  const open = [{ path, semantics: manifest }, ...calls].find(({ semantics }) => semantics.questions);
  if (!open) return;
  throw new InvalidData(
    `${open.path}: the file has open questions, and ${path} says level ${manifest.level}; answer and remove them, or say level L1`,
  );
}

const CORE_DEVIATIONS = 'schemas/core/deviations.yaml';

function readDeviations(path: string, data: unknown): readonly Deviation[] {
  return validate<Deviations>('deviations', path, data).deviations;
}

/** Joins files (path below the repository -> parsed content) into a catalogue; throws InvalidData with one sentence. */
export function loadCatalogue(files: Record<string, unknown>): Catalogue {
  const facts = Object.entries(files)
    .filter(([path]) => path.startsWith('schemas/facts/'))
    .map(([path, data]) => validate<Facts>('facts', path, data));
  const owned = new Set(
    Object.entries(files).flatMap(([path, data]) =>
      /\/driver\.yaml$/.test(path) ? [(data as { header?: string }).header] : [],
    ),
  );
  const shared = facts.filter(file => !owned.has(file.header));
  const sharedTypes = buildTypeTable(shared);
  const coreCalls = Object.entries(files)
    .filter(([path]) => path.startsWith('schemas/core/') && path !== CORE_DEVIATIONS)
    .map(([path, data]) => readCall('drm', path, data, shared, sharedTypes));
  const found = files[CORE_DEVIATIONS];
  // What the core does otherwise shows with every driver that has the call.
  const ofCore = found ? readDeviations(CORE_DEVIATIONS, found) : [];
  const fileCalls = Object.entries(files)
    .filter(([path]) => path.startsWith('schemas/files/'))
    .map(([path, data]) => readCall('file', path, data, shared, sharedTypes));
  const ofFiles = new Map(fileCalls.map(call => [call.name, call]));
  const exporting = coreCalls.find(({ name }) => name === 'DRM_IOCTL_PRIME_HANDLE_TO_FD')!;
  const ofPrimary = Object.entries(files)
    .filter(([path]) => path.startsWith('schemas/primary/'))
    .map(([path, data]) => readCall('primary', path, data, shared, sharedTypes));
  const primary = new Map([...ofPrimary, exporting].map(call => [call.name, call]));
  const drmLetter = 'd'.charCodeAt(0);
  const sharedIoctls = shared.flatMap(file => file.ioctls);
  const coreNumbers = sharedIoctls.filter(({ letter }) => letter === drmLetter).map(({ number }) => number);
  const otherFiles = sharedIoctls.filter(({ letter }) => letter !== drmLetter);
  const drm = shared.find(file => file.header === 'drm/drm.h')!;
  const core: DriverDescription = {
    name: 'drm',
    manifest: {
      driver: 'drm',
      header: drm.header,
      module: 'drm',
      features: [],
      level: 'L0',
      kernel: drm.kernel,
      since: drm.kernel,
      params: {},
      profiles: { none: {} },
    },
    calls: new Map(coreCalls.map(call => [call.name, call])),
    skeletons: new Map(),
    files: ofFiles,
    primary: new Map(),
    deviations: [],
    waivers: [],
    types: sharedTypes,
    facts: drm,
    numbers: { core: coreNumbers, driver: [], files: otherFiles },
  };
  const drivers = new Map<string, DriverDescription>();
  for (const [path, data] of Object.entries(files)) {
    const match = /^schemas\/drivers\/([a-z0-9_]+)\/driver\.yaml$/.exec(path);
    if (!match) continue;
    const manifest = validate<DriverManifest>('driver', path, data);
    const own = facts.find(file => file.header === manifest.header);
    if (!own)
      throw new InvalidData(`${path}: there are no facts of ${manifest.header}; run the extractor on it`);
    const folder = `schemas/drivers/${match[1]}/`;
    const types = buildTypeTable([...shared, own]);
    const all = Object.entries(files)
      .filter(([file]) => file.startsWith(folder) && !/\/(driver|deviations|waivers)\.yaml$/.test(file))
      .map(([file, content]) => readCall(match[1]!, file, content, [own], types));
    checkQuestions(path, manifest, all);
    const calls = all.filter(({ semantics }) => !semantics.questions);
    const skeletons = all.filter(({ semantics }) => semantics.questions);
    const deviations = files[`${folder}deviations.yaml`];
    const waivers = files[`${folder}waivers.yaml`];
    const driver: DriverDescription = {
      name: match[1]!,
      manifest,
      calls: new Map([...coreCalls, ...calls].map(call => [call.name, call])),
      skeletons: new Map(skeletons.map(call => [call.name, call])),
      files: ofFiles,
      primary: manifest.buffers_from === 'primary' ? primary : new Map(),
      deviations: deviations ? readDeviations(`${folder}deviations.yaml`, deviations) : [],
      waivers: waivers ? validate<Waivers>('waivers', `${folder}waivers.yaml`, waivers).waivers : [],
      types,
      facts: own,
      numbers: { core: coreNumbers, driver: own.ioctls.map(ioctl => ioctl.number), files: otherFiles },
    };
    const offered = new Set(coreCalls.filter(call => hasFeatures(driver, call)).map(({ id }) => id));
    // What a call of which the driver lacks the feature did before holds for this driver too.
    const shown = ofCore.filter(
      ({ rule, kind }) => kind === 'older' || offered.has(rule.slice(0, rule.lastIndexOf('.'))),
    );
    drivers.set(driver.name, { ...driver, deviations: [...driver.deviations, ...shown] });
  }
  return { core, shared, drivers };
}

/** Bits 8 to 15 of the requests of each kind of file that a node hands out (linux/dma-buf.h, linux/sync_file.h). */
export const FILE_LETTERS = { 'dma-buf': 'b'.charCodeAt(0), 'sync-file': '>'.charCodeAt(0) } as const;
export type HandedOut = keyof typeof FILE_LETTERS;

/** The calls of a kind of file, in the order of their numbers. */
export function fileCalls(driver: DriverDescription, kind: HandedOut): CallDescription[] {
  return [...driver.files.values()]
    .filter(({ request }) => request!.letter === FILE_LETTERS[kind])
    .sort((a, b) => a.request!.number - b.request!.number);
}

/** Whether an ioctl number is in the drivers' own range, DRM_COMMAND_BASE up to DRM_COMMAND_END. */
export function isDriverNumber(types: TypeTable, number: number): boolean {
  return number >= types.constantValue('DRM_COMMAND_BASE') && number < types.constantValue('DRM_COMMAND_END');
}

/** A constant of the core's and the system's headers, such as O_RDWR. */
export function systemConstant(name: string): number {
  return Number(catalogue().core.types.constantValue(name));
}

/** Whether a driver's calls are described, not only its header: what the reference and the mutants need. */
export function isModelled({ manifest }: DriverDescription): boolean {
  return manifest.level === 'L2' || manifest.level === 'L3';
}

/** The drivers that a reference stands for. */
export function modelledDrivers(): DriverDescription[] {
  return [...catalogue().drivers.values()].filter(isModelled);
}

/** The driver that reports this name by VERSION. */
export function driverOfVersion(name: string): DriverDescription | undefined {
  return [...catalogue().drivers.values()].find(({ manifest }) => manifest.driver === name);
}

/** The files that are built in, by their path below the repository. */
export function builtinFiles(): Readonly<Record<string, unknown>> {
  return builtin;
}

let loaded: Catalogue | undefined;
/** The catalogue that is built in. */
export function catalogue(): Catalogue {
  loaded ??= loadCatalogue(builtin);
  return loaded;
}
