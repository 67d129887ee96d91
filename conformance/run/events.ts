/** The stream of a run: one object a line. Every report is a function of it. */
import type { Level } from '../../spec/index.ts';
import type { Coverage } from '../coverage/coverage.ts';
import type { VerdictName } from './verdict.ts';

export interface RunEvent {
  readonly event: 'run';
  readonly kit: { readonly name: string; readonly version: string };
  readonly spec: { readonly clauses: number; readonly kernel: string };
  readonly target: {
    readonly name: string;
    readonly kind: string;
    readonly release: string;
    readonly abi: string;
    readonly driver: string;
    /** `core` when no description knows the driver. */
    readonly description: string;
    readonly level: string;
    readonly node: string;
    readonly minor: number;
    readonly bootId: string;
    readonly taint: string;
    readonly newer: boolean;
    /** Whether a kernel answers, or a model. */
    readonly met: 'kernel' | 'model';
    readonly params: Readonly<Record<string, string>>;
    readonly missing: Readonly<Record<string, string>>;
  };
  /** Deviations on record for this driver and kernel. */
  readonly deviations: readonly { readonly id: string; readonly does: string; readonly source: string }[];
  readonly seed: number;
  readonly tier: string;
  readonly plan: {
    readonly cases: number;
    readonly instances: number;
    readonly random: number;
    readonly steps: number;
  };
}

export interface StepEvent {
  readonly event: 'step';
  readonly case: string;
  readonly step: number;
  readonly label: string;
  readonly status: string;
  readonly ret: string;
  readonly errno: string;
  /** Nanoseconds of the target's monotonic clock. */
  readonly before: string;
  readonly after: string;
}

export interface LogEvent {
  readonly event: 'log';
  readonly case: string;
  readonly step: number;
  readonly level: number;
  readonly text: string;
}

export interface FindingEvent {
  readonly event: 'finding';
  readonly clause: string;
  readonly instance: string;
  readonly level: Level;
  readonly case: string;
  readonly step: number;
  readonly label: string;
  readonly kind: string;
  /** Id of the rule that says what had to be, with what it rests on. */
  readonly rule?: {
    readonly id: string;
    readonly basis: string;
    readonly source: string;
    readonly says: string;
  };
  readonly expected: string;
  readonly observed: string;
  readonly sent: { readonly op: string; readonly request?: string; readonly argument?: string };
  readonly deviations: readonly string[];
  readonly log: readonly string[];
  readonly replay: string;
}

export interface VerdictEvent {
  readonly event: 'verdict';
  readonly clause: string;
  readonly instance: string;
  readonly level: Level;
  readonly verdict: VerdictName;
  readonly reason: string;
  readonly probes: number;
  readonly deviations: readonly string[];
  /** The case whose trace shows it, for a verdict that is not `conforms`. */
  readonly trace?: string;
}

export interface EndEvent {
  readonly event: 'end';
  /** False when the run was cut: what is missing is unknown. */
  readonly complete: boolean;
  readonly reason: string;
  readonly counts: Readonly<Record<VerdictName, number>>;
  readonly steps: number;
  readonly environmental: Readonly<Record<string, number>>;
  readonly status: number;
  /** Absent in streams of earlier kits. */
  readonly coverage?: Coverage;
  /** SHA-256 of the lines before this one. */
  readonly hash?: string;
}

export type StreamEvent = RunEvent | StepEvent | LogEvent | FindingEvent | VerdictEvent | EndEvent;

export type Sink = (event: StreamEvent) => void;
