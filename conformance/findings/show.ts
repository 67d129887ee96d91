/** Shows a finding on a machine that was just booted: by its program, and by the same as a C program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, errnoNumber, type LogRecord, type StepResult } from '../../schemas/index.ts';
import type { Difference } from '../judge/difference.ts';
import { LinkError } from '../link/index.ts';
import { type AloneOptions, openQemu, type QemuTarget, runAlone, runTool } from '../targets/qemu/index.ts';
import { parseTarget } from '../targets/target-name.ts';
import { cProgram } from '../trace/c-program.ts';
import type { TraceFile } from '../trace/trace-file.ts';
import { type Finding, shows } from './finding.ts';
import { explained, type Made, makeProgram, traceFile } from './program.ts';

/** How often a machine is started at most, where it dies while it boots or chance decides what shows. */
export const STARTS = 3;

/** The machine of a finding: two findings with the same text can share one. */
export function machineOf({ target, presets = [], parameters = [], cpus }: Finding): string {
  return JSON.stringify([target, presets, parameters, cpus]);
}

function optionsOf({ presets, parameters, cpus }: Finding): AloneOptions {
  return {
    ...(presets ? { presets } : {}),
    ...(parameters ? { parameters } : {}),
    ...(cpus === undefined ? {} : { cpus }),
  };
}

/** Boots the machine of the finding. */
export async function bootFor(finding: Finding): Promise<QemuTarget> {
  const name = parseTarget(finding.target);
  if (name.kind !== 'qemu') throw new Error(`${finding.id} names ${finding.target}, which is no machine`);
  const { profile } = name.options;
  return openQemu(name.machine, { ...optionsOf(finding), ...(profile === undefined ? {} : { profile }) });
}

export interface Shown {
  readonly kernel: string;
  readonly made: Made;
  readonly trace: TraceFile;
  /** What shows it; undefined when the kernel is right. */
  readonly seen?: string;
  /** The step that took the machine down. */
  readonly died?: number;
}

/** Runs the program of the finding on its machine. */
export async function showTrace(finding: Finding, target: QemuTarget, kit: string): Promise<Shown> {
  const made = await makeProgram(finding, target.link, target.node);
  if (finding.device) target.played?.set(finding.device);
  const results: StepResult[] = [];
  const lines: string[] = [];
  const note = (event: StepResult | LogRecord) => {
    if ('text' in event) lines.push(event.text);
    else results[event.step] = event;
  };
  let died: number | undefined;
  let difference: Difference | undefined;
  try {
    const trace = await target.link.run(made.program, note, { prompt: true });
    difference = await explained(finding, made, trace);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    died = results.length;
    lines.push(...error.message.split('\n'), ...target.console.tail());
  }
  const seen = shows(finding, { results, lines }, made.step);
  return {
    kernel: made.hello.release,
    made,
    trace: traceFile(finding, made, kit, difference),
    ...(seen === undefined ? {} : { seen }),
    ...(died === undefined ? {} : { died }),
  };
}

/** Whether the machine came as far as the program. The kernel's lines can be so many that the first are lost. */
function hasBegun({ labels }: Made, lines: readonly string[]): boolean {
  return lines.some(line => line.includes(`  0  ${labels[0]}`) || line.includes('Comm: run '));
}

/**
 * What the C program's own line says, or the kernel's. A boot that fails shows nothing: the program must have begun.
 * The kernel's lines can come before those of a step that ended earlier.
 */
function seenOnConsole(finding: Finding, made: Made, lines: readonly string[]): string | undefined {
  const { step } = made;
  if (!hasBegun(made, lines)) return undefined;
  if (finding.log) return shows(finding, { results: [], lines }, step);
  const { ends, holds } = finding;
  const wrong = holds ? String(holds.wrong) : ends!.wrong;
  const end = holds
    ? `returned ${wrong}`
    : wrong === 'success'
      ? 'returned \\d+'
      : `errno ${errnoNumber(wrong)} .*`;
  return lines.find(line => new RegExp(`^ *${step}  .*: ${end}$`).test(line))?.trim();
}

export interface ShownInC {
  /** What shows it on the console; undefined when nothing does. */
  readonly seen?: string;
  readonly lines: readonly string[];
  /** How often the machine was started: more than once when it died while it booted, or chance was against it. */
  readonly boots: number;
}

/** Boots the machine again and runs the C program, kept in `folder`, as its only program. */
export async function showInC(finding: Finding, { made, trace }: Shown, folder: string): Promise<ShownInC> {
  const driver = catalogue().drivers.get(trace.target.driver) ?? catalogue().core;
  const [source, binary] = [`${finding.id}.c`, finding.id].map(name => join(folder, name));
  writeFileSync(source!, cProgram(trace, made.program, made.labels, driver));
  const compile = async (compiler: string) => {
    const flags = ['-static', '-O1', '-Wall', '-Wextra', '-Werror'];
    await runTool(compiler as Parameters<typeof runTool>[0], [...flags, '-o', binary!, source!]);
    return binary!;
  };
  const options = { ...optionsOf(finding), ...(finding.device ? { device: finding.device } : {}) };
  for (let boots = 1; ; boots += 1) {
    const lines = await runAlone(finding.target, compile, options);
    const seen = seenOnConsole(finding, made, lines);
    const again = !hasBegun(made, lines) || (seen === undefined && finding.chance !== undefined);
    if (again && boots < STARTS) continue;
    return { lines, boots, ...(seen === undefined ? {} : { seen }) };
  }
}
