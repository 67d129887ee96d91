/** A catalogue from the texts of description files, with the built-in ones for what they leave out. */
import { type Catalogue, loadCatalogue } from '../catalogue/catalogue.ts';
import { files as builtin } from '../generated/catalogue.ts';
import type { Facts } from '../layout/index.ts';
import { InvalidData, refuse } from '../validate/invalid-data.ts';
import { located, parseSource, type Source } from './source.ts';

/** A description's place below `schemas`, whatever folder that lies in. */
const PLACE =
  /(?:^|\/)(facts\/[^/]+\.json|(?:core|files|primary)\/[^/]+\.yaml|drivers\/[a-z0-9_]+\/[^/]+\.yaml)$/;

function placeOf(path: string): string {
  const found = PLACE.exec(path)?.[1];
  if (found === undefined)
    throw new InvalidData(
      `${path}:1:1: this is no place for a description; expected facts/NAME.json, core/NAME.yaml, files/NAME.yaml, primary/NAME.yaml or drivers/DRIVER/NAME.yaml`,
    );
  return `schemas/${found}`;
}

const CORE_FACTS = 'schemas/facts/drm.json';
const AREAS = ['schemas/core/', 'schemas/files/', 'schemas/primary/'];

/** Headers that a built-in driver owns: what a folder has no driver for is not in its catalogue. */
function ownHeaders(): Set<unknown> {
  return new Set(
    Object.entries(builtin).flatMap(([path, data]) =>
      path.endsWith('/driver.yaml') ? [(data as { header: string }).header] : [],
    ),
  );
}

/**
 * The built-in files that stand in for what is not given, file by file. Who gives drm.json gives the core: then an area
 * of which a file is given is taken from the given ones alone, so that a call that was removed stays away.
 */
function fallback(given: ReadonlySet<string>, headers: ReadonlySet<unknown>): [string, unknown][] {
  const whole = given.has(CORE_FACTS);
  const own = AREAS.filter(area => whole && [...given].some(path => path.startsWith(area)));
  const driverHeaders = ownHeaders();
  return Object.entries(builtin).filter(([path, data]) => {
    if (given.has(path) || path.startsWith('schemas/drivers/') || own.some(area => path.startsWith(area)))
      return false;
    if (!path.startsWith('schemas/facts/')) return true;
    const { header } = data as Facts;
    return !driverHeaders.has(header) && !headers.has(header);
  });
}

/**
 * Reads the descriptions of a folder: path -> text or bytes. Each file's place is told by the end of its path. Throws an
 * InvalidData that begins with `path:line:column:`; there is no half-loaded catalogue.
 */
export function loadDescriptions(texts: ReadonlyMap<string, string | Uint8Array>): Catalogue {
  return loadSources([...texts].map(([path, text]) => parseSource(path, text)));
}

/** The same for files that were read already. */
export function loadSources(sources: readonly Source[]): Catalogue {
  const given = new Map<string, Source>();
  for (const source of sources) {
    const place = placeOf(source.path);
    const twin = given.get(place);
    if (twin)
      throw new InvalidData(`${source.path}:1:1: ${twin.path} has the same place ${place}; remove one`);
    given.set(place, source);
  }
  const headers = new Set(
    sources.map(({ data }) => (data as { header?: unknown } | null | undefined)?.header),
  );
  const files = Object.fromEntries([
    ...fallback(new Set(given.keys()), headers),
    ...[...given].map(([place, { data }]) => [place, data] as const),
  ]);
  try {
    for (const file of filesWithoutManifest(given))
      refuse(file, [], 'this driver has no driver.yaml; make one beside this file');
    return loadCatalogue(files, path => given.has(path));
  } catch (error) {
    const [first] = sources;
    if (first && error instanceof InvalidData && error.place && !given.has(error.place.file))
      throw new InvalidData(
        `${first.path}:1:1: the built-in ${error.place.file} does not fit these files: ${error.sentence}`,
      );
    throw located(error, file => given.get(file));
  }
}

/** The first file of each driver's folder that lacks the manifest. */
function filesWithoutManifest(sources: ReadonlyMap<string, Source>): string[] {
  const first = new Map<string, string>();
  for (const place of sources.keys()) {
    const folder = /^schemas\/drivers\/[^/]+\//.exec(place)?.[0];
    if (folder !== undefined && !sources.has(`${folder}driver.yaml`) && !first.has(folder))
      first.set(folder, place);
  }
  return [...first.values()];
}
