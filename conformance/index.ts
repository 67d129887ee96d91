export { scriptArgs } from './cli/script-args.ts';
export { commandPath, packageRoot, version } from './cli/version.ts';
export { bodyLines } from './describe/body.ts';
export { layoutGroups } from './describe/layout.ts';
export { netlinkJson } from './describe/netlink.ts';
export { numbersText, WAYS } from './describe/print.ts';
export { planCases, randomCase } from './families/index.ts';
export { GATE_CHECKS } from './gate/finding.ts';
export { readGateResults } from './gate/results.ts';
export type { Difference } from './judge/difference.ts';
export type { StepJudgement } from './judge/follower.ts';
export { type JudgeSetup, judge } from './judge/judge.ts';
export { connectStream, LinkError, spawnExecutor } from './link/index.ts';
export { managementMutants } from './management/mutants.ts';
export { type MatrixOptions, type MatrixRow, runMatrix } from './mutants/matrix.ts';
export { netlinkMutants } from './netlink/profiles.ts';
export type { Case, Instance } from './plan/case.ts';
export type { PlanContext } from './plan/context.ts';
export { jsonlReport } from './report/jsonl.ts';
export { prettyReport } from './report/pretty.ts';
export { type Agreement, agree } from './run/agree.ts';
export type {
  EndEvent,
  FindingEvent,
  LogEvent,
  RunEvent,
  Sink,
  StepEvent,
  StreamEvent,
  VerdictEvent,
} from './run/events.ts';
export { type Identity, identify, TargetError } from './run/identity.ts';
export { Selection } from './run/select.ts';
export type { Target } from './run/target.ts';
export { UsageError } from './run/usage-error.ts';
export { validate } from './run/validate.ts';
export type { ValidateOptions } from './run/validate-options.ts';
export type { Verdict, VerdictName } from './run/verdict.ts';
export { openTarget } from './targets/open.ts';
export { citations } from './traceability/citations.ts';
export { type Traced, trace } from './traceability/table.ts';
export { readVerdictFiles } from './traceability/verdict-file.ts';
