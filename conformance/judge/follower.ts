/** The oracle of the judge: whatever the description leaves to the driver is read from what was seen. */
import type { Choice, Decision, Hit, Oracle, Place } from '../../reference/index.ts';
import {
  type CallDescription,
  type CitedRule,
  errnoName,
  littleEndian,
  type StepResult,
} from '../../schemas/index.ts';
import type { Difference } from './difference.ts';

/** What was seen of the step that the model is about to make. */
export interface Seen {
  readonly result: StepResult;
  /** Reads observed memory at a model address, after the step; undefined where it cannot be known. */
  read(address: bigint, length: number): Uint8Array | undefined;
  /** The same before the step. */
  readBefore(address: bigint, length: number): Uint8Array | undefined;
  /** Address of the ioctl's argument on the model. */
  readonly argument: bigint;
}

/** A member that came back as it went in. */
export interface Unmoved {
  readonly field: string;
  readonly value: bigint;
  readonly rule: CitedRule;
}

export class Follower implements Oracle {
  seen!: Seen;
  differences: Omit<Difference, 'step' | 'call'>[] = [];
  /** An environmental errno was accepted. */
  environmental: string | undefined;
  /** Whether only the device could know how the call ends. */
  undecided = false;
  /** Members that only the device knows and that came back as they went in. */
  unmoved: Unmoved[] = [];
  private isHidden = false;

  begin(seen: Seen): void {
    this.seen = seen;
    this.differences = [];
    this.environmental = undefined;
    this.undecided = false;
    this.unmoved = [];
    this.isHidden = false;
  }

  hidden(hidden: boolean): void {
    this.isHidden = hidden;
  }

  /** What is there after the call. */
  seenAt(address: bigint, length: number): Uint8Array | undefined {
    return this.seen.read(address, length);
  }

  decide(call: string, hits: readonly Hit[], environmental: readonly string[]): Decision {
    const observed = errnoName(this.seen.result.errno);
    const required = hits.filter(hit => !hit.rule.optional && !hit.undecided);
    if (this.isHidden) return required[0] ? { kind: 'hit', hit: required[0] } : { kind: 'success' };
    // The core's checks around a handler cannot tell whose errno a failing call shows; only what fails is decided.
    // A driver's own mmap may lack memory as its other calls may.
    const around = call === 'ioctl' || (call === 'mmap' && !environmental.includes(observed));
    if (around && hits.length === 0) return { kind: 'success' };
    if (hits.some(hit => hit.undecided)) this.undecided = true;
    const match = hits.find(hit => hit.rule.errno === observed);
    if (match) return { kind: 'hit', hit: match };
    if (this.seen.result.errno !== 0 && environmental.includes(observed)) {
      this.environmental = observed;
      return { kind: 'errno', errno: observed };
    }
    if (required.length === 0 && this.seen.result.errno === 0) return { kind: 'success' };
    const allowed = [...new Set(required.map(hit => hit.rule.errno))];
    this.differences.push({
      kind: 'outcome',
      expected: allowed.length === 0 ? 'success' : allowed.join(' or '),
      observed,
      ...(required[0] ? { rule: required[0].rule } : {}),
    });
    return this.seen.result.errno === 0 ? { kind: 'success' } : { kind: 'errno', errno: observed };
  }

  choose(choice: Choice, place: Place | undefined): bigint | undefined {
    if (!place) return undefined;
    let value: bigint;
    if (place.kind === 'return') value = this.seen.result.ret;
    else {
      const bytes = this.seen.read(this.seen.argument + BigInt(place.offset), place.size);
      if (!bytes) return undefined;
      value = littleEndian(bytes);
      const before = this.seen.readBefore(this.seen.argument + BigInt(place.offset), place.size);
      if (choice.what === 'opaque' && choice.rule && before && littleEndian(before) === value)
        this.unmoved.push({ field: choice.field, value, rule: choice.rule });
    }
    const why = choice.wrong(value);
    if (why) {
      this.differences.push({
        kind: 'choice',
        expected: choice.what,
        observed: why,
        field: choice.field,
        ...(choice.rule ? { rule: choice.rule } : {}),
      });
    }
    return value;
  }

  rest(address: bigint, length: number): 'kept' | 'zero' {
    const after = this.seen.read(address, length);
    const before = this.seen.readBefore(address, length);
    if (!after || !before) return 'kept';
    const same = after.every((byte, index) => byte === before[index]);
    return !same && after.every(byte => byte === 0) ? 'zero' : 'kept';
  }
}

/** What the judge says of one step. */
export interface StepJudgement {
  readonly step: number;
  readonly call?: CallDescription;
  /** `judged`: predicted and compared; `followed`: the model has no rule; `unknown`: it was not seen, or cannot be told. */
  readonly state: 'judged' | 'followed' | 'unknown';
  readonly differences: readonly Difference[];
  readonly environmental?: string;
  /** Only the device could know how the step ends: it was followed, whichever way it went. */
  readonly undecided?: true;
  /** Members of a call that succeeded which only the device knows and which came back as they went in. */
  readonly unmoved?: readonly Unmoved[];
}
