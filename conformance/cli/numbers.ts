import { UsageError } from '../run/usage-error.ts';

/** The number that an option's text gives. */
export function wholeNumber(option: string, text: string, least: number): number {
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > 0xffffffff) {
    throw new UsageError(`${option} ${text} is no whole number; expected ${least} to ${0xffffffff}`);
  }
  return Number(text);
}
