/** The gate: everything that a driver has to bring with its header, looked at in one go. */
import { join } from 'node:path';
import type { Claim } from '../../schemas/index.ts';
import { checkClaim, checkReplay, loadClaim } from './claimed.ts';
import {
  checkDescription,
  checkDocumentation,
  checkHeader,
  checkLint,
  documentsOf,
  type Looked,
  readDescription,
  readHeader,
} from './described.ts';
import { CHECKS, type CheckName, type Finding, Refused } from './finding.ts';
import { build, checkBindings, checkLibrary, inCopy, test } from './library.ts';
import { checkParts, readSubmission, type Submitted } from './submission.ts';

export interface GateOptions {
  /** A claim that met a model only passes, and is called so. */
  readonly model: boolean;
  /** The folder that holds drm/drm.h, for the compiler. */
  readonly include: string;
}

/** What a gate has found so far, each check once. */
export class Findings {
  readonly all: Finding[] = [];

  add(check: CheckName, outcome: Finding['outcome'], note: string, problems: readonly string[] = []): void {
    this.all.push({ check, outcome, problems, note });
  }

  /** Runs one check; what it refuses is kept, any other error is a fault of the kit. */
  async look<T>(
    check: CheckName,
    act: () => Promise<readonly [T, string]> | readonly [T, string],
  ): Promise<T | undefined> {
    try {
      const [value, note] = await act();
      this.add(check, 'passed', note);
      return value;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.add(check, 'refused', '', error.problems);
      return undefined;
    }
  }

  get refused(): readonly CheckName[] {
    return this.all.filter(({ outcome }) => outcome === 'refused').map(({ check }) => check);
  }

  /** What nothing was said of: another check came first. */
  rest(why: string): readonly Finding[] {
    for (const check of CHECKS)
      if (!this.all.some(one => one.check === check)) this.add(check, 'not looked at', why);
    return this.all.sort((a, b) => CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check));
  }
}

/** Looks at a whole submission; what has to be built or judged again only when all before it is right. */
export async function gate(folder: string, options: GateOptions): Promise<readonly Finding[]> {
  const found = new Findings();
  const submitted = await found.look<Submitted>('submission', () => {
    const read = readSubmission(folder);
    return [read, checkParts(read)];
  });
  if (!submitted) return found.rest('the submission is not whole');
  const header = join(folder, submitted.manifest.header);
  let looked: Looked | undefined;
  let note = '';
  await found.look('description', () => {
    const driver = readDescription(submitted);
    looked = { driver, facts: driver.facts, text: '' };
    note = checkDescription(looked);
    return [true, note];
  });
  if (!looked) return found.rest('there is no description to look at it with');
  const { driver } = looked;
  const read = await found.look('header', async () => {
    const whole = { driver, ...(await readHeader(header)) };
    return [whole, checkHeader(whole)] as const;
  });
  const claim = await found.look<Claim>('claim', () => {
    const loaded = loadClaim(submitted);
    return [loaded, checkClaim(submitted, loaded, driver, options)];
  });
  await found.look('library', () => [true, checkLibrary(submitted, driver)]);
  if (read && !found.refused.includes('description')) {
    await found.look('lint', () => [true, checkLint(read)]);
    await found.look('documentation', () => [true, checkDocumentation(read, documentsOf(submitted))]);
    await found.look(
      'bindings',
      async () => [true, await checkBindings(driver, header, options.include)] as const,
    );
  }
  if (found.refused.length > 0 || !claim) return found.rest(`${found.refused.join(', ')} first`);
  await inCopy(submitted, async copy => {
    const built = await found.look('build', () => [true, build(submitted, copy, options.include)]);
    if (built) await found.look('tests', () => [true, test(submitted, copy, options.include)]);
  });
  if (found.refused.length === 0)
    await found.look('replay', async () => [true, await checkReplay(submitted, claim, driver)] as const);
  return found.rest(`${found.refused.join(', ')} first`);
}
