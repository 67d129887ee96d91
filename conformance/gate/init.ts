/** `gate DIR --init HEADER`: a submission to fill in, made from a header. */
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runExtract } from '../cli/extract.ts';
import { makeFolders, writeTogether } from '../extract/write-together.ts';
import { UsageError } from '../run/usage-error.ts';
import { readHeader } from './described.ts';
import { Refused } from './finding.ts';
import { MANIFEST } from './submission.ts';

const HOLE = 'TO-BE-WRITTEN';

export interface InitOptions {
  /** The release that the header is of. */
  readonly kernel: string;
  /** The folder that holds drm/drm.h. */
  readonly include: string;
}

/** Writes the folder, or nothing; what is there is not touched. */
export async function initSubmission(
  folder: string,
  header: string,
  options: InitOptions,
  write: (text: string) => void,
): Promise<void> {
  const there = existsSync(folder);
  if (there && readdirSync(folder).length > 0)
    throw new UsageError(`${folder} is not empty; name a folder that is not there yet`);
  try {
    await fill(folder, header, options, write);
  } catch (error) {
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      rmSync(join(folder, name), { recursive: true });
    if (!there) rmSync(folder, { recursive: true, force: true });
    throw error instanceof Refused ? new UsageError(error.problems.join('; ')) : error;
  }
}

async function fill(
  folder: string,
  header: string,
  { kernel, include }: InitOptions,
  write: (text: string) => void,
): Promise<void> {
  const { facts } = await readHeader(header);
  const driver = basename(header).replace(/(_accel|_drm)?\.h$/, '');
  if (facts.ioctls.length === 0)
    throw new UsageError(`${header} defines no ioctl; name the uAPI header of a driver`);
  const place = `include/drm/${basename(header)}`;
  makeFolders(join(folder, place));
  copyFileSync(header, join(folder, place));
  await runExtract(join(folder, place), { out: join(folder, 'description'), kernel, include }, write);
  const calls = facts.ioctls.map(({ name }) => name);
  const source = `lib${driver}.c`;
  const manifest = `# What goes with the driver ${driver}; docs/guides/gate.md explains each line. Replace every ${HOLE}.
submission: 1
driver: ${driver}
# The release on which the claim was made, as uname -r says it.
kernel: ${HOLE}
header: ${place}
descriptions: description
documentation: [docs/${driver}.md]
library:
  name: lib${driver}
  place: ${HOLE}
  licence: MIT
  licenceFile: library/LICENSE
  folder: library
  build: [make, lib${driver}.a]
  products: [lib${driver}.a]
  ioctls:
${calls.map(call => `    - { call: ${call}, source: ${source} }`).join('\n')}
tests:
  # Runs in the library's folder and speaks TAP.
  command: [make, --silent, check]
claim: claim.json
`;
  const document = `# ${driver}\n\n${HOLE}: what the device is, and how a program uses it.\n\n${calls.map(call => `## ${call}\n\n${HOLE}\n`).join('\n')}`;
  const make = `lib${driver}.a: lib${driver}.o\n\t$(AR) rcs $@ $^\n\nlib${driver}.o: ${source}\n\t$(CC) -Wall -Werror -I../include -c -o $@ $<\n\n# ${HOLE}: a program that tests the library and speaks TAP.\ncheck:\n\t@false\n`;
  const c = `// SPDX-License-Identifier: MIT\n/* ${HOLE}: a function for each of ${calls.join(', ')}. */\n#include <${place.replace('include/', '')}>\n`;
  writeTogether(
    [
      [MANIFEST, manifest],
      [`docs/${driver}.md`, document],
      ['library/Makefile', make],
      [`library/${source}`, c],
      ['library/LICENSE', `${HOLE}: the text of the licence.\n`],
    ].map(([name, text]) => ({ path: join(folder, name!), text: text! })),
  );
  write(`wrote ${join(folder, MANIFEST)}; what is left to write is marked ${HOLE}\n`);
}
