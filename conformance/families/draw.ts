/**
 * Draws random programs towards what earlier ones did not come to. What a program comes to is asked of the model, not
 * of the target: so the same seed gives the same programs on every target and under every selection, and a program
 * that found something is drawn again by the line that replays it.
 */
import { checks } from '../../schemas/index.ts';
import type { Case } from '../plan/case.ts';
import { ioctls, type PlanContext } from '../plan/context.ts';
import { type Ending, model } from '../plan/model.ts';
import { offered } from '../plan/outlook.ts';
import { waitsLong } from '../plan/waits.ts';
import { randomCase } from './model.ts';

/** Programs among which one is chosen: the gain of more is smaller than what they cost. */
const CANDIDATES = 4;

/** The ends of calls that a program comes to, each as `CALL ERRNO`; a call that succeeds ends with `success`. */
export function cellsOf(endings: readonly Ending[]): Set<string> {
  return new Set(
    endings.flatMap(({ call, errno, open }) => (call && !open ? [`${call.name} ${errno ?? 'success'}`] : [])),
  );
}

export class Draw {
  private readonly context: PlanContext;
  /** Cells that the programs drawn so far come to. */
  readonly seen = new Set<string>();
  /** Calls, each with the ends that its description has. */
  private readonly ends: ReadonlyMap<string, readonly string[]>;
  private index = 0;

  constructor(context: PlanContext) {
    this.context = context;
    const calls = [...offered(context, ioctls(context.driver)), ...context.driver.files.values()];
    this.ends = new Map(
      calls.map(({ name, semantics }) => [
        name,
        ['success', ...checks(semantics.body).map(({ errno }) => errno)].map(end => `${name} ${end}`),
      ]),
    );
  }

  /** The next program; undefined when all that was drawn would wait too long. */
  next(): Case | undefined {
    const { context, seen, index } = this;
    this.index += 1;
    const towards = new Set(
      [...this.ends].flatMap(([name, ends]) => (ends.some(end => !seen.has(end)) ? [name] : [])),
    );
    let best: { one: Case; cells: Set<string>; gain: number } | undefined;
    for (let attempt = 0; attempt < CANDIDATES; attempt += 1) {
      const one = randomCase(context, index, { attempt, towards });
      const endings = model(context, one.program);
      if (waitsLong(endings)) continue;
      const cells = cellsOf(endings);
      const gain = [...cells].filter(cell => !seen.has(cell)).length;
      if (!best || gain > best.gain) best = { one, cells, gain };
    }
    for (const cell of best?.cells ?? []) seen.add(cell);
    return best?.one;
  }
}
