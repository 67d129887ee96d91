/** Claims, as files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Claim, checked, parseSource, validate } from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';

/** The recording makes most of it: a run against a kernel with its rounds has some megabytes. */
const MOST_BYTES = 1 << 26;

/** A claim from the bytes of a file; throws an InvalidData with line and column. */
export function parseClaim(path: string, content: string | Uint8Array): Claim {
  const limits = { format: 'json', most: MOST_BYTES } as const;
  return checked(parseSource(path, content, limits), data => validate<Claim>('claim', path, data));
}

export function readClaim(path: string): Claim {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); name a claim that validate --claim FILE wrote`,
    );
  }
  return parseClaim(path, content);
}

export function writeClaim(path: string, claim: Claim): void {
  try {
    writeFileSync(path, `${JSON.stringify(claim, null, 1)}\n`);
  } catch (error) {
    throw new UsageError(
      `--claim ${path} cannot be written (${(error as NodeJS.ErrnoException).code}); name a file in a folder that exists`,
    );
  }
}
