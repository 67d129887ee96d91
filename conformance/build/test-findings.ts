/**
 * `npm run test:findings`: the defects of conformance/findings on the kernels that have them. Each is shown twice: by
 * its program through the executor, and by the C program that the kit prints, as the only program of a machine that
 * was just booted. Needs QEMU and cross compilers.
 * `--only ID,...` takes some of the findings, `--out DIR` keeps traces, C programs and consoles, `--quick` shows all by
 * their programs and one of each machine in C too.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { scriptArgs } from '../cli/script-args.ts';
import { explainError } from '../cli/validate.ts';
import { version } from '../cli/version.ts';
import { type Finding, FOUND_ON, findings } from '../findings/index.ts';
import { bootFor, machineOf, type Shown, STARTS, showInC, showTrace } from '../findings/show.ts';
import { compareReleases } from '../run/release.ts';
import type { QemuTarget } from '../targets/qemu/index.ts';

/** In ms: longer than any device of a finding takes for a job. */
const JOBS_MS = 3000;
/** Characters of a cell that quotes a machine. */
const QUOTED = 90;

interface Row {
  readonly finding: Finding;
  readonly kernel: string;
  readonly steps: string;
  readonly trace: string;
  readonly c: string;
  readonly seconds: number;
  readonly good: boolean;
}

/** Without the console's time stamps, which no two runs share. */
function quoted(text: string): string {
  const plain = text.replace(/^\[ *[\d.]+\](\[ *[TC]\d+\])? */, '');
  return plain.length > QUOTED ? `${plain.slice(0, QUOTED - 3)}...` : plain;
}

/** What went wrong, as its first line; all of it is kept. */
function sentence(error: unknown, file: string): string {
  const text = explainError(error)?.sentence ?? (error as Error).stack ?? String(error);
  writeFileSync(file, `${text}\n`);
  return text.split('\n')[0]!;
}

/** Whether the program leaves the machine as it was: a client's that shows in results only, or requests about a device of its own. */
const harmless = ({ ends, who, profile }: Finding) =>
  profile !== undefined || (ends !== undefined && who === 'client');

/** The machine of the last trace, while the next can use it. */
class Machines {
  private open: { readonly key: string; readonly target: QemuTarget } | undefined;

  async with<T>(finding: Finding, use: (target: QemuTarget) => Promise<T>): Promise<T> {
    const shared = harmless(finding);
    const key = machineOf(finding);
    if (!shared || this.open?.key !== key) await this.close();
    const target = this.open?.target ?? (await bootFor(finding));
    this.open = { key, target };
    try {
      const used = await use(target);
      // The job that such a device works on, or hides, is over by then, and the next is not queued behind it.
      if (shared && finding.device) await setTimeout(JOBS_MS);
      return used;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      if (!shared) await this.close();
    }
  }

  async close(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.target.close();
  }
}

const machines = new Machines();

/** What a run that shows nothing means for the kernel that it met. */
function absent(kernel: string): { readonly text: string; readonly good: boolean } {
  return compareReleases(kernel, FOUND_ON) > 0
    ? { text: `not there in ${kernel}`, good: true }
    : { text: 'NOT SEEN', good: false };
}

async function rowOf(finding: Finding, folder: string, inC: boolean): Promise<Row> {
  const start = performance.now();
  const row = { finding, kernel: '-', steps: '-', trace: '-', c: '-', good: false };
  const seconds = () => (performance.now() - start) / 1000;
  let shown: Shown;
  try {
    const show = () => machines.with(finding, target => showTrace(finding, target, version));
    shown = await show();
    for (let starts = 1; shown.seen === undefined && finding.chance && starts < STARTS; starts += 1) {
      console.log(`       ${finding.id}: once more, since ${finding.chance}`);
      shown = await show();
    }
  } catch (error) {
    const trace = sentence(error, join(folder, `${finding.id}.error`));
    return { ...row, trace, seconds: seconds() };
  }
  writeFileSync(join(folder, `${finding.id}.json`), `${JSON.stringify(shown.trace, null, 2)}\n`);
  const { kernel, seen, died, made } = shown;
  const none = absent(kernel);
  const down = died === undefined ? '' : ` (machine down at step ${died}: ${made.labels[died] ?? 'the end'})`;
  const known = { ...row, kernel, steps: String(made.program.steps.length) };
  const trace = `${seen === undefined ? none.text : quoted(seen)}${down}`;
  if (!inC) return { ...known, trace, good: seen !== undefined || none.good, seconds: seconds() };
  try {
    const { seen: again, lines, boots } = await showInC(finding, shown, folder);
    if (boots > 1)
      console.log(
        `       ${finding.id}: the C program's machine was started ${boots} times${finding.chance ? `, since ${finding.chance}` : ', since it died while it booted'}`,
      );
    writeFileSync(join(folder, `${finding.id}.console`), `${lines.join('\n')}\n`);
    const c = again === undefined ? none.text : quoted(again);
    const good = (seen !== undefined && again !== undefined) || none.good;
    return { ...known, trace, c, good, seconds: seconds() };
  } catch (error) {
    const c = sentence(error, join(folder, `${finding.id}.error`));
    return { ...known, trace, c, seconds: seconds() };
  }
}

const HEAD = ['id', 'kernel', 'steps', 'the trace shows', 'the C program shows', 'who', 'source', 's'];

function printTable(rows: readonly Row[]): void {
  const cells = rows.map(({ finding, kernel, steps, trace, c, seconds }) => [
    finding.id,
    kernel,
    steps,
    trace,
    c,
    finding.lie ? `${finding.who}, lying device` : finding.who,
    finding.source,
    seconds.toFixed(0),
  ]);
  const widths = HEAD.map((text, at) => Math.max(text.length, ...cells.map(line => line[at]!.length)));
  for (const line of [HEAD, ...cells])
    console.log(
      line
        .map((text, at) => text.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    );
}

const { values } = scriptArgs({
  options: { only: { type: 'string' }, out: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const only = values.only?.split(',');
const strange = (only ?? []).filter(id => !findings.some(finding => finding.id === id));
if (strange.length > 0) throw new Error(`there is no finding ${strange.join(', ')}`);
const chosen = findings
  .filter(({ id }) => !only || only.includes(id))
  // Those that can share a machine follow each other.
  .sort((a, b) => Number(harmless(b)) - Number(harmless(a)));
const folder = values.out ?? mkdtempSync(join(tmpdir(), 'accel-uapi-findings-'));
mkdirSync(folder, { recursive: true });
const rows: Row[] = [];
const met = new Set<string>();
try {
  for (const finding of chosen) {
    const row = await rowOf(finding, folder, !values.quick || !met.has(finding.target));
    met.add(finding.target);
    console.log(`${row.good ? 'ok    ' : 'FAILED'} ${finding.id}: ${row.trace}`);
    rows.push(row);
  }
} finally {
  await machines.close();
  if (values.out === undefined) rmSync(folder, { recursive: true });
}
printTable(rows);
const failed = rows.filter(({ good }) => !good).length;
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
