/** What makes a submission untrue in one way, and what the gate has to say of it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClaim, writeClaim } from '../claim/index.ts';
import type { CheckName } from '../gate/finding.ts';

type Claim = ReturnType<typeof readClaim>;

export interface Untrue {
  readonly name: string;
  /** What has to be refused, all of it, for exactly this. */
  readonly by: readonly CheckName[];
  readonly reason: RegExp;
  /** A claim of a model is not let through. */
  readonly strict?: true;
  make(folder: string): void;
}

export const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
export const write = (folder: string, name: string, text: string | Uint8Array) =>
  writeFileSync(join(folder, name), text);

/** Replaces a text; the text has to be there. */
export function edit(folder: string, name: string, from: string, to: string): void {
  const text = read(folder, name);
  if (!text.includes(from)) throw new Error(`${name} of the example has no ${JSON.stringify(from)}`);
  write(
    folder,
    name,
    text.replace(from, () => to),
  );
}

export const HEADER = 'include/drm/accelref_accel.h';
export const FACTS = 'description/facts/accelref_accel.json';
export const MANIFEST = 'submission.yaml';
export const LIBRARY = 'library/accelref.c';

export const claim = (change: (claim: Claim) => void) => (folder: string) => {
  const path = join(folder, 'claim.json');
  const changed = readClaim(path);
  change(changed);
  writeClaim(path, changed);
};

/** Changes the header and has the facts and the claim say that it is theirs: only what it says is then wrong. */
export function headerOf(folder: string, from: string, to: string): void {
  const before = createHash('sha256').update(read(folder, HEADER)).digest('hex');
  edit(folder, HEADER, from, to);
  const after = createHash('sha256').update(read(folder, HEADER)).digest('hex');
  edit(folder, FACTS, before, after);
  claim(one => {
    one.header.sha256 = after;
  })(folder);
}

export const inManifest = (from: string, to: string) => (folder: string) => edit(folder, MANIFEST, from, to);
export const TESTS = 'command: [make, --silent, check]\n  under: accelref';
/** A program in the place of the tests. */
export const tests = (script: string) => (folder: string) => {
  edit(folder, MANIFEST, TESTS, 'command: [sh, check.sh]');
  write(folder, 'library/check.sh', `# SPDX-License-Identifier: MIT\n${script}\n`);
};
