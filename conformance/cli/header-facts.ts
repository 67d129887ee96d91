/** The facts of the header that a user names for a driver without a description. */
import { bareDriver, type Facts, LayoutError } from '../../schemas/index.ts';
import { readLoneHeader } from '../extract/lone-header.ts';
import { createParser } from '../extract/parser.ts';
import { readAs } from '../run/read-source.ts';
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

async function extracted(path: string): Promise<Facts> {
  const parser = await createParser();
  try {
    return readLoneHeader(path, parser).facts;
  } finally {
    parser.delete();
  }
}
