/**
 * Runs the model beside a trace and says of every step whether it ended as the description allows. The model
 * follows what the driver chose, and after every step it takes over what was really there.
 */
import {
  type CoreFaults,
  callOf,
  FileTree,
  Machine,
  nodeKindOf,
  nodeNames,
  type StepOutcome,
} from '../../reference/index.ts';
import {
  type AbiName,
  type DriverDescription,
  decodeRequest,
  isDriverNumber,
  type Step,
  type StepResult,
  sectionsOf,
  type Trace,
} from '../../schemas/index.ts';
import { compare, PLACING } from './compare.ts';
import { Follower, type StepJudgement } from './follower.ts';
import { Observed, SeenStep } from './observed.ts';
import { bestOrder } from './orders.ts';

/** What the judge knows of the machine that a trace comes from. */
export interface JudgeSetup {
  readonly driver: DriverDescription;
  readonly abi: AbiName;
  readonly pageSize: number;
  readonly params: ReadonlyMap<string, bigint | string>;
  readonly minor: number;
  readonly nodePath: string;
  readonly faults?: CoreFaults;
  /** Calls of lanes are whole ones, also where no order of them explains everything. */
  readonly whole?: boolean;
}

const SIGKILL = 9;
const PATH_OPS = new Set(['mknod', 'unlink']);

/**
 * Judgements of all steps of the program, those that never ran included. Calls of lanes are whole calls, in an order
 * that nobody saw: the trace is right when it is right in some order of them.
 */
export function judge(trace: Trace, setup: JudgeSetup): StepJudgement[] {
  const sections = sectionsOf(trace.program).filter(({ end }) => trace.results.length >= end);
  if (sections.length === 0) return judgeIn(trace, setup, () => undefined);
  return bestOrder(trace, setup, sections, orders => judgeIn(trace, setup, step => orders.get(step)));
}

/** @param orderOf the steps of the section that a step begins, in the order to follow */
function judgeIn(
  trace: Trace,
  setup: JudgeSetup,
  orderOf: (step: number) => readonly number[] | undefined,
): StepJudgement[] {
  const run = new ModelRun(trace, setup);
  for (let index = 0; index < trace.program.steps.length; index += 1) {
    run.step(index);
    const order = orderOf(index);
    if (!order) continue;
    run.section(order);
    index += order.length;
  }
  return run.judgements;
}

const CUT = ['deadline', 'unkillable', 'died'] as const;
const isCut = ({ status }: StepResult) => CUT.some(each => each === status);

/** The model beside one trace. */
class ModelRun {
  readonly judgements: StepJudgement[] = [];
  private readonly trace: Trace;
  private readonly setup: JudgeSetup;
  private readonly follower = new Follower();
  private readonly machine: Machine;
  private now = 0n;
  private lost = false;

  constructor(trace: Trace, setup: JudgeSetup) {
    this.trace = trace;
    this.setup = setup;
    const files = new FileTree();
    const { major } = nodeNames(nodeKindOf(setup.nodePath), setup.minor);
    files.add(setup.nodePath, { kind: 'character', major, minor: setup.minor, mode: 0 });
    const clock = { now: () => this.now };
    this.machine = new Machine({ ...setup, oracle: this.follower, files, clock }, trace.program);
  }

  /** The steps of lanes, one after the other. */
  section(order: readonly number[]): void {
    const cut = order.some(step => isCut(this.trace.results[step]!));
    if (!cut) for (const step of order) this.step(step);
    else {
      // What had happened when the lanes were stopped is not known.
      for (const step of order) {
        const result = this.trace.results[step]!;
        this.judgements[step] = taken(result) ? unseen(step) : notReturned(step, result);
      }
      this.lost = true;
    }
  }

  step(index: number): void {
    const result = this.trace.results[index];
    if (!result || this.lost) {
      this.judgements[index] = unseen(index);
      return;
    }
    const { machine, follower, setup } = this;
    const step = this.trace.program.steps[index]!;
    this.now = result.after;
    machine.prepare(step, index);
    const memory = new Observed(machine, result);
    if (isCut(result)) {
      this.lost = true;
      // A call that nobody has described may wait for as long as it likes, when it can be ended.
      const mayWait = result.status === 'deadline' && isUndescribed(step, setup.driver);
      this.judgements[index] = mayWait
        ? { step: index, state: 'followed', differences: [] }
        : notReturned(index, result);
      return;
    }
    follower.begin(
      new SeenStep(
        machine,
        result,
        memory,
        step.op === 'ioctl' && step.args[2] ? machine.value(step.args[2]) : 0n,
      ),
    );
    const skipped = PATH_OPS.has(step.op) && result.errno !== 0;
    const outcome: StepOutcome = skipped ? { ...machine.done(-1n), open: true } : machine.run(step);
    this.judgements[index] = compare(index, machine, follower, outcome, result, memory);
    for (const buffer of memory.changed()) {
      const bytes = memory.after(buffer);
      if (bytes) machine.buffers[buffer]!.bytes.set(bytes);
    }
    if (step.op === 'mmap' && outcome.open && result.errno === 0) {
      const page = BigInt(setup.pageSize);
      const asked = step.args[1] ? machine.value(step.args[1]) : 0n;
      machine.opaque.push({ base: result.ret, length: ((asked + page - 1n) / page) * page });
    }
    const mapped = PLACING.has(step.op) && outcome.status === 'done' && !outcome.errno;
    machine.capture(step, mapped && result.errno === 0 ? outcome.ret : result.ret);
  }
}

/** Whether a step makes a call of the driver of which only the number is known. */
function isUndescribed({ op, args }: Step, driver: DriverDescription): boolean {
  const { numbers, types } = driver;
  const request = op === 'ioctl' ? args[1] : undefined;
  if (request?.kind !== 'const') return false;
  const { letter, number } = decodeRequest(request.value);
  return (
    BigInt(letter) === types.constantValue('DRM_IOCTL_BASE') &&
    isDriverNumber(types, number) &&
    numbers.driver.includes(number) &&
    !callOf(driver, number)
  );
}

const unseen = (step: number): StepJudgement => ({ step, state: 'unknown', differences: [] });

/** A step of a lane that was stopped because another lane did not end, or had not begun then. */
const taken = ({ status, signal }: StepResult) =>
  !isCut({ status } as StepResult) || (status === 'died' && signal === SIGKILL);

function notReturned(step: number, result: StepResult): StepJudgement {
  const expected = 'the call returns';
  const observed = statusText(result);
  return { step, state: 'judged', differences: [{ step, kind: 'status', expected, observed }] };
}

function statusText(result: StepResult): string {
  if (result.status === 'died') return `the process died by signal ${result.signal}`;
  return result.status === 'deadline'
    ? 'the call did not return in time and its process was killed'
    : 'the call did not return and its process cannot be killed';
}
