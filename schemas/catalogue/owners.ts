/** Who an ioctl, a struct or a constant belongs to: a driver, the DRM core, or a kind of file that a node hands out. */
import type { Facts, IoctlFact, TypeTable } from '../layout/index.ts';
import {
  type CallDescription,
  type Catalogue,
  catalogue,
  type DriverDescription,
  FILE_LETTERS,
  isModelled,
} from './catalogue.ts';

export interface Owner {
  /** The name in the collection: `ethosu`, `drm`, `dma-buf`, `sync-file`. */
  readonly name: string;
  readonly kind: 'driver' | 'core' | 'file';
  /** The headers that are its own. */
  readonly facts: readonly Facts[];
  readonly types: TypeTable;
  /** Its own requests, in the order of the header. */
  readonly ioctls: readonly IoctlFact[];
  /** The calls that are described or sketched, by name; those of a driver are its own only. */
  readonly calls: ReadonlyMap<string, CallDescription>;
  /** Present for a driver. */
  readonly driver?: DriverDescription;
  /** Whether more than the header is described. */
  readonly described: boolean;
}

const SHARED: readonly {
  name: string;
  kind: Owner['kind'];
  headers: readonly string[];
  letter?: number;
}[] = [
  { name: 'drm', kind: 'core', headers: ['drm/drm.h', 'drm/drm_mode.h'] },
  { name: 'dma-buf', kind: 'file', headers: ['linux/dma-buf.h'], letter: FILE_LETTERS['dma-buf'] },
  { name: 'sync-file', kind: 'file', headers: ['linux/sync_file.h'], letter: FILE_LETTERS['sync-file'] },
];

function sharedOwner({ core, shared }: Catalogue, part: (typeof SHARED)[number]): Owner {
  const facts = shared.filter(({ header }) => part.headers.includes(header));
  const calls = [...(part.kind === 'file' ? core.files : core.calls)].filter(
    ([, call]) => part.kind === 'core' || call.request?.letter === part.letter,
  );
  return {
    name: part.name,
    kind: part.kind,
    facts,
    types: core.types,
    ioctls: facts.flatMap(({ ioctls }) => ioctls),
    calls: new Map(calls),
    described: true,
  };
}

function driverOwner({ core }: Catalogue, driver: DriverDescription): Owner {
  return {
    name: driver.name,
    kind: 'driver',
    facts: [driver.facts],
    types: driver.types,
    ioctls: driver.facts.ioctls,
    calls: new Map([...[...driver.calls].filter(([name]) => !core.calls.has(name)), ...driver.skeletons]),
    driver,
    described: isModelled(driver),
  };
}

let known: readonly Owner[] | undefined;

/** All owners of the collection: the core first, then the files, then the drivers. */
export function owners(): readonly Owner[] {
  const all = catalogue();
  known ??= [
    ...SHARED.map(part => sharedOwner(all, part)),
    ...[...all.drivers.values()].map(driver => driverOwner(all, driver)),
  ];
  return known;
}
