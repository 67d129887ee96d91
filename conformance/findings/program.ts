/** The program of a finding, for whatever answers behind a link. */
import { createReference } from '../../reference/index.ts';
import {
  catalogue,
  type Hello,
  type Link,
  netlinkFamilies,
  type Program,
  type Trace,
} from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { deviationsOf } from '../netlink/description.ts';
import type { NetlinkPeer } from '../netlink/profile.ts';
import { netlinkProfiles } from '../netlink/profiles.ts';
import { NetlinkScene } from '../netlink/scene.ts';
import { familyTarget } from '../netlink/traces.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { type Identity, identify } from '../run/identity.ts';
import { describe } from '../run/verdict.ts';
import { parseTarget } from '../targets/target-name.ts';
import { type TraceFile, traceTarget, writeProgram } from '../trace/trace-file.ts';
import type { FamilyFinding, Finding } from './finding.ts';
import { FOUND_ON } from './found-on.ts';
import { FindingScene } from './scene.ts';

/** Whom a trace names: a node with its driver, or a netlink family. */
export type Named = Pick<Identity, 'minor' | 'params' | 'nodePath'> & {
  readonly driver: { readonly name: string };
};

export interface Made {
  readonly program: Program;
  readonly labels: readonly string[];
  /** Where the defect shows. */
  readonly step: number;
  readonly identity: Named;
  readonly hello: Hello;
  /** What answers for a family. */
  readonly peer?: NetlinkPeer;
}

export async function makeProgram(finding: Finding, link: Link, nodePath: string | undefined): Promise<Made> {
  if (finding.profile !== undefined) return makeRequests(finding, link);
  const identity = await identify(link, nodePath === undefined ? {} : { nodePath });
  const { driver, minor, minors, params } = identity;
  const { hello } = link;
  const builder = new ProgramBuilder();
  const context = { driver, hello, nodePath: identity.nodePath, minor, minors, params, seed: 1 };
  const step = finding.steps(new FindingScene(builder, new CallMaker(builder, context), context));
  return { program: builder.build(), labels: builder.labels, step, identity, hello };
}

async function makeRequests(finding: FamilyFinding, link: Link): Promise<Made> {
  const profile = netlinkProfiles.get(finding.profile)!;
  const family = netlinkFamilies().get(profile.key)!;
  const peer = await profile.identify(link);
  const scene = new NetlinkScene(family, peer.family);
  const step = finding.steps(scene, peer);
  return {
    ...scene.build(),
    step,
    identity: familyTarget(profile, peer),
    peer,
    hello: link.hello,
  };
}

/** A model of what the finding was made on; `asFound` with the deviations of the kernel on record. */
export function modelOf(finding: Finding, asFound = false): Link {
  if (finding.profile !== undefined) {
    const profile = netlinkProfiles.get(finding.profile)!;
    const known = deviationsOf(netlinkFamilies().get(profile.key)!, FOUND_ON);
    return profile.reference(FOUND_ON, asFound ? known.map(({ fault }) => fault) : []);
  }
  const { name, profile } = driverOf(finding);
  const driver = catalogue().drivers.get(name)!;
  return createReference({ driver, profile: profile ?? Object.keys(driver.manifest.profiles)[0]! });
}

/** The difference from the model of the family that the deviation on record explains, as `accel-uapi replay` looks for it. */
export async function explained(finding: Finding, made: Made, trace: Trace): Promise<Difference | undefined> {
  if (finding.profile === undefined || !made.peer) return undefined;
  const profile = netlinkProfiles.get(finding.profile)!;
  const { deviations } = netlinkFamilies().get(profile.key)!;
  const { fault } = deviations.find(({ id }) => id === finding.deviation)!;
  const told = async (faults: readonly string[]) =>
    (await profile.judge(trace, made.peer!, faults)).flatMap(({ differences }) => differences);
  const left = (await told([fault])).map(describe);
  return (await told([])).find(each => !left.includes(describe(each)));
}

/** How the file names what the device does: a file knows four moods, and one that lies hangs. */
const MOODS = ['complete', 'late', 'fault', 'hang'] as const;

/** The program as a trace, which `accel-uapi replay` runs and prints as C. */
export function traceFile(finding: Finding, made: Made, kit: string, difference?: Difference): TraceFile {
  const { ends, holds, log, lie, device, parameters } = finding;
  const { identity, hello, step, program, labels } = made;
  const mood = MOODS.find(each => each === device?.kind) ?? (device ? 'hang' : undefined);
  const needs = [lie, parameters && `kernel parameters ${parameters.join(' ')}`].filter(Boolean).join('; ');
  const wrong = ends?.wrong ?? holds?.means ?? `a log that matches ${log!.source}`;
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
      expected: ends?.right ?? holds?.right ?? 'a quiet kernel',
      observed: needs === '' ? wrong : `${wrong} (${needs})`,
      ...(difference ? judgedAs(difference) : {}),
      call: finding.call,
      source: finding.source,
    },
    program: writeProgram(program, labels),
  };
}

const judgedAs = ({ kind, expected, observed, field }: Difference) => ({
  kind,
  expected,
  observed,
  ...(field === undefined ? {} : { field }),
});

/** The driver of the machine that a finding is shown on, and its profile where it is not the first. */
export function driverOf({ target }: Finding): { readonly name: string; readonly profile?: string } {
  const name = parseTarget(target);
  if (name.kind !== 'qemu') throw new Error(`${target} is no machine`);
  const { profile } = name.options;
  // A machine with another kernel than the newest says so behind the name of its driver.
  return { name: name.machine.replace(/-\d.*$/, ''), ...(profile === undefined ? {} : { profile }) };
}
