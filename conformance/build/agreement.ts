/** Compares a machine with the reference as found over random programs, on a fresh machine whenever one was lost. */
import { type Agreement, agree, type Disagreement } from '../run/agree.ts';
import { openTarget } from '../targets/open.ts';

/** A machine that is lost so often is not worth another boot. */
const MOST_LOST = 20;
/** Disagreements that are printed. */
const SHOWN = 20;
/** Progress is told so often, in milliseconds. */
const TOLD_MS = 5000;

export interface AgreementOfMachine extends Omit<Agreement, 'next'> {
  /** How often the machine was lost and booted again. */
  readonly lost: number;
  /** From the first program to the last answer, without booting. */
  readonly seconds: number;
}

export interface AgreementOptions {
  readonly seed: number;
  readonly first?: number;
  readonly programs: number;
}

export async function agreement(name: string, options: AgreementOptions): Promise<AgreementOfMachine> {
  const { seed, programs } = options;
  const first = options.first ?? 0;
  const parts: Agreement[] = [];
  let seconds = 0;
  let lost = 0;
  let from: number | undefined = first;
  let done = 0;
  while (from !== undefined && done < programs && lost < MOST_LOST) {
    process.stderr.write(`${name}: booting\n`);
    const target = await openTarget(name, { cpus: 1 });
    const start = performance.now();
    let told = start;
    const before = done;
    const onProgram = (count: number) => {
      const now = performance.now();
      if (now - told < TOLD_MS) return;
      told = now;
      process.stderr.write(`${name}: ${before + count} of ${programs} programs\n`);
    };
    const node = target.nodePath ? { nodePath: target.nodePath } : {};
    const part = await agree(
      target.link,
      { seed, first: from, programs: programs - done, ...node },
      onProgram,
    ).finally(() => target.close());
    seconds += (performance.now() - start) / 1000;
    parts.push(part);
    done += part.programs;
    from = part.next;
    if (from !== undefined) {
      lost += 1;
      process.stderr.write(`${name}: lost in program ${from - 1}\n`);
    }
  }
  return { ...together(parts), lost, seconds };
}

function together(parts: readonly Agreement[]): Agreement {
  const errnos: Record<string, number> = {};
  for (const part of parts)
    for (const [errno, count] of Object.entries(part.errnos)) errnos[errno] = (errnos[errno] ?? 0) + count;
  const sum = (count: (part: Agreement) => number) => parts.reduce((total, part) => total + count(part), 0);
  return {
    driver: parts[0]?.driver ?? '',
    release: parts[0]?.release ?? '',
    programs: sum(part => part.programs),
    leftOut: sum(part => part.leftOut),
    steps: sum(part => part.steps),
    environmental: sum(part => part.environmental),
    errnos,
    disagreements: parts.flatMap(part => part.disagreements),
    logged: [...new Set(parts.flatMap(part => part.logged))],
  };
}

/** One line of figures. */
export function figures(result: AgreementOfMachine): string {
  const { programs, leftOut, steps, disagreements, environmental, lost, seconds } = result;
  const apart = new Set(disagreements.map(({ program }) => program)).size;
  return [
    `${programs} programs, ${steps} steps`,
    `${disagreements.length} disagreements${apart > 0 ? ` in ${apart} programs` : ''}`,
    `${environmental} programs refused by the machine in a step`,
    ...(leftOut > 0 ? [`${leftOut} more left out since they wait long`] : []),
    ...(lost > 0 ? [`lost ${lost} times`] : []),
    `${seconds.toFixed(0)} s`,
  ].join(', ');
}

/** Steps of every errno, the frequent ones first. */
export function errnosMet({ errnos }: Pick<Agreement, 'errnos'>): string {
  return Object.entries(errnos)
    .sort(([, a], [, b]) => b - a)
    .map(([errno, count]) => `${errno} ${count}`)
    .join(', ');
}

/** The first disagreements, a line each. */
export function shown(disagreements: readonly Disagreement[]): string[] {
  return disagreements
    .slice(0, SHOWN)
    .map(({ program, step, label, what }) => `program ${program} step ${step} ${label}: ${what}`);
}
