/** What one client of a program was told, step by step, so that two runs of the same steps can be compared. */
import { FileTree, firstCheck, Machine, nodeKindOf, nodeNames } from '../../reference/index.ts';
import { errnoName, errnoNumber, type Program, type StepResult, type Trace } from '../../schemas/index.ts';
import type { PlanContext } from '../plan/context.ts';

/** A step of a run, and what of its answer is left out. */
export interface Watched {
  readonly step: number;
  readonly label: string;
  /** The return value is a descriptor or an address. */
  readonly placed?: true;
  /** Bytes of its buffers that are shared with other clients. */
  readonly shared: readonly { readonly buffer: number; readonly offset: number; readonly size: number }[];
  /** Errnos that a state of the device as a whole gives: what the call says then is no client's. */
  readonly errnos?: readonly string[];
  /** Rewrites the text that the step reads; without it the bytes count. */
  readonly text?: (text: string) => string;
  /** Names a byte, for a report. */
  readonly name?: (buffer: number, offset: number) => string | undefined;
}

type Seen = Pick<Trace, 'program'> & { readonly results: readonly (StepResult | undefined)[] };

/** Content of all buffers while a trace is gone through, and where a number stood that only its step knew. */
class Images {
  private readonly program: Program;
  private readonly bytes = new Map<number, Uint8Array>();
  private readonly unknown = new Map<number, Uint8Array>();

  constructor(program: Program) {
    this.program = program;
  }

  private of(map: Map<number, Uint8Array>, buffer: number): Uint8Array {
    let found = map.get(buffer);
    if (!found) {
      const { size, data } = this.program.buffers[buffer]!;
      found = new Uint8Array(size);
      if (map === this.bytes) found.set(data);
      map.set(buffer, found);
    }
    return found;
  }

  step(index: number, result: StepResult | undefined): void {
    const { fills = [], patches = [] } = this.program.steps[index]!;
    for (const { buffer, offset, bytes } of fills) {
      this.of(this.bytes, buffer).set(bytes, offset);
      this.of(this.unknown, buffer).fill(0, offset, offset + bytes.length);
    }
    for (const { buffer, offset, width } of patches)
      this.of(this.unknown, buffer).fill(1, offset, offset + width);
    for (const { buffer, offset, bytes } of result?.diffs ?? [])
      this.of(this.bytes, buffer).set(bytes, offset);
  }

  /** The known bytes of a buffer; -1 for the others. */
  known(buffer: number): Int16Array {
    const unknown = this.of(this.unknown, buffer);
    return Int16Array.from(this.of(this.bytes, buffer), (byte, at) => (unknown[at] ? -1 : byte));
  }
}

interface Told {
  readonly end: string;
  readonly texts: readonly string[];
  /** In the order in which the run first used them. */
  readonly buffers: readonly { readonly buffer: number; readonly known: Int16Array }[];
}

function buffersOf({ steps }: Program, step: number): number[] {
  const { args, fills = [], patches = [] } = steps[step]!;
  const values = [...args, ...patches.map(({ value }) => value)];
  const named = values.flatMap(value => (value.kind === 'address' ? [value.buffer] : []));
  return [...new Set([...named, ...fills.map(({ buffer }) => buffer)])];
}

function tell({ program, results }: Seen, watched: readonly Watched[]): Map<number, Told> {
  const images = new Images(program);
  const told = new Map<number, Told>();
  const byStep = new Map(watched.map(each => [each.step, each]));
  for (let index = 0; index < program.steps.length; index += 1) {
    const result = results[index];
    images.step(index, result);
    const watch = byStep.get(index);
    if (!watch || !result) continue;
    const failed = result.status !== 'done' ? result.status : errnoName(result.errno);
    const end =
      result.errno === 0 && result.status === 'done' && !watch.placed ? `success, ${result.ret}` : failed;
    const buffers = buffersOf(program, index).map(buffer => {
      const known = images.known(buffer);
      for (const each of watch.shared)
        if (each.buffer === buffer) known.fill(-1, each.offset, each.offset + each.size);
      return { buffer, known };
    });
    if (!watch.text) told.set(index, { end, texts: [], buffers });
    else {
      const read = result.diffs.map(diff => new TextDecoder().decode(diff.bytes)).join('');
      told.set(index, {
        end: failed,
        texts: watch.text(read.slice(0, Number(result.ret))).split('\n'),
        buffers: [],
      });
    }
  }
  return told;
}

