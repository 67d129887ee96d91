/** The reference as something that runs programs, like an executor. Nothing in it depends on the clock. */
import {
  type AbiName,
  crc32,
  type DeviceMood,
  type DriverDescription,
  errnoNumber,
  type Hello,
  type Link,
  type LogRecord,
  type Program,
  type StepResult,
  sectionsOf,
  type Trace,
  wrongLanes,
} from '../schemas/index.ts';
import type { MachineExtras } from './machine/extras.ts';
import type { ReadAgain } from './machine/fetches.ts';
import { attributesOf, machineFiles } from './machine/files.ts';
import { Machine, type StepOutcome } from './machine/machine.ts';
import { firstMinor, nodeNames } from './machine/node-names.ts';
import { Blocked, type LaneClock, SectionRun } from './machine/section.ts';
import { withControl } from './management/queries.ts';
import { type ManagementFault, managementExtras } from './management/service.ts';
import type { CoreFaults } from './model/faults.ts';
import { firstCheck, type Oracle } from './model/oracle.ts';

export interface ReferenceOptions {
  readonly driver: DriverDescription;
  readonly profile: string;
  readonly abi?: AbiName;
  /** The kernel that it says it is; the one of the description without it. */
  readonly release?: string;
  readonly faults?: CoreFaults;
  /** Device parameters in place of the profile's. */
  readonly params?: ReadonlyMap<string, bigint | string>;
  /** Told of every rule that a call comes to, and whether the condition of a check held. */
  readonly looked?: Oracle['looked'];
  /** Time starts anew with every program, so that one ends the same whatever ran before it. */
  readonly restarts?: boolean;
  /** With the management profile, whatever the driver itself has of it. */
  readonly management?: boolean;
  readonly managementFaults?: readonly ManagementFault[];
  /** What the machine has besides the device, made anew for every program. */
  readonly extra?: () => MachineExtras;
}

/** Buffers above this many bytes are reported by checksum, as an executor does. */
export const DIFF_LIMIT = 4096;
const PAGE_SIZE = 4096;
/** The simulated clock advances so much at every reading, in nanoseconds. */
const TICK = 1000n;
const TAINT_WARN = 1n << 9n;

export function profileParams(driver: DriverDescription, profile: string): Map<string, bigint | string> {
  const values = driver.manifest.profiles[profile];
  if (!values)
    throw new Error(
      `${driver.name} has no profile ${profile}; it has ${Object.keys(driver.manifest.profiles).join(', ')}`,
    );
  return new Map(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? BigInt(value) : value]),
  );
}

