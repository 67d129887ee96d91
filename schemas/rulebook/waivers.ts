/** What is known and accepted: a waiver takes a remark off the list, for a reason that is written down. */
import type { Waiver, Waivers } from '../generated/types/waivers.ts';
import { InvalidData, validate } from '../validate/validate.ts';
import type { Remark, RuleInfo } from './rule.ts';

export type { Waiver };

/** Reads the parsed content of a waivers file; a rule that does not exist is an error of the file. */
export function readWaivers(path: string, data: unknown, rules: readonly RuleInfo[]): readonly Waiver[] {
  const { waivers } = validate<Waivers>('waivers', path, data);
  for (const { rule } of waivers)
    if (!rules.some(({ id }) => id === rule))
      throw new InvalidData(`${path}: there is no rule ${rule}; mend its name or delete the waiver`);
  return waivers;
}

export interface Waived {
  /** What no waiver names. */
  readonly remarks: readonly Remark[];
  readonly waived: readonly { readonly remark: Remark; readonly waiver: Waiver }[];
  /** Waivers that no remark needs any more: each is an error. */
  readonly unused: readonly Waiver[];
}

/** Sorts remarks into those that a waiver accepts and the others. */
export function applyWaivers(remarks: readonly Remark[], waivers: readonly Waiver[]): Waived {
  const used = new Set<Waiver>();
  const left: Remark[] = [];
  const waived: { remark: Remark; waiver: Waiver }[] = [];
  for (const remark of remarks) {
    const waiver = waivers.find(({ rule, subject }) => rule === remark.rule.id && subject === remark.subject);
    if (waiver) {
      used.add(waiver);
      waived.push({ remark, waiver });
    } else left.push(remark);
  }
  return { remarks: left, waived, unused: waivers.filter(waiver => !used.has(waiver)) };
}
