/**
 * `npm run test:gate`: a complete submission, made of the module of this project, passes the gate; made untrue in each of
 * the ways of untrue.ts it is refused, for exactly that reason. The claim is of the reference, or with `--kernel` of
 * qemu:accelref (`--claim FILE` takes one that is there). `--only WORDS` tries the untrue ones with these words in their name, `--quick`
 * the first for each check that refuses.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClaim } from '../claim/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { runValidate } from '../cli/validate.ts';
import { packageRoot } from '../cli/version.ts';
import { gate } from '../gate/gate.ts';
import { committedVersion } from './facts-for.ts';
import { fetchHeaders } from './fetch-headers.ts';
import { check, closeTally } from './tally.ts';
import { UNTRUE } from './untrue.ts';

const { values } = scriptArgs({
  options: {
    kernel: { type: 'boolean', default: false },
    claim: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'string' },
  },
});
const root = packageRoot();
const { include } = await fetchHeaders(committedVersion());
const temporary = mkdtempSync(join(tmpdir(), 'accel-uapi-gate-'));

/** The example's own files, with header and description as the project has them. */
async function complete(folder: string): Promise<void> {
  cpSync(join(root, 'conformance/gate/example'), folder, { recursive: true });
  const header = 'drm/accelref_accel.h';
  cpSync(join(root, 'reference/module/uapi', header), join(folder, 'include', header));
  const description = join(folder, 'description');
  cpSync(join(root, 'schemas/drivers/accelref'), join(description, 'drivers/accelref'), { recursive: true });
  cpSync(join(root, 'schemas/facts/accelref_accel.json'), join(description, 'facts/accelref_accel.json'));
  const claim = join(folder, 'claim.json');
  if (values.claim !== undefined) cpSync(values.claim, claim);
  else {
    const target = values.kernel ? 'qemu:accelref' : 'reference:accelref';
    const run = { seed: '1', runs: '50', tier: 'reversible', out: '/dev/null' } as const;
    await runValidate([target], { ...run, descriptions: description, claim });
  }
  const manifest = join(folder, 'submission.yaml');
  const { release } = readClaim(claim).kernel;
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/^kernel: .*$/m, `kernel: ${release}`));
}

try {
  const good = join(temporary, 'complete');
  await complete(good);
  if (values.keep !== undefined) cpSync(good, values.keep, { recursive: true });
  const model = readClaim(join(good, 'claim.json')).target.met === 'model';
  const findings = await gate(good, { model, include });
  const bad = findings.filter(({ outcome }) => outcome !== 'passed');
  const said = findings.map(
    ({ check: name, note, problems }) => `${name}: ${[note, ...problems].join('; ')}`,
  );
  check('the complete submission passes', bad.length === 0, said.join(' | '));
  const tried = new Set<string>();
  for (const [at, untrue] of UNTRUE.entries()) {
    if (values.only !== undefined && !untrue.name.includes(values.only)) continue;
    if (values.quick && untrue.by.every(by => tried.has(by))) continue;
    for (const by of untrue.by) tried.add(by);
    const folder = join(temporary, `untrue-${at}`);
    cpSync(good, folder, { recursive: true });
    untrue.make(folder);
    const found = await gate(folder, { model: model && !untrue.strict, include });
    const refused = found.filter(({ outcome }) => outcome === 'refused');
    const problems = refused.flatMap(each => each.problems);
    const exactly = refused.map(each => each.check).join() === untrue.by.join();
    check(
      untrue.name,
      exactly && problems.some(problem => untrue.reason.test(problem)),
      `${refused.map(each => each.check).join(', ') || 'nothing'} refused: ${problems[0] ?? ''}`,
    );
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(temporary, { recursive: true });
}
closeTally();
