/** What `accel-uapi lint` was given: a name, a header, facts, a driver's folder or a folder of descriptions. */
import { basename, join, resolve } from 'node:path';
import {
  builtinFiles,
  type Catalogue,
  catalogue,
  type DriverDescription,
  type Facts,
  factsIn,
  InvalidData,
  LayoutError,
  type LintSubject,
  loadCatalogue,
  subjectOfDriver,
  subjectOfFacts,
  type Waiver,
} from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { readLoneHeader } from '../extract/lone-header.ts';
import { kindOf, readAs, readFolder, readSchemas, withPositions } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';

export interface LintInput {
  readonly subject: LintSubject;
  readonly waivers: readonly Waiver[];
  /** Where the header was read from, when its name below the include root is not the place. */
  readonly file?: string;
  /** Whether a waiver that nothing needs is a mistake: it is not when another version of a header is looked at. */
  readonly strict: boolean;
  /** What could not be looked at, and why. */
  readonly note?: string;
}

const EXPECTED =
  'expected a header (.h), facts (.json), a folder with driver.yaml, a folder with drivers/ and facts/, or the name of a driver';

function ofDriver(driver: DriverDescription, all: Catalogue): LintInput {
  const others = [...all.drivers.values()].map(({ facts }) => facts);
  return { subject: subjectOfDriver(driver, others), waivers: driver.waivers, strict: true };
}

/** Loads descriptions; what is wrong with them is told by the path that the user knows. */
function load(files: Record<string, unknown>, under: string, folder: string): Catalogue {
  try {
    return withPositions(files, () => loadCatalogue(files));
  } catch (error) {
    if (error instanceof InvalidData || error instanceof LayoutError)
      throw new UsageError(error.message.replaceAll(under, folder));
    throw error;
  }
}

function driverFolder(folder: string): LintInput {
  const name = basename(resolve(folder));
  const under = `schemas/drivers/${name}`;
  if (!/^[a-z0-9_]+$/.test(name))
    throw new UsageError(`${folder} cannot be a driver's folder: expected a name of a-z, 0-9 and _`);
  const builtin = builtinFiles();
  const own = readFolder(folder, under);
  const { header } = (own[`${under}/driver.yaml`] ?? {}) as { header?: string };
  if (typeof header === 'string' && !factsIn(builtin).some(facts => facts.header === header))
    throw new UsageError(
      `${join(folder, 'driver.yaml')}: there are no facts of ${header}; give a folder with drivers/ and facts/ that has them`,
    );
  const others = Object.entries(builtin).filter(([path]) => !path.startsWith(`${under}/`));
  const all = load({ ...Object.fromEntries(others), ...own }, under, folder);
  return ofDriver(all.drivers.get(name)!, all);
}

function schemasFolder(folder: string): LintInput[] {
  const own = readSchemas(folder);
  // What the folder lacks, such as the core's calls, is taken from the collection.
  const has = (part: string) => Object.keys(own).some(path => path.startsWith(`schemas/${part}/`));
  const builtin = Object.entries(builtinFiles()).filter(([path]) => !has(path.split('/')[1]!));
  const all = load({ ...Object.fromEntries(builtin), ...own }, 'schemas', folder);
  return [...all.drivers.values()].map(driver => ofDriver(driver, all));
}

/** A header without a description; one that contradicts those of the core is told. */
function alone(facts: Facts, shared: readonly Facts[], others: readonly Facts[]): LintSubject {
  try {
    return subjectOfFacts(facts, shared, others);
  } catch (error) {
    if (error instanceof LayoutError) throw new UsageError(`${facts.header}: ${error.message}`);
    throw error;
  }
}

/** Facts as a subject: with a driver's description when the collection has one that still fits. */
function ofFacts(facts: Facts, rest: Pick<LintInput, 'file'> & { text?: string }): LintInput {
  const { text, ...input } = rest;
  const extra = text === undefined ? {} : { text };
  const files = builtinFiles();
  const drivers = [...catalogue().drivers.values()];
  const others = drivers.map(driver => driver.facts);
  const known = drivers.find(({ manifest }) => manifest.header === facts.header);
  let note: string | undefined;
  if (known) {
    const place = Object.keys(files).find(
      path => path.startsWith('schemas/facts/') && (files[path] as Facts).header === facts.header,
    )!;
    try {
      const all = loadCatalogue({ ...files, [place]: facts });
      const loaded = ofDriver(all.drivers.get(known.name)!, all);
      return { ...loaded, ...input, strict: false, subject: { ...loaded.subject, ...extra } };
    } catch (error) {
      if (!(error instanceof InvalidData || error instanceof LayoutError)) throw error;
      note = `the description of ${known.name} does not fit this header (${error.message}): only the header is looked at`;
    }
  }
  const shared = factsIn(files).filter(one => !others.some(({ header }) => header === one.header));
  const subject = {
    ...alone(facts, shared, others),
    ...(known ? { name: known.name } : {}),
    ...extra,
  };
  return { subject, waivers: known?.waivers ?? [], strict: false, ...input, ...(note ? { note } : {}) };
}

async function header(path: string, includes: readonly string[]): Promise<LintInput> {
  // The parser takes a while to load; only a header needs it.
  const { createParser } = await import('../extract/parser.ts');
  const parser = await createParser();
  try {
    const { facts, text } = readLoneHeader(path, parser, includes);
    return ofFacts(facts, { file: path, text });
  } finally {
    parser.delete();
  }
}

/** Everything that a word of the command line names. */
export async function readInput(word: string, includes: readonly string[]): Promise<readonly LintInput[]> {
  const all = catalogue();
  const driver = all.drivers.get(word);
  if (driver) return [ofDriver(driver, all)];
  const kind = kindOf(word);
  if (kind === 'file' && word.endsWith('.h')) return [await header(word, includes)];
  if (kind === 'file' && word.endsWith('.json'))
    return [ofFacts(readAs<Facts>('facts', word), { file: word })];
  if (kind === 'folder' && kindOf(join(word, 'driver.yaml')) === 'file') return [driverFolder(word)];
  if (kind === 'folder' && kindOf(join(word, 'drivers')) === 'folder') return schemasFolder(word);
  const what =
    kind === undefined
      ? `is neither a file nor a driver${nearest(word, [...all.drivers.keys()])}`
      : 'is none of what lint reads';
  throw new UsageError(`${word} ${what}; ${EXPECTED}`);
}

/** The whole collection. */
export function collection(): readonly LintInput[] {
  const all = catalogue();
  return [...all.drivers.values()].map(driver => ofDriver(driver, all));
}
