/** A comparison as text and as JSON. */
import type { Comparison, Found } from './compare.ts';

/** Labels of a difference that are listed. */
const SHOWN_LABELS = 4;

const ORDER = ['regression suspect', 'other difference', 'extension'] as const;

export interface About {
  readonly a: string;
  readonly b: string;
  readonly driver: string;
  readonly without: ReadonlyMap<string, number>;
  /** The files of a difference, where they are kept. */
  readonly files: ReadonlyMap<Found, readonly string[]>;
}

/** Regressions first. */
export function inOrder(found: readonly Found[]): Found[] {
  return ORDER.flatMap(direction => found.filter(({ parting }) => parting.direction === direction));
}

export function prettyComparison(comparison: Comparison, about: About): string {
  const lines = [
    `${about.a} (A) and ${about.b} (B): ${about.driver}`,
    ...inOrder(comparison.found).flatMap(each => ['', ...prettyFound(each, about)]),
    '',
    summary(comparison),
  ];
  const { following, learned, cut } = comparison;
  if (following > 0)
    lines.push(`${following} more differences show only behind one of these, and follow from it`);
  if (learned.length > 0)
    lines.push(`A differs from itself in, and these were left alone: ${learned.join(', ')}`);
  for (const [why, count] of about.without)
    lines.push(`${count} ${count === 1 ? 'case was' : 'cases were'} left out: ${why}`);
  if (cut !== undefined) lines.push(`ended early: ${cut}`);
  return `${lines.join('\n')}\n`;
}

function summary({ found, programs, steps }: Comparison): string {
  const counts = ORDER.map(direction => {
    const count = found.filter(({ parting }) => parting.direction === direction).length;
    const plural = direction === 'other difference' ? 'other differences' : `${direction}s`;
    return `${count} ${count === 1 ? direction : plural}`;
  });
  return `${programs} programs, ${steps} steps: ${found.length === 0 ? 'no difference' : counts.join(', ')}`;
}

function prettyFound(found: Found, about: About): string[] {
  const { parting, small, labels, programs } = found;
  const { direction, call, kind, place, a, b } = parting;
  const shown = [...labels].slice(0, SHOWN_LABELS);
  const more = labels.size - shown.length;
  return [
    `${direction}: ${call}, ${kind}${place === undefined ? '' : ` of ${place}`}`,
    `  A   ${a}`,
    `  B   ${b}`,
    `  in  ${shown.join('; ')}${more > 0 ? `; ${more} more` : ''} (${programs.size} program${programs.size === 1 ? '' : 's'})`,
    ...small.labels.map(
      (label, at) => `  ${at === small.step ? '->' : '  '}${String(at).padStart(3)}  ${label}`,
    ),
    ...(about.files.get(found) ?? []).map(path => `  kept ${path}`),
  ];
}

export function jsonComparison(comparison: Comparison, about: About): unknown {
  const { found, programs, steps, following, learned, cut } = comparison;
  return {
    a: about.a,
    b: about.b,
    driver: about.driver,
    programs,
    steps,
    differences: inOrder(found).map(each => ({
      direction: each.parting.direction,
      call: each.parting.call,
      kind: each.parting.kind,
      ...(each.parting.place === undefined ? {} : { place: each.parting.place }),
      a: each.parting.a,
      b: each.parting.b,
      labels: [...each.labels],
      programs: each.programs.size,
      program: each.small.labels,
      step: each.small.step,
      files: about.files.get(each) ?? [],
    })),
    following,
    learned,
    without: Object.fromEntries(about.without),
    ...(cut === undefined ? {} : { cut }),
  };
}
