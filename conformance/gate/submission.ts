/** A submission: its manifest, and that every part that it names is there. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { InvalidData, type Submission } from '../../schemas/index.ts';
import { kindOf, readAs } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';
import { Refused } from './finding.ts';

export const MANIFEST = 'submission.yaml';

/** A folder of a submission, and its manifest. */
export interface Submitted {
  readonly folder: string;
  readonly manifest: Submission;
}

export function readSubmission(folder: string): Submitted {
  const path = join(folder, MANIFEST);
  if (kindOf(path) !== 'file')
    throw new UsageError(
      `${folder} has no ${MANIFEST}; make one from a header with accel-uapi gate ${folder} --init HEADER`,
    );
  try {
    return { folder, manifest: readAs<Submission>('submission', path) };
  } catch (error) {
    if (error instanceof InvalidData) throw new Refused([error.message]);
    throw error;
  }
}

/** What leaves the folder belongs to somebody else's machine. */
function outside(folder: string, name: string): boolean {
  const path = join(folder, name);
  const place = relative(realpathSync(folder), realpathSync(path));
  return isAbsolute(name) || place.startsWith('..');
}

/** Throws a {@link Refused} with every part that is not there. */
export function checkParts({ folder, manifest }: Submitted): string {
  const { header, descriptions, documentation, library, claim } = manifest;
  const parts: [what: string, name: string, kind: 'file' | 'folder'][] = [
    ['header', header, 'file'],
    ['descriptions', descriptions, 'folder'],
    ...documentation.map((name): [string, string, 'file'] => ['documentation', name, 'file']),
    ['library.folder', library.folder, 'folder'],
    ['library.licenceFile', library.licenceFile, 'file'],
    ['claim', claim, 'file'],
  ];
  const problems: string[] = [];
  for (const [what, name, kind] of parts) {
    if (kindOf(join(folder, name)) !== kind)
      problems.push(`${what}: there is no ${kind} ${name} in the submission`);
    else if (outside(folder, name))
      problems.push(`${what}: ${name} lies outside of the submission; put it inside`);
    else if (kind === 'file' && statSync(join(folder, name)).size === 0)
      problems.push(`${what}: ${name} is empty`);
    else if (kind === 'file' && what !== 'claim' && TO_WRITE.test(readFileSync(join(folder, name), 'utf8')))
      problems.push(`${what}: ${name} is still as gate --init made it (${TO_WRITE.source}); write it`);
  }
  if (TO_WRITE.test(JSON.stringify(manifest)))
    problems.push(`${MANIFEST} is still as gate --init made it (${TO_WRITE.source}); write it`);
  if (problems.length > 0) throw new Refused(problems);
  return `${parts.length} parts`;
}

/** Stands in a scaffold wherever somebody has to write something. */
export const TO_WRITE = /TO-BE-WRITTEN/;
