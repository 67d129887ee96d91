/** The descriptions, validated and joined: facts and semantics of the core's calls and of every driver. */
import { files as builtin } from '../generated/catalogue.ts';
import type { Deviation } from '../generated/types/deviations.ts';
import type { DriverManifest } from '../generated/types/driver.ts';
import type { SecondReading } from '../generated/types/second-reading.ts';
import type { Semantics } from '../generated/types/semantics.ts';
import type { Userspace } from '../generated/types/userspace.ts';
import type { Waiver, Waivers } from '../generated/types/waivers.ts';
import type { Facts, IoctlFact, TypeTable } from '../layout/index.ts';
import { refuse } from '../validate/invalid-data.ts';
import { checkAbout, readAbout } from './about-driver.ts';
import { checkDeviations, checkManifest, checkResources } from './check-driver.ts';
import { checkFacts } from './check-facts.ts';
import { hasFeatures } from './features.ts';
import { commonParams, paramsOf } from './params.ts';
import {
  below,
  byName,
  type FactsFile,
  ownFacts,
  readCall,
  readDeviations,
  readFacts,
  readOnce,
  requestsOf,
  tableOf,
} from './read-files.ts';

export type { Deviation, DriverManifest, SecondReading, Semantics, Userspace };

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
  /** The open programs that use it. */
  readonly userspace?: Userspace;
  /** The errnos of its calls, read a second time from the source alone. */
  readonly secondReading?: SecondReading;
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
  /** What the core itself does otherwise; a driver has those that show with it. */
  readonly coreDeviations: readonly Deviation[];
}

/** A skeleton describes nothing: its driver has no level above the header's. */
function checkQuestions(path: string, manifest: DriverManifest, calls: readonly CallDescription[]): void {
  if (manifest.level === 'L0' || manifest.level === 'L1') return;
  const open = [{ path, semantics: manifest }, ...calls].find(({ semantics }) => semantics.questions);
  if (!open) return;
  refuse(
    open.path,
    ['questions'],
    `the file has open questions, and ${path} says level ${manifest.level}; answer and remove them, or say level L1`,
  );
}

const CORE_DEVIATIONS = 'schemas/core/deviations.yaml';

/** The facts among files, by the folder that they lie in. */
export function factsIn(files: Readonly<Record<string, unknown>>): Facts[] {
  return below(files, 'schemas/facts/').map(([, facts]) => facts as Facts);
}

/** The driver whose manifest this is, by the name of its folder. */
function ownerOf(path: string): string | undefined {
  return /^schemas\/drivers\/([a-z0-9_]+)\/driver\.yaml$/.exec(path)?.[1];
}

/**
 * Joins files (path below the repository -> parsed content) into a catalogue; throws InvalidData with one sentence. The
 * layouts of the facts that `suspect` tells are all computed, which takes its time; those that are built in were.
 */
export function loadCatalogue(
  files: Record<string, unknown>,
  suspect: (path: string) => boolean = () => false,
): Catalogue {
  return join(files, suspect, false);
}