/** A fresh simulated machine for every program; the machine's minor is 0. */
export function createReference(options: ReferenceOptions): Link {
  const driver = options.management ? withControl(options.driver) : options.driver;
  const abi = options.abi ?? 'x86_64';
  const faults = options.faults ?? {};
  const oracle = options.looked ? { ...firstCheck, first: false, looked: options.looked } : firstCheck;
  const params = options.params ?? profileParams(driver, options.profile);
  let taint = 0n;
  const clock: LaneClock = { time: 0n, shift: 0n, began: undefined, blocking: false };
  let readAgain: readonly ReadAgain[] = [];
  let mood: DeviceMood = 'complete';
  const hello: Hello = {
    protocol: 1,
    abi,
    pageSize: PAGE_SIZE,
    release: options.release ?? driver.manifest.kernel,
    bootId: '00000000-0000-0000-0000-000000000000',
    uid: 0,
    capabilities: 0xffff_ffff_ffn,
    log: true,
    lanes: true,
    netlink: true,
    copy: true,
    taint,
    diffLimit: DIFF_LIMIT,
  };
  const run = (program: Program, onEvent?: (event: StepResult | LogRecord) => void): Trace => {
    const kind = driver.manifest.node ?? 'accel';
    const minor = firstMinor(kind);
    const wrong = wrongLanes(program);
    if (wrong) throw new Error(`a program cannot be run: ${wrong}`);
    if (options.restarts) clock.time = 0n;
    const time = {
      now: () => clock.time - clock.shift,
      sleep: (until: bigint) => {
        if (until <= time.now()) return;
        if (clock.blocking) throw new Blocked(until);
        clock.time = until;
      },
      get began() {
        return clock.began;
      },
    };
    const files = machineFiles(minor, faults, kind, driver.name, attributesOf(driver, params));
    const extra = options.management
      ? managementExtras(files, driver.name, options.managementFaults ?? [], {
          ...nodeNames(kind, minor),
          minor,
        })
      : options.extra?.();
    const machine = new Machine(
      {
        driver,
        abi,
        pageSize: PAGE_SIZE,
        params,
        minor,
        nodePath: nodeNames(kind, minor).path,
        clock: time,
        mood,
        oracle,
        faults,
        ...extra,
        files,
      },
      program,
    );
    readAgain = machine.memory.readAgain;
    const results: StepResult[] = [];
    const log: LogRecord[] = [];
    const tell = (result: StepResult) => {
      results.push(result);
      onEvent?.(result);
    };
    const tellLog = (step: number) => {
      for (const line of machine.log.splice(0)) {
        const record = { step, ...line };
        if (line.level <= 4) taint |= TAINT_WARN;
        log.push(record);
        onEvent?.(record);
      }
    };
    const cut = (): Trace => ({ program, results, log, end: { status: 'cut', taint, stack: '' } });
    const sections = new Map(sectionsOf(program).map(section => [section.step, section]));
    for (let index = 0; index < program.steps.length; index += 1) {
      const step = program.steps[index]!;
      const section = sections.get(index);
      machine.prepare(step, index);
      clock.time += TICK;
      const before = clock.time;
      const outcome = machine.run(step);
      // The lanes of a section are let go at one point of time.
      if (!section) clock.time += TICK;
      tell(observe(machine, index, outcome, before, clock.time));
      machine.capture(step, outcome.ret);
      tellLog(index);
      if (outcome.status === 'deadline') return cut();
      if (!section) continue;
      const ended: StepResult[] = [];
      const whole = new SectionRun(machine, section, clock, TICK, (number, ...seen) =>
        ended.push(observe(machine, number, ...seen)),
      ).run();
      for (const result of ended.sort((a, b) => a.step - b.step)) tell(result);
      tellLog(index);
      if (!whole) return cut();
      index = section.end - 1;
    }
    return { program, results, log, end: { status: 'complete', taint, stack: '' } };
  };
  return {
    hello,
    run: async (program, onEvent) => run(program, onEvent),
    device: async wanted => {
      mood = wanted;
    },
    readAgain: () => readAgain,
    close: async () => {},
  };
}

function observe(
  machine: Machine,
  step: number,
  outcome: StepOutcome,
  before: bigint,
  after: bigint,
): StepResult {
  const diffs: StepResult['diffs'][number][] = [];
  const hashes: StepResult['hashes'][number][] = [];
  for (const [buffer, was] of [...machine.written].sort(([a], [b]) => a - b)) {
    const { bytes } = machine.buffers[buffer]!;
    const changed = differences(was, bytes);
    if (changed.length === 0) continue;
    if (bytes.length > DIFF_LIMIT) hashes.push({ buffer, crc32: crc32(bytes) });
    else for (const [offset, end] of changed) diffs.push({ buffer, offset, bytes: bytes.slice(offset, end) });
  }
  return {
    step,
    status: outcome.status,
    ret: outcome.ret,
    errno: outcome.errno ? errnoNumber(outcome.errno) : 0,
    signal: outcome.signal,
    before,
    after,
    diffs,
    hashes,
  };
}

/** Runs of changed bytes; two that are closer than 8 bytes are one, as the protocol has it. */
function differences(was: Uint8Array, is: Uint8Array): [number, number][] {
  const runs: [number, number][] = [];
  for (let at = 0; at < is.length; at += 1) {
    if (was[at] === is[at]) continue;
    const last = runs.at(-1);
    if (last && at - last[1] < 8) last[1] = at + 1;
    else runs.push([at, at + 1]);
  }
  return runs;
}
