/** The facts of the header that a user names for a driver without a description. */
import { join } from 'node:path';
import {
  bareDriver,
  builtinFiles,
  type DriverDescription,
  type Facts,
  InvalidData,
  LayoutError,
  loadCatalogue,
} from '../../schemas/index.ts';
import { readLoneHeader } from '../extract/lone-header.ts';
import { createParser } from '../extract/parser.ts';
import { kindOf, readAs, readSchemas, withPositions } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';

/** Reads a header, or facts that were made of one. Throws a UsageError for what is no header of a driver. */
export async function readHeaderFacts(path: string): Promise<Facts> {
  const facts = path.endsWith('.json') ? readAs<Facts>('facts', path) : await extracted(path);
  let numbers: readonly number[];
  try {
    numbers = bareDriver({ node: 'accel', features: [], fdinfo: false }, facts).numbers.driver;
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    throw new UsageError(`--header ${path} cannot be used: ${error.message}`);
  }
  if (numbers.length === 0)
    throw new UsageError(
      `--header ${path} defines no ioctl of a DRM driver (numbers from DRM_COMMAND_BASE on); name the uAPI header of the target's driver`,
    );
  return facts;
}

/** The drivers of a folder with drivers/ and facts/, as extract writes it. */
export function readDescriptions(folder: string): DriverDescription[] {
  if (kindOf(join(folder, 'drivers')) !== 'folder')
    throw new UsageError(
      `--descriptions ${folder} has no folder drivers/; name the folder that extract --out wrote`,
    );
  const own = readSchemas(folder);
  const paths = Object.keys(own);
  const names = paths.flatMap(path => /^schemas\/drivers\/([^/]+)\/driver\.yaml$/.exec(path)?.[1] ?? []);
  const headers = new Set(
    paths.flatMap(path => (path.startsWith('schemas/facts/') ? [(own[path] as Facts).header] : [])),
  );
  // What the folder has of a driver stands for all that the collection has of it.
  const others = Object.entries(builtinFiles()).filter(
    ([path, data]) =>
      !names.some(name => path.startsWith(`schemas/drivers/${name}/`)) &&
      !(path.startsWith('schemas/facts/') && headers.has((data as Facts).header)),
  );
  const files = { ...Object.fromEntries(others), ...own };
  try {
    const { drivers } = withPositions(files, () => loadCatalogue(files, path => paths.includes(path)));
    return names.map(name => drivers.get(name)!);
  } catch (error) {
    if (error instanceof InvalidData || error instanceof LayoutError)
      throw new UsageError(error.message.replaceAll('schemas/', `${folder}/`));
    throw error;
  }
}

async function extracted(path: string): Promise<Facts> {
  const parser = await createParser();
  try {
    return readLoneHeader(path, parser).facts;
  } finally {
    parser.delete();
  }
}
