/** What a node shows beside its calls: files in sysfs, usage of a descriptor in fdinfo, uevents. */
import { isErrno } from '../errno/errno.ts';
import { files as builtin } from '../generated/messages.ts';
import type { Fdinfo, FdinfoKey, FdinfoType } from '../generated/types/fdinfo.ts';
import type { Sysfs, SysfsAttribute } from '../generated/types/sysfs.ts';
import type { Uevent, UeventProperty, Uevents } from '../generated/types/uevents.ts';
import { InvalidData, validate } from '../validate/validate.ts';

export type { Fdinfo, FdinfoKey, FdinfoType, Sysfs, SysfsAttribute, Uevent, UeventProperty, Uevents };

/** The files of all owners. */
export interface SysfsDescription extends Omit<Sysfs, 'attributes' | 'places'> {
  readonly places: Readonly<Record<string, string>>;
  readonly attributes: readonly SysfsAttribute[];
}

const PATHS = {
  sysfs: 'schemas/node/sysfs/',
  fdinfo: 'schemas/node/fdinfo.yaml',
  uevents: 'schemas/node/uevents.yaml',
} as const;

type Files = Readonly<Record<string, unknown>>;
type Wrong = (sentence: string) => InvalidData;
const wrongIn =
  (path: string): Wrong =>
  sentence =>
    new InvalidData(`${path}: ${sentence}`);

function once(names: readonly string[], wrong: Wrong): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw wrong(`${twice} stands there twice`);
}

/** The files in sysfs, of the core first, checked; throws InvalidData with one sentence. */
export function loadSysfs(files: Files): SysfsDescription {
  const parts = Object.entries(files)
    .filter(([path]) => path.startsWith(PATHS.sysfs))
    .map(([path, data]) => ({ path, part: validate<Sysfs>('sysfs', path, data) }));
  const core = parts.find(({ path }) => path === `${PATHS.sysfs}core.yaml`);
  if (!core?.part.places) throw wrongIn(`${PATHS.sysfs}core.yaml`)('it has to name the places of files');
  const { places } = core.part;
  for (const { path, part } of parts) checkSysfs(wrongIn(path), path, part.attributes, places);
  const ordered = [core, ...parts.filter(each => each !== core)];
  return { ...core.part, places, attributes: ordered.flatMap(({ part }) => part.attributes) };
}

function checkSysfs(
  wrong: Wrong,
  path: string,
  attributes: readonly SysfsAttribute[],
  places: Readonly<Record<string, string>>,
): void {
  once(
    attributes.map(({ name }) => name),
    wrong,
  );
  for (const { name, owner, place, same_as, access, refusals } of attributes) {
    // A driver with many files may have OWNER-DEVICE.yaml for those of one device.
    if (path.slice(PATHS.sysfs.length).split(/[-.]/)[0] !== owner)
      throw wrong(`${name} belongs to ${owner}; move it to ${owner}.yaml`);
    if (!(place in places)) throw wrong(`${name} is in ${place}; expected ${Object.keys(places).join(', ')}`);
    if (same_as && !attributes.some(each => each.name === same_as))
      throw wrong(`${name} is another name of ${same_as}, which ${owner} does not have`);
    for (const { on, errno } of refusals ?? []) {
      if (!isErrno(errno)) throw wrong(`${name} is refused with ${errno}, which is no errno`);
      if (on !== 'both' && !access.includes(on))
        throw wrong(`${name} cannot be ${on === 'read' ? 'read' : 'written'}`);
      if (on === 'both' && access !== 'read-write') throw wrong(`${name} cannot be both read and written`);
    }
  }
}

/** The keys of fdinfo, checked; throws InvalidData with one sentence. */
export function loadFdinfo(files: Files): Fdinfo {
  const wrong = wrongIn(PATHS.fdinfo);
  const fdinfo = validate<Fdinfo>('fdinfo', PATHS.fdinfo, files[PATHS.fdinfo]);
  const known = fdinfo.keys.map(({ key }) => key);
  once(known, wrong);
  for (const { key, type, needs = [], excludes = [], at_most = [], same_as, owner, units } of fdinfo.keys) {
    if (!(type in fdinfo.types)) throw wrong(`${key} is of the type ${type}, which types does not have`);
    if (units && type !== 'unsigned') throw wrong(`${key} has a unit, but is no number`);
    for (const other of [...needs, ...excludes, ...at_most, ...(same_as ? [same_as] : [])])
      if (!known.includes(other)) throw wrong(`${key} refers to ${other}, which is no key`);
    if ((owner === 'core') !== key.startsWith('drm-'))
      throw wrong(`${key} belongs to ${owner}; keys of the core, and only those, begin with drm-`);
  }
  for (const { driver, keys } of fdinfo.drivers)
    for (const key of keys) if (!known.includes(key)) throw wrong(`${driver} prints ${key}, which is no key`);
  return fdinfo;
}

/** The uevents, checked; throws InvalidData with one sentence. */
export function loadUevents(files: Files): Uevents {
  const wrong = wrongIn(PATHS.uevents);
  const uevents = validate<Uevents>('uevents', PATHS.uevents, files[PATHS.uevents]);
  once(
    uevents.events.map(({ event }) => event),
    wrong,
  );
  const actions: readonly (string | number)[] =
    uevents.properties.find(({ name }) => name === 'ACTION')?.values ?? [];
  for (const { event, action, properties = [] } of uevents.events) {
    if (!actions.includes(action))
      throw wrong(`${event} has the action ${action}, which ACTION does not have`);
    once(
      [...uevents.properties, ...properties].map(({ name }) => name),
      wrong,
    );
  }
  return uevents;
}

interface NodeDescription {
  sysfs?: SysfsDescription;
  fdinfo?: Fdinfo;
  uevents?: Uevents;
}
const loaded: NodeDescription = {};
export function sysfsDescription(): SysfsDescription {
  loaded.sysfs ??= loadSysfs(builtin);
  return loaded.sysfs;
}
export function fdinfoDescription(): Fdinfo {
  loaded.fdinfo ??= loadFdinfo(builtin);
  return loaded.fdinfo;
}
export function ueventsDescription(): Uevents {
  loaded.uevents ??= loadUevents(builtin);
  return loaded.uevents;
}
