/**
 * `npm run verdicts`: runs validate on targets as a user does, and keeps what each clause came to in
 * conformance/verdicts. Without names the references and every machine of README's table. One target
 * after the other, since a machine that shares the processor with another one is too slow for its own deadlines.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type VerdictFile, validate } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { netlinkProfiles } from '../netlink/profiles.ts';
import { readAs } from '../run/read-source.ts';
import { VERDICT_FOLDER, verdictFile, verdictFileName, verdictText } from '../traceability/verdict-file.ts';
import { runValidate, UnreadableRun } from './run-validate.ts';
import { check, closeTally } from './tally.ts';

const TARGETS = [
  'reference:accelref',
  'reference:amdxdna',
  'reference:ethosu',
  'reference:habanalabs',
  'reference:ivpu',
  'reference:qaic',
  'reference:rocket',
  'reference:vgem',
  'qemu:ethosu',
  'qemu:ethosu,profile=u85',
  'qemu:ethosu,abi=armhf',
  'qemu:rocket',
  'qemu:accelref',
  'qemu:accelref-6.12',
  'qemu:vgem',
  'qemu:vgem-6.12',
  'qemu:vgem,abi=i386',
  'qemu:drm-ras',
  'qemu:netdevsim',
];
const TIER = 'disturbing';
/** Ten thousand rounds take longer than all other clauses together. */
const SELECT = '!handle.balance';

async function store(target: string, date: string): Promise<void> {
  // A netlink family has no handles.
  const select = netlinkProfiles.has(target.split(/[:,]/)[1]!) ? '' : SELECT;
  const words = select === '' ? [] : ['--select', select];
  const done = await runValidate(target, ['--tier', TIER, ...words]).catch((error: unknown) => {
    if (!(error instanceof UnreadableRun)) throw error;
    check(target, false, error.message);
    return undefined;
  });
  if (!done) return;
  const { run, verdicts, end } = done;
  if (!run || !end.complete) return check(target, false, `the run is not complete: ${end.reason}`);
  const path = join(packageRoot(), VERDICT_FOLDER, verdictFileName(target));
  const before = existsSync(path) ? readAs<VerdictFile>('verdicts', path) : undefined;
  const file = validate<VerdictFile>('verdicts', path, verdictFile({ run, verdicts, end, select, date }));
  mkdirSync(join(packageRoot(), VERDICT_FOLDER), { recursive: true });
  writeFileSync(path, verdictText(file, before));
  const of = (name: string) => Object.values(file.clauses).filter(({ worst }) => worst === name).length;
  check(
    target,
    true,
    `${file.met} ${file.kernel}, ${Object.keys(file.clauses).length} clauses, ${of('conforms')} conform, ${of('violates')} violated, ${of('violates (known)')} known, status ${end.status}`,
  );
}

const { positionals } = scriptArgs({ allowPositionals: true });
const date = new Date().toISOString().slice(0, 10);
for (const target of positionals.length > 0 ? positionals : TARGETS) await store(target, date);
closeTally();
