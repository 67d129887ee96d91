/** A header as facts and a skeleton of semantics, beside what a folder already has of it. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  buildTypeTable,
  callKeys,
  callSkeleton,
  catalogue,
  compareDescribed,
  compareFacts,
  compareManifest,
  type Described,
  type Difference,
  type DriverManifest,
  driverName,
  driverSkeleton,
  ExtractError,
  type Facts,
  formatFacts,
  InvalidData,
  LayoutError,
  type Semantics,
  type Side,
  type TypeTable,
  validate,
} from '../../schemas/index.ts';
import { readAs, readData } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';
import type { FoundHeader } from './find-header.ts';
import { factsOfHeader, readBelow } from './header.ts';
import { createParser } from './parser.ts';
import type { NewFile } from './write-together.ts';
import { yamlOfManifest, yamlOfSemantics } from './yaml.ts';

export interface Extraction {
  readonly facts: Facts;
  readonly types: TypeTable;
  /** Name of the driver's folder; undefined for a header of the core, of which only facts are made. */
  readonly driver?: string;
  readonly manifest?: DriverManifest;
  /** All semantics of the driver, those that were there and the new skeletons. */
  readonly described: readonly Described[];
  /** Names and reasons of what has no value or no layout. */
  readonly unresolved: readonly { readonly name: string; readonly reason: string }[];
  /** Against what the folder had; empty the first time. */
  readonly differences: readonly Difference[];
  /** The facts that were there told since which release each item is there; one header alone does not. */
  readonly lostHistory: boolean;
  /** What has to be written, facts first. */
  readonly files: readonly NewFile[];
}

const UNPARSED = 'the declaration cannot be parsed';

async function readFacts(
  found: FoundHeader,
  { kernel, package: name = 'kernel', version = kernel }: Parameters<typeof extract>[1],
): Promise<Facts> {
  const parser = await createParser();
  const { header, text, include } = found;
  try {
    const facts = factsOfHeader({ header, text, kernel, package: name, version }, parser, readBelow(include));
    const broken = facts.unresolved.find(({ reason }) => reason === UNPARSED);
    if (broken)
      throw new UsageError(
        `${header}:${broken.line}: the declaration at ${broken.name} cannot be parsed as C; mend the header`,
      );
    if (facts.ioctls.length + facts.types.length + facts.enums.length + facts.constants.length === 0)
      throw new UsageError(`${header} defines no constant, type or ioctl; name a uAPI header`);
    return facts;
  } catch (error) {
    throw error instanceof ExtractError ? new UsageError(`${error.message}; mend the header`) : error;
  } finally {
    parser.delete();
  }
}

/** Types of a header together with those of the DRM core that it may use. */
function side(facts: Facts): Side {
  // Of a header of the core the one at hand counts, not the collection's.
  const shared = catalogue().shared.filter(({ header }) => header !== facts.header);
  try {
    return { facts, types: buildTypeTable([...shared, facts]) };
  } catch (error) {
    // Another kernel's header may contradict the collection's core; then it stands alone.
    if (!(error instanceof LayoutError)) throw error;
    return { facts, types: buildTypeTable([facts]) };
  }
}

/** The folder of the driver that has this header; by its name when there is none yet. */
function driverOf(drivers: string, header: string): string {
  for (const name of existsSync(drivers) ? readdirSync(drivers).sort() : []) {
    const path = join(drivers, name, 'driver.yaml');
    if (existsSync(path) && (readData(path) as { header?: string } | null)?.header === header) return name;
  }
  const name = driverName(header);
  const taken = join(drivers, name, 'driver.yaml');
  if (existsSync(taken))
    throw new UsageError(
      `${taken} is of another header, ${(readData(taken) as { header?: string }).header}; extract ${header} into another folder with --out`,
    );
  return name;
}

/** Files of a driver's folder that describe no call. */
const ABOUT_THE_DRIVER: readonly string[] = [
  'driver.yaml',
  'deviations.yaml',
  'waivers.yaml',
  'userspace.yaml',
  'second-reading.yaml',
];