/** @param checked nothing is looked at whether it is right: it was when the kit was built */
function join(
  files: Record<string, unknown>,
  suspect: (path: string) => boolean,
  checked: boolean,
): Catalogue {
  const facts = readFacts(files, checked);
  const manifests = Object.entries(files).flatMap(([path, data]) => {
    const name = ownerOf(path);
    return name === undefined
      ? []
      : [{ name, path, manifest: readOnce<DriverManifest>('driver', path, data, checked) }];
  });
  const owned = new Set(manifests.map(({ manifest }) => manifest.header));
  const shared = facts.filter(file => !owned.has(file.facts.header));
  const sharedTypes = tableOf(shared);
  const computeLayouts = (some: readonly FactsFile[], table: TypeTable) => {
    for (const file of some) if (suspect(file.path)) checkFacts(file.path, file.facts, table);
  };
  computeLayouts(shared, sharedTypes);
  const sharedFacts = shared.map(file => file.facts);
  const sharedRequests = requestsOf(sharedFacts);
  const read = (owner: string, folder: string) =>
    below(files, folder)
      .filter(([path]) => path !== CORE_DEVIATIONS)
      .map(([path, data]) => readCall(owner, path, data, sharedRequests, sharedTypes, commonParams, checked));
  const coreCalls = read('drm', 'schemas/core/');
  const found = files[CORE_DEVIATIONS];
  // What the core does otherwise shows with every driver that has the call.
  const ofCore = found === undefined ? [] : readDeviations(CORE_DEVIATIONS, found, 'drm', checked);
  const ofFiles = byName(read('file', 'schemas/files/'));
  const exporting = coreCalls.filter(({ name }) => name === 'DRM_IOCTL_PRIME_HANDLE_TO_FD');
  const primary = byName([...read('primary', 'schemas/primary/'), ...exporting]);
  const drmLetter = 'd'.charCodeAt(0);
  const sharedIoctls = sharedFacts.flatMap(file => file.ioctls);
  const coreNumbers = sharedIoctls.filter(({ letter }) => letter === drmLetter).map(({ number }) => number);
  const otherFiles = sharedIoctls.filter(({ letter }) => letter !== drmLetter);
  const drm = sharedFacts.find(file => file.header === 'drm/drm.h');
  if (!drm)
    return refuse(
      'schemas/facts/drm.json',
      ['header'],
      'there are no facts of drm/drm.h; every driver rests on them',
    );
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
    calls: byName(coreCalls),
    skeletons: new Map(),
    files: ofFiles,
    primary: new Map(),
    deviations: [],
    waivers: [],
    types: sharedTypes,
    facts: drm,
    numbers: { core: coreNumbers, driver: [], files: otherFiles },
  };
  if (!checked) {
    checkResources(
      [...coreCalls, ...ofFiles.values(), ...primary.values()],
      [...coreCalls, ...ofFiles.values()],
    );
    checkDeviations(CORE_DEVIATIONS, ofCore, core, commonParams);
  }
  const drivers = new Map<string, DriverDescription>();
  for (const { name, path, manifest } of manifests) {
    const own = ownFacts(path, manifest, facts);
    const folder = `schemas/drivers/${name}/`;
    const types = tableOf([own], sharedTypes);
    computeLayouts([own], types);
    const requests = requestsOf([own.facts]);
    const params = paramsOf(manifest);
    const all = below(files, folder)
      .filter(([file]) => !/\/(driver|deviations|waivers|userspace|second-reading)\.yaml$/.test(file))
      .map(([file, content]) => readCall(name, file, content, requests, types, params, checked));
    if (!checked) checkQuestions(path, manifest, all);
    const calls = all.filter(({ semantics }) => !semantics.questions);
    // A driver need not map by the DRM core (drivers/accel/habanalabs/common/habanalabs_drv.c:93).
    const ownMap = calls.some(call => call.name === 'mmap');
    const skeletons = all.filter(({ semantics }) => semantics.questions);
    const deviations = files[`${folder}deviations.yaml`];
    const waivers = files[`${folder}waivers.yaml`];
    const driver: DriverDescription = {
      name,
      manifest,
      calls: byName([...coreCalls.filter(call => !(ownMap && call.name === 'mmap')), ...calls]),
      skeletons: byName(skeletons),
      files: ofFiles,
      primary: manifest.buffers_from === 'primary' ? primary : new Map(),
      deviations:
        deviations === undefined ? [] : readDeviations(`${folder}deviations.yaml`, deviations, name, checked),
      waivers:
        waivers === undefined
          ? []
          : readOnce<Waivers>('waivers', `${folder}waivers.yaml`, waivers, checked).waivers,
      ...readAbout(files, folder, name, checked),
      types,
      facts: own.facts,
      numbers: { core: coreNumbers, driver: own.facts.ioctls.map(ioctl => ioctl.number), files: otherFiles },
    };
    if (!checked) {
      checkManifest(path, manifest, driver);
      checkResources(calls, [...driver.calls.values()]);
      checkAbout(folder, driver);
      checkDeviations(`${folder}deviations.yaml`, driver.deviations, driver, params);
    }
    drivers.set(driver.name, { ...driver, deviations: [...driver.deviations, ...shownWith(driver, ofCore)] });
  }
  return { core, shared: sharedFacts, drivers, coreDeviations: ofCore };
}

/** The core's deviations that show with a driver: those of the calls that its features offer. */
export function shownWith(driver: DriverDescription, ofCore: readonly Deviation[]): Deviation[] {
  const offered = new Set(
    [...driver.calls.values()].filter(call => hasFeatures(driver, call)).map(({ id }) => id),
  );
  // What a call of which the driver lacks the feature did before holds for this driver too.
  return ofCore.filter(
    ({ rule, kind }) => kind === 'older' || offered.has(rule.slice(0, rule.lastIndexOf('.'))),
  );
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

/** The drivers of which every rule is read in the source, so that each must be noticed when it is broken. */
export function wholeDrivers(): DriverDescription[] {
  return modelledDrivers().filter(({ manifest }) => manifest.level === 'L3');
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
/** The catalogue that is built in; the build has checked it (conformance/build/generate-catalogue.ts). */
export function catalogue(): Catalogue {
  loaded ??= join(builtin, () => false, true);
  return loaded;
}
