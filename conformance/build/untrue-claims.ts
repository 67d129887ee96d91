/** Submissions whose claim is untrue. */
import { claim, edit, MANIFEST, read, type Untrue, write } from './untrue-way.ts';

export const claims: Untrue[] = [
  {
    name: 'a claim of another kernel',
    by: ['claim'],
    reason: /the claim is of the kernel .*, and the submission of 6\.12\.1/,
    make: folder =>
      write(folder, MANIFEST, read(folder, MANIFEST).replace(/^kernel: .*$/m, 'kernel: 6.12.1')),
  },
  {
    name: 'a claim of a model in the place of a kernel',
    by: ['claim'],
    reason: /met a model only, no kernel/,
    strict: true,
    make: claim(one => {
      one.target.met = 'model';
    }),
  },
  {
    name: 'a claim that only says that it met a kernel',
    by: ['claim'],
    reason: /no \/proc\/version was read from it/,
    make: claim(one => {
      one.target.met = 'kernel';
      one.kernel.version = '';
    }),
  },
  {
    name: 'a claim of another kit',
    by: ['claim'],
    reason: /made by another kit/,
    make: claim(one => {
      one.kit.version = '0.1.0';
    }),
  },
  {
    name: 'a claim against another specification',
    by: ['claim'],
    reason: /against another specification/,
    make: claim(one => {
      one.spec.sha256 = '0'.repeat(64);
    }),
  },
  {
    name: 'a claim of another header',
    by: ['claim'],
    reason: /of another header/,
    make: claim(one => {
      one.header.sha256 = '0'.repeat(64);
    }),
  },
  {
    name: 'a description that changed after the claim',
    by: ['claim'],
    reason: /of another description/,
    make: folder =>
      edit(
        folder,
        'description/drivers/accelref/driver.yaml',
        'Reference accel driver',
        'Another accel driver',
      ),
  },
  {
    name: 'a claim of a few clauses',
    by: ['claim'],
    reason: /of --select handle only/,
    make: claim(one => {
      one.run.select = 'handle';
    }),
  },
  {
    name: 'a claim of a run that was cut',
    by: ['claim'],
    reason: /run was cut/,
    make: claim(one => {
      one.end.complete = false;
      one.end.reason = 'interrupted';
    }),
  },
  {
    name: 'a claim of few programs',
    by: ['claim'],
    reason: /has 1 random programs/,
    make: claim(one => {
      one.run.runs = 1;
    }),
  },
  {
    name: 'a claim with a violation',
    by: ['claim'],
    reason: /is violated: /,
    make: claim(one => {
      const verdict = one.verdicts.find(each => each.level === 'MUST' && each.verdict === 'conforms')!;
      verdict.verdict = 'violates';
      verdict.reason = 'seen';
      one.end.counts.conforms! -= 1;
      one.end.counts.violates = 1;
    }),
  },
  {
    name: 'something left out without a reason',
    by: ['claim'],
    reason: /was left out without a reason/,
    make: claim(one => {
      const [skip] = one.skips;
      one.verdicts.find(each => each.clause === skip!.clause && each.instance === skip!.instance)!.reason =
        '';
      skip!.reason = '';
    }),
  },
  {
    name: 'a claim that was edited by hand',
    by: ['claim'],
    reason: /it was not made by validate --claim/,
    make: claim(one => {
      one.verdicts.find(each => each.verdict === 'not reached')!.verdict = 'conforms';
    }),
  },
  {
    name: 'a claim that is no JSON',
    by: ['claim'],
    reason: /claim\.json:1:/,
    make: folder => write(folder, 'claim.json', 'conforms'),
  },
  {
    name: 'a claim that was edited by hand with care',
    by: ['replay'],
    reason: /the claim's verdicts say conforms, and its recording gives not reached/,
    make: claim(one => {
      const verdict = one.verdicts.find(each => each.verdict === 'not reached')!;
      one.skips = one.skips.filter(
        each => each.clause !== verdict.clause || each.instance !== verdict.instance,
      );
      verdict.verdict = 'conforms';
      verdict.reason = '';
      one.end.counts['not reached']! -= 1;
      one.end.counts.conforms! += 1;
    }),
  },
  {
    name: 'the recording of another run',
    by: ['replay'],
    reason: /is not the program that the kit sends|not one of such a run/,
    make: claim(one => {
      one.run.seed += 1;
    }),
  },
  {
    name: 'a recording that was changed',
    by: ['replay'],
    reason: /its recording is not the one that the claim was made with/,
    make: claim(one => {
      one.recording.sha256 = 'f'.repeat(64);
    }),
  },
];
