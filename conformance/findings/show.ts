/** Shows a finding on a machine that was just booted: by its program, and by the same as a C program. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, type Program, type Trace } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { identify } from '../run/identity.ts';
import { openTarget } from '../targets/open.ts';
import { runAlone, runTool } from '../targets/qemu/index.ts';
import { cProgram } from '../trace/c-program.ts';
import { type TraceFile, writeProgram } from '../trace/trace-file.ts';
import { type Finding, FindingScene, shows } from './finding.ts';

export interface Shown {
  readonly kernel: string;
  readonly steps: number;
  /** What shows it; undefined when the kernel is right. */
  readonly seen?: string;
  readonly trace: TraceFile;
  readonly program: Program;
  readonly labels: readonly string[];
}

/** Boots the machine and runs the program of the finding. */
export async function showTrace(finding: Finding, kit: string): Promise<Shown> {
  const target = await openTarget(finding.target);
  try {
    const identity = await identify(target.link, target.nodePath ? { nodePath: target.nodePath } : {});
    const { driver, nodePath, minor, minors, params } = identity;
    const { hello } = target.link;
    const builder = new ProgramBuilder();
    const context = { driver, hello, nodePath, minor, minors, params, seed: 1 };
    const scene = new FindingScene(builder, new CallMaker(builder, context), context);
    const step = finding.steps(scene);
    const program = builder.build();
    await target.link.device?.(finding.device ?? 'complete');
    let died = '';
    const run: Trace | undefined = await target.link.run(program).catch((error: unknown) => {
      if (!(error instanceof LinkError)) throw error;
      died = error.message;
      return undefined;
    });
    const empty = { program, results: [], log: [] };
    const seen = shows(finding, (run ?? empty) as Trace, step, died);
    const { ends, log } = finding;
    const trace: TraceFile = {
      trace: 1,
      kit,
      target: {
        name: finding.target,
        release: hello.release,
        driver: driver.name,
        abi: hello.abi,
        node: nodePath,
        minor,
        params: Object.fromEntries([...params].map(([name, value]) => [name, String(value)])),
      },
      ...(finding.device ? { device: finding.device } : {}),
      finding: {
        clause: finding.clause,
        instance: finding.call,
        case: finding.id,
        step,
        kind: 'outcome',
        expected: ends?.right ?? 'a quiet kernel',
        observed: ends?.wrong ?? `a log that matches ${log!.source}`,
        call: finding.call,
        source: finding.source,
      },
      program: writeProgram(program, builder.labels),
    };
    const found = seen === undefined ? {} : { seen };
    return {
      kernel: hello.release,
      steps: program.steps.length,
      trace,
      program,
      labels: builder.labels,
      ...found,
    };
  } finally {
    await target.close();
  }
}

/** Boots the machine again and runs the C program as its only program; what shows the finding on its console. */
export async function showInC(
  finding: Finding,
  { trace, program, labels }: Shown,
  folder: string,
): Promise<string | undefined> {
  const driver = catalogue().drivers.get(trace.target.driver)!;
  const [source, binary] = [`${finding.id}.c`, finding.id].map(name => join(folder, name));
  writeFileSync(source!, cProgram(trace, program, labels, driver));
  const compile = async (compiler: string) => {
    const flags = ['-static', '-O1', '-Wall', '-Wextra', '-Werror'];
    await runTool(compiler as Parameters<typeof runTool>[0], [...flags, '-o', binary!, source!]);
    return binary!;
  };
  const lines = await runAlone(finding.target, compile);
  if (finding.log) return lines.find(line => finding.log!.test(line))?.trim();
  const { step } = trace.finding;
  return lines.find(line => new RegExp(`^ *${step} +returned 0$`).test(line))?.trim();
}
