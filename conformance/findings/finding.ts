/** Defects of released kernels: each with the shortest program that shows it, and what shows it. */
import { errnoName, type StepResult } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import type { NetlinkPeer } from '../netlink/profile.ts';
import type { NetlinkScene } from '../netlink/scene.ts';
import type { AloneOptions, DeviceBehaviour } from '../targets/qemu/index.ts';
import type { FindingScene } from './scene.ts';

/** How a step may end, in the words of a result: `success` or the name of an errno. */
export interface Ends {
  /** One of these is wrong; what this kernel does comes first. */
  readonly wrong: string;
  readonly right: string;
}

/** What a step that loads a number finds in an answer. */
export interface Holds {
  /** What the number is. */
  readonly what: string;
  /** What this kernel put there. */
  readonly wrong: bigint;
  /** The name of the wrong number. */
  readonly means: string;
  readonly right: string;
}

interface Common {
  readonly id: string;
  /** What happens, in one sentence. */
  readonly title: string;
  /** The machine that shows it, as `openTarget` names it. */
  readonly target: string;
  /** File and line of the kernel 7.3.4. */
  readonly source: string;
  readonly clause: ClauseId;
  readonly call: string;
  /** `client`: any process that may open the node, shown without a single capability; `root`: needs capabilities. */
  readonly who: 'client' | 'root';
  /** What the device says that no honest device does; a client alone cannot make it. */
  readonly lie?: string;
  /** How the played device works on jobs; each ends well at once without it. */
  readonly device?: DeviceBehaviour;
  readonly presets?: NonNullable<AloneOptions['presets']>;
  /** Processors of the machine, where memory that one of them frees has to be given out by the same again. */
  readonly cpus?: number;
  /** Why the same program shows it in most runs, and not in all. */
  readonly chance?: string;
  /** Parameters of the kernel that make a silent fault seen, such as the allocator's own checks. */
  readonly parameters?: readonly string[];
  /** The record of the same defect in a `deviations.yaml`, which validate shows and the as-found reference has. */
  readonly deviation?: string;
  /**
   * The strict reference does it too: the description's rule rests on the driver's code alone, so that no clause
   * forbids what the driver does.
   */
  readonly described?: true;
  /** What shows it in the kernel log of the run, and on the console of the C program. */
  readonly log?: RegExp;
  /** What shows it in the results: how the named step ends, where a right kernel ends otherwise. */
  readonly ends?: Ends;
  /** What shows it in an answer: what the named step loads from it. */
  readonly holds?: Holds;
}

/** Shown by calls of a node. */
export interface NodeFinding extends Common {
  readonly profile?: undefined;
  /** Adds the steps; gives the step where the defect shows. */
  readonly steps: (scene: FindingScene) => number;
}

/** Shown by requests to a netlink family. */
export interface FamilyFinding extends Common {
  /** The profile of the machine, as `netlinkProfiles` names it. */
  readonly profile: string;
  /** The model as found has it too, at another place of the answer, since where a kernel cuts one is its own business. */
  readonly elsewhere?: true;
  readonly steps: (scene: NetlinkScene, peer: NetlinkPeer) => number;
}

export type Finding = NodeFinding | FamilyFinding;

/** What a run of the program left, whatever became of the machine. */
export interface Run {
  readonly results: readonly (StepResult | undefined)[];
  /** The kernel's lines, and the console of a machine that died. */
  readonly lines: readonly string[];
}

/** What of a run shows the finding; undefined when nothing does. */
export function shows(finding: Finding, { results, lines }: Run, step: number): string | undefined {
  const { log, ends, holds } = finding;
  if (log) {
    for (const line of lines) {
      const found = log.exec(line);
      // A console puts the kernel's lines into those of a program.
      if (found) return line.slice(found.index).trim();
    }
    return undefined;
  }
  const result = results[step];
  if (result?.status !== 'done') return undefined;
  if (holds)
    return result.errno === 0 && result.ret === holds.wrong
      ? `${holds.what} is ${holds.means} instead of ${holds.right}`
      : undefined;
  const seen = errnoName(result.errno);
  return seen === ends?.wrong ? `step ${step} ended with ${seen} instead of ${ends.right}` : undefined;
}
