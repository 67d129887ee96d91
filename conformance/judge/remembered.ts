/** A judge that remembers: where the same program ends as it did before, nothing has to be run again. */
import type { Program, StepResult, Trace } from '../../schemas/index.ts';
import type { StepJudgement } from './follower.ts';
import { type JudgeSetup, judge } from './judge.ts';

interface Known {
  readonly setup: string;
  readonly results: readonly StepResult[];
  readonly judgements: StepJudgement[];
}

function same(a: StepResult, b: StepResult): boolean {
  return (
    a.status === b.status &&
    a.ret === b.ret &&
    a.errno === b.errno &&
    a.signal === b.signal &&
    a.before === b.before &&
    a.after === b.after &&
    a.hashes.length === b.hashes.length &&
    a.hashes.every(
      ({ buffer, crc32 }, at) => b.hashes[at]!.buffer === buffer && b.hashes[at]!.crc32 === crc32,
    ) &&
    a.diffs.length === b.diffs.length &&
    a.diffs.every(({ buffer, offset, bytes }, at) => {
      const other = b.diffs[at]!;
      return (
        other.buffer === buffer &&
        other.offset === offset &&
        other.bytes.length === bytes.length &&
        bytes.every((byte, index) => byte === other.bytes[index])
      );
    })
  );
}

/** What the judge knows of the machine; the description is the same for all runs that share a memory. */
function nameOf({ abi, pageSize, minor, nodePath, params }: JudgeSetup): string {
  return [abi, pageSize, minor, nodePath, ...params].join(' ');
}

/** For one description: programs are told by who they are, so they have to be the same objects from run to run. */
export function rememberingJudge(): typeof judge {
  const known = new WeakMap<Program, Known>();
  return (trace: Trace, setup: JudgeSetup) => {
    const before = known.get(trace.program);
    const name = nameOf(setup);
    const again =
      before?.setup === name &&
      before.results.length === trace.results.length &&
      before.results.every((result, at) => same(result, trace.results[at]!));
    if (again) return before.judgements;
    const judgements = judge(trace, setup);
    if (!before) known.set(trace.program, { setup: name, results: trace.results, judgements });
    return judgements;
  };
}