/** The first thing that two steps were told differently. */
function unlike(alone: Told, beside: Told, { errnos, name }: Watched): string | undefined {
  if (errnos?.includes(alone.end) || errnos?.includes(beside.end)) return undefined;
  if (alone.end !== beside.end) return `ends with ${beside.end}, and with ${alone.end} alone`;
  const line = alone.texts.findIndex((text, at) => text !== beside.texts[at]);
  if (line >= 0 || alone.texts.length !== beside.texts.length) {
    const at = line >= 0 ? line : alone.texts.length;
    const show = (text: string | undefined) => JSON.stringify(text ?? '');
    return `reads ${show(beside.texts[at])}, and ${show(alone.texts[at])} alone`;
  }
  for (const [index, { known }] of alone.buffers.entries()) {
    const other = beside.buffers[index];
    if (!other) continue;
    const at = known.findIndex((byte, offset) => {
      const now = other.known[offset] ?? -1;
      return byte >= 0 && now >= 0 && byte !== now;
    });
    if (at < 0) continue;
    const hex = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`;
    const what = name?.(other.buffer, at) ?? `byte ${at} of the memory`;
    return `gives ${what} ${hex(other.known[at]!)}, and ${hex(known[at]!)} alone`;
  }
  return undefined;
}

/** What the strict model answers, in the form of a trace. */
function modelled(context: PlanContext, program: Program): Seen {
  const { driver, hello, params, minor, nodePath } = context;
  const files = new FileTree();
  const { major } = nodeNames(nodeKindOf(nodePath), minor);
  files.add(nodePath, { kind: 'character', major, minor, mode: 0 });
  let now = 0n;
  const sleep = (until: bigint) => {
    now = until;
  };
  const setup = { driver, abi: hello.abi, pageSize: hello.pageSize, params, minor, nodePath };
  const clock = { now: () => now, sleep };
  const machine = new Machine({ ...setup, oracle: firstCheck, files, clock }, program);
  const results = program.steps.map((step, index): StepResult => {
    machine.prepare(step);
    now += 1000n;
    const { status, ret, errno, signal } = machine.run(step);
    machine.capture(step, ret);
    const diffs = [...machine.written.keys()].map(buffer => ({
      buffer,
      offset: 0,
      bytes: machine.buffers[buffer]!.bytes.slice(),
    }));
    const number = errno === undefined ? 0 : errnoNumber(errno);
    return { step: index, status, ret, errno: number, signal, before: now, after: now, diffs, hashes: [] };
  });
  return { program, results };
}

/** Compares runs of the same steps of one program, the first of which is that of a client alone. */
export class Differential {
  private readonly context: PlanContext;
  private readonly all: () => readonly Watched[];
  private readonly strict: boolean;
  private byModel: ReadonlyMap<number, Told> | undefined;
  private trace: Trace | undefined;
  private seen: ReadonlyMap<number, Told> = new Map();

  /**
   * @param all every step that is compared with another
   * @param strict a difference counts even where the description itself makes it
   */
  constructor(context: PlanContext, all: () => readonly Watched[], strict = false) {
    this.strict = strict;
    this.context = context;
    this.all = all;
  }

  /**
   * What is told differently beside another client. Where the description itself makes a difference, as of what a
   * device has one of, there is none to find.
   */
  look(trace: Trace, alone: readonly Watched[], beside: readonly Watched[]): string | undefined {
    if (this.trace !== trace) {
      this.trace = trace;
      this.seen = tell(trace, this.all());
    }
    for (const [index, watch] of beside.entries()) {
      const [a, b] = [alone[index]!.step, watch.step];
      const told = (of: ReadonlyMap<number, Told>) => {
        const [first, second] = [of.get(a), of.get(b)];
        return first && second && unlike(first, second, watch);
      };
      const found = told(this.seen);
      if (found === undefined) continue;
      if (!this.strict) {
        this.byModel ??= tell(modelled(this.context, trace.program), this.all());
        if (told(this.byModel) !== undefined) continue;
      }
      return `step ${b}: ${watch.label} ${found} (step ${a})`;
    }
    return undefined;
  }
}