function readDescribed(folder: string): Described[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names
    .filter(name => name.endsWith('.yaml') && !ABOUT_THE_DRIVER.includes(name))
    .map(name => {
      const path = join(folder, name);
      return { path, semantics: readAs<Semantics>('semantics', path) };
    });
}

/** Skeletons of the calls that nothing describes. */
function skeletons(driver: string, folder: string, now: Side, described: readonly Described[]) {
  const made: Described[] = [];
  const unresolved: { name: string; reason: string }[] = [];
  const taken = new Set(described.map(({ semantics }) => semantics.key));
  const known = new Set(described.map(({ semantics }) => semantics.call));
  for (const [name, short] of callKeys(driver, now.facts.ioctls)) {
    if (known.has(name)) continue;
    const ioctl = now.facts.ioctls.find(each => each.name === name)!;
    const key = taken.has(short) || existsSync(join(folder, `${short}.yaml`)) ? name.toLowerCase() : short;
    taken.add(key);
    try {
      const path = join(folder, `${key}.yaml`);
      made.push({ path, semantics: validate('semantics', path, callSkeleton(ioctl, key, now.types)) });
    } catch (error) {
      if (!(error instanceof LayoutError)) throw error;
      unresolved.push({ name, reason: error.message });
    }
  }
  return { made, unresolved };
}

/**
 * Reads a header and what `out` has of it; writes nothing. Semantics that are there stay as they are.
 * @param out the folder that has facts/ and drivers/
 */
export async function extract(
  found: FoundHeader,
  from: { readonly kernel: string; readonly package?: string; readonly version?: string },
  out: string,
): Promise<Extraction> {
  const read = await readFacts(found, from);
  const factsPath = join(out, 'facts', `${basename(read.header, '.h')}.json`);
  const before = existsSync(factsPath) ? side(readAs<Facts>('facts', factsPath)) : undefined;
  if (before && before.facts.header !== read.header)
    throw new InvalidData(
      `${factsPath}: the facts are of ${before.facts.header}; extract ${read.header} into another folder with --out`,
    );
  // The same text comes from where it came from, and has the history that it had, unless the caller knows better.
  const isSame = from.package === undefined && before?.facts.source.sha256 === read.source.sha256;
  const facts = isSame ? before.facts : read;
  const now = side(facts);
  const factsFile = { path: factsPath, text: formatFacts(facts) };
  const lostHistory = !isSame && before?.facts.releases !== undefined;
  const changes = before ? compareFacts(before, now) : [];
  const isShared = catalogue().shared.some(({ header }) => header === facts.header);
  if (isShared || facts.ioctls.length === 0) {
    const { unresolved } = facts;
    return { ...now, described: [], unresolved, differences: changes, lostHistory, files: [factsFile] };
  }
  const drivers = join(out, 'drivers');
  const driver = driverOf(drivers, facts.header);
  const folder = join(drivers, driver);
  const manifestPath = join(folder, 'driver.yaml');
  const old = existsSync(manifestPath) ? readAs<DriverManifest>('driver', manifestPath) : undefined;
  const manifest = old ?? validate<DriverManifest>('driver', manifestPath, driverSkeleton(driver, facts));
  const described = readDescribed(folder);
  const { made, unresolved } = skeletons(driver, folder, now, described);
  const isFirst = !before && !old && described.length === 0;
  return {
    ...now,
    driver,
    manifest,
    described: [...described, ...made],
    unresolved: [...facts.unresolved, ...unresolved],
    differences: isFirst
      ? []
      : [...changes, ...compareDescribed(described, now), ...compareManifest(manifestPath, manifest, now)],
    lostHistory,
    files: [
      factsFile,
      ...(old ? [] : [{ path: manifestPath, text: yamlOfManifest(manifest) }]),
      ...made.map(({ path, semantics }) => ({ path, text: yamlOfSemantics(semantics) })),
    ],
  };
}
