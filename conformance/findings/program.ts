/** The program of a finding, for whatever answers behind a link. */
import type { Hello, Link, Program } from '../../schemas/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { type Identity, identify } from '../run/identity.ts';
import { parseTarget } from '../targets/target-name.ts';
import { type TraceFile, traceTarget, writeProgram } from '../trace/trace-file.ts';
import type { Finding } from './finding.ts';
import { FindingScene } from './scene.ts';

export interface Made {
  readonly program: Program;
  readonly labels: readonly string[];
  /** Where the defect shows. */
  readonly step: number;
  readonly identity: Identity;
  readonly hello: Hello;
}

export async function makeProgram(finding: Finding, link: Link, nodePath: string | undefined): Promise<Made> {
  const identity = await identify(link, nodePath === undefined ? {} : { nodePath });
  const { driver, minor, minors, params } = identity;
  const { hello } = link;
  const builder = new ProgramBuilder();
  const context = { driver, hello, nodePath: identity.nodePath, minor, minors, params, seed: 1 };
  const step = finding.steps(new FindingScene(builder, new CallMaker(builder, context), context));
  return { program: builder.build(), labels: builder.labels, step, identity, hello };
}

/** How the file names what the device does: a file knows four moods, and one that lies hangs. */
const MOODS = ['complete', 'late', 'fault', 'hang'] as const;

/** The program as a trace, which `accel-uapi replay` runs and prints as C. */
export function traceFile(finding: Finding, made: Made, kit: string): TraceFile {
  const { ends, log, lie, device, parameters } = finding;
  const { identity, hello, step, program, labels } = made;
  const mood = MOODS.find(each => each === device?.kind) ?? (device ? 'hang' : undefined);
  const needs = [lie, parameters && `kernel parameters ${parameters.join(' ')}`].filter(Boolean).join('; ');
  const wrong = ends?.wrong ?? `a log that matches ${log!.source}`;
  return {
    trace: 1,
    kit,
    target: traceTarget(finding.target, hello, identity),
    ...(mood && mood !== 'complete' ? { device: mood } : {}),
    finding: {
      clause: finding.clause,
      instance: finding.call,
      case: finding.id,
      step,
      kind: 'outcome',
      expected: ends?.right ?? 'a quiet kernel',
      observed: needs === '' ? wrong : `${wrong} (${needs})`,
      call: finding.call,
      source: finding.source,
    },
    program: writeProgram(program, labels),
  };
}

/** The driver of the machine that a finding is shown on, and its profile where it is not the first. */
export function driverOf({ target }: Finding): { readonly name: string; readonly profile?: string } {
  const name = parseTarget(target);
  if (name.kind !== 'qemu') throw new Error(`${target} is no machine`);
  const { profile } = name.options;
  // A machine with another kernel than the newest says so behind the name of its driver.
  return { name: name.machine.replace(/-\d.*$/, ''), ...(profile === undefined ? {} : { profile }) };
}
