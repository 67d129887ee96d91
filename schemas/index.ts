export * from './algebra/compile.ts';
export * from './algebra/environment.ts';
export * from './algebra/interpreter.ts';
export * from './algebra/invert.ts';
export * from './algebra/print.ts';
export * from './algebra/values.ts';
export * from './bindings/index.ts';
export * from './catalogue/bare-driver.ts';
export * from './catalogue/catalogue.ts';
export { hasFeatures, lacksFeature } from './catalogue/features.ts';
export * from './catalogue/owners.ts';
export { applyPatch, editedRules, type Patch } from './catalogue/patch.ts';
export * from './catalogue/rules.ts';
export { diff, diffRules } from './diff/diff.ts';
export type { DescribedCall, Interface } from './diff/interface.ts';
export { type Family, type Overlay, readFamily } from './diff/netlink.ts';
export type { DiffRule } from './diff/rule.ts';
export * from './errno/errno.ts';
export * from './extract/index.ts';
export { protocol } from './generated/protocol.ts';
export type { Answer, Answers } from './generated/types/answers.ts';
export type { Bench, BenchMachine, BenchRow, BenchSection } from './generated/types/bench.ts';
export type { ChapterHead } from './generated/types/chapter.ts';
export type { Clause, ClauseFile, Level } from './generated/types/clauses.ts';
export type {
  Decoded,
  DecodedArgument,
  DecodedCall,
  DecodedCandidate,
  DecodedRefusal,
} from './generated/types/decode.ts';
export type { NetlinkDescription } from './generated/types/describe-netlink.ts';
export type { Diff, DiffRemark } from './generated/types/diff.ts';
export type { Doctor } from './generated/types/doctor.ts';
export type { Lint, LintedSubject, LintRemark, LintRun } from './generated/types/lint.ts';
export type { KillMatrix } from './generated/types/mutants.ts';
export type { Basis, FieldRole, OutputRule, Question, Written } from './generated/types/semantics.ts';
export type { Silence, SilenceFile } from './generated/types/silences.ts';
export type { TraceFile, TraceStep, TraceValue } from './generated/types/trace.ts';
export type { ClauseVerdict, VerdictFile } from './generated/types/verdicts.ts';
export * from './layout/index.ts';
export type { CompositeFact, CType, EnumFact, Facts, IoctlFact, MemberFact } from './layout/types.ts';
export { factToBigint } from './layout/types.ts';
export * from './lint/index.ts';
export { loadDescriptions, loadSources } from './load/descriptions.ts';
export { checked, located, parseSource, type Source, type SourceOptions } from './load/source.ts';
export type { Position } from './load/text.ts';
export { printNetlinkCondition } from './netlink/condition.ts';
export * from './netlink/family.ts';
export { attributeConstant, attributeNumbers, enumEntries, operationConstant } from './netlink/names.ts';
export * from './node/fdinfo.ts';
export * from './node/node.ts';
export * from './predicates/index.ts';
export { buffersOf, type Lane, type Section, sectionsOf, wrongLanes } from './program/lanes.ts';
export * from './program/program.ts';
export { type Codec, type Message, protocolCodec } from './protocol/codec.ts';
export { crc32 } from './protocol/crc32.ts';
export { constant as protocolConstant } from './protocol/description.ts';
export { recordLayout } from './protocol/layout.ts';
export { ProtocolError } from './protocol/protocol-error.ts';
export { readRecord, writeRecord } from './protocol/record.ts';
export type { Remark, RuleInfo, Severity } from './rulebook/rule.ts';
export * from './rulebook/rule.ts';
export { SEVERITIES } from './rulebook/rule.ts';
export * from './rulebook/waivers.ts';
export { applyWaivers, readWaivers, type Waived, type Waiver } from './rulebook/waivers.ts';
export * from './skeleton/index.ts';
export { type DataPath, InvalidData, type Place, refuse } from './validate/invalid-data.ts';
export { validate } from './validate/validate.ts';
