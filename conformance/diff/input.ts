/** What OLD and NEW of `accel-uapi diff` name: headers, facts, descriptions or a netlink specification. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type Catalogue,
  catalogue,
  type DescribedCall,
  type Facts,
  type Family,
  factsIn,
  type Interface,
  loadCatalogue,
  type Overlay,
  readFamily,
} from '../../schemas/index.ts';
import { kindOf, readAs, readData, readSchemas, withPositions } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';
import { readHeaders } from './headers.ts';

const EXPECTED =
  'expected a header (.h), a folder of headers or an include folder, facts (.json), a folder with driver.yaml, a schemas folder, or a netlink specification (.yaml)';

const none = { facts: [], calls: [], families: [] };

async function ofHeaders(name: string, paths: readonly string[]): Promise<Interface> {
  return { ...none, name, ...(await readHeaders(paths)) };
}

/** The overlays of a specification: `overlay/` beside it, whichever files there are about its family. */
function familyOf(path: string): Family {
  const folder = join(dirname(path), 'overlay');
  const key = basename(path, '.yaml');
  const overlays =
    kindOf(folder) !== 'folder'
      ? []
      : readdirSync(folder, { recursive: true })
          .map(String)
          .filter(name => name.endsWith('.yaml'))
          .map(name => readData(join(folder, name)) as Overlay & { family?: string })
          .filter(overlay => overlay.family === key);
  const data = readData(path);
  return withPositions({ [path]: data }, () => readFamily(path, data, overlays));
}

/** Each call once: those of the core belong to every driver. */
function callsOf({ core, drivers }: Catalogue, only?: string): DescribedCall[] {
  const shared = [...core.calls.values(), ...core.files.values()];
  const found = new Map<string, DescribedCall>();
  const add = (list: Iterable<(typeof shared)[number]>) => {
    for (const { id, semantics } of list) found.set(id, { owner: id.slice(0, id.indexOf('.')), semantics });
  };
  if (only === undefined) add(shared);
  for (const driver of drivers.values())
    if (only === undefined || driver.name === only) {
      add([...driver.calls.values()].filter(call => only === undefined || call.id.startsWith(`${only}.`)));
      if (only === undefined) add(driver.primary.values());
    }
  return [...found.values()];
}

function loadSchemas(root: string): { catalogue: Catalogue; files: Record<string, unknown> } {
  const files = readSchemas(root);
  return { catalogue: withPositions(files, () => loadCatalogue(files)), files };
}

/** The headers whose facts the collection holds, and where older kernels keep them. */
function collectionHeaders(): readonly string[] {
  const { shared, drivers } = catalogue();
  const own = [...drivers.values()].map(({ manifest }) => manifest);
  return [
    ...shared.map(({ header }) => header),
    ...own.flatMap(({ header, former_headers: former = [] }) => [header, ...former]),
  ];
}

function ofSchemas(root: string): Interface {
  const { catalogue, files } = loadSchemas(root);
  const netlink = join(root, 'netlink');
  const specs =
    kindOf(netlink) === 'folder' ? readdirSync(netlink).filter(name => name.endsWith('.yaml')) : [];
  return {
    name: root,
    facts: factsIn(files),
    calls: callsOf(catalogue),
    families: specs.map(name => familyOf(join(netlink, name))),
  };
}

/** A driver's folder, in the schemas folder that it stands in. */
function ofDriver(folder: string): Interface {
  const root = resolve(folder, '../..');
  if (kindOf(join(root, 'facts')) !== 'folder')
    throw new UsageError(
      `${folder}: there is no folder facts in ${root}; name the folder of a driver that stands in a schemas folder`,
    );
  const { catalogue, files } = loadSchemas(root);
  const name = basename(resolve(folder));
  const driver = catalogue.drivers.get(name);
  if (!driver) throw new UsageError(`${folder} is no folder of a driver; expected one of a-z, 0-9 and _`);
  const others = new Set([...catalogue.drivers.values()].map(each => each.facts.header));
  const shared = factsIn(files).filter(({ header }) => !others.has(header));
  return {
    name: folder,
    facts: [driver.facts],
    support: shared,
    calls: callsOf(catalogue, name),
    families: [],
  };
}

async function ofFolder(path: string): Promise<Interface> {
  const schemas = kindOf(join(path, 'schemas/facts')) === 'folder' ? join(path, 'schemas') : path;
  if (kindOf(join(path, 'driver.yaml')) === 'file') return ofDriver(path);
  if (kindOf(join(schemas, 'facts')) === 'folder') return ofSchemas(schemas);
  // An include folder has many headers that are none of ours: those of the collection are taken.
  const known = collectionHeaders().filter(header => !header.startsWith('asm-generic/'));
  const found = known.map(header => join(path, header)).filter(each => kindOf(each) === 'file');
  if (found.length > 0) return ofHeaders(path, found);
  const names = readdirSync(path).sort();
  const headers = names.filter(name => name.endsWith('.h')).map(name => join(path, name));
  if (headers.length > 0) return ofHeaders(path, headers);
  const facts = names.filter(name => name.endsWith('.json'));
  if (facts.length > 0)
    return {
      ...none,
      name: path,
      facts: facts.map(name => readAs<Facts>('facts', join(path, name))),
    };
  throw new UsageError(`${path} has nothing that diff reads; ${EXPECTED}`);
}

/** Reads one side. */
export async function readInterface(path: string): Promise<Interface> {
  const kind = kindOf(path);
  if (kind === undefined) throw new UsageError(`${path} is neither a file nor a folder; ${EXPECTED}`);
  if (kind === 'folder') return ofFolder(path);
  if (path.endsWith('.h')) return ofHeaders(path, [path]);
  if (path.endsWith('.json')) return { ...none, name: path, facts: [readAs<Facts>('facts', path)] };
  if (path.endsWith('.yaml')) return { ...none, name: path, families: [familyOf(path)] };
  throw new UsageError(`${path} is none of what diff reads; ${EXPECTED}`);
}
