/** A difference between two targets as a trace: it is cut, replayed and printed as C like any other. */
import type { Identity } from '../run/identity.ts';
import type { Target } from '../run/target.ts';
import { type TraceFile, traceTarget, writeProgram } from '../trace/trace-file.ts';
import type { Found } from './compare.ts';

/** The clause of such a trace: no clause is violated, two targets differ. */
export const COMPARED = 'compare';

/** @param version of the kit */
export function keptFile(
  { small, parting, candidate }: Found,
  a: Target,
  identity: Identity,
  version: string,
) {
  const file: TraceFile = {
    trace: 1,
    kit: version,
    target: traceTarget(a.name, a.link.hello, identity),
    finding: {
      clause: COMPARED,
      instance: parting.call,
      case: candidate.name,
      step: small.step,
      kind: parting.kind,
      expected: parting.a,
      observed: parting.b,
      call: parting.call,
    },
    ...(candidate.device && candidate.device !== 'complete' ? { device: candidate.device } : {}),
    program: writeProgram(small.program, small.labels),
  };
  return file;
}
