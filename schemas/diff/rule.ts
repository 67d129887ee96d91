/** The shape of a rule over two versions of an interface. */
import type { Category, Remark, RuleInfo } from '../rulebook/rule.ts';

/** One side of an example: a C header, the semantics of one call, a netlink spec and its overlay, all as text. */
export interface Example {
  readonly header?: string;
  /** Several headers, by path. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly call?: string;
  readonly netlink?: string;
  readonly overlay?: string;
}

export interface Pair {
  readonly old: Example;
  readonly new: Example;
}

export interface DiffRule extends RuleInfo {
  readonly category: Category;
  /** A change that the rule names. */
  readonly breaks: Pair;
  /** One beside it that hurts nobody. */
  readonly holds: Pair;
}

export function headers(before: string, after: string): Pair {
  return { old: { header: before }, new: { header: after } };
}

export function netlinks(before: string, after: string): Pair {
  return { old: { netlink: before }, new: { netlink: after } };
}

/** What changed, and where in the newer file, or in the older one when it is gone. */
export interface Change {
  readonly old?: string | undefined;
  readonly new?: string | undefined;
  readonly at?: string | undefined;
}

export function remark(rule: RuleInfo, subject: string, message: string, change: Change = {}): Remark {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  return { rule, subject, message, ...Object.fromEntries(given) };
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The header of the examples about calls. */
export const CALL_HEADER = `enum x_flags { X_A = 1, X_B = 2 };
struct x_args { __u64 size; __u32 flags; __u32 pad; __u32 handle; __u32 more; };
#define DRM_IOCTL_X _IOWR('d', 0x40, struct x_args)
#define DRM_IOCTL_Y _IOWR('d', 0x41, struct x_args)`;

/** Two versions of the semantics of one call, as YAML; what an example leaves out is filled in by who reads it. */
export function calls(before: string, after: string, header = CALL_HEADER): Pair {
  return { old: { header: CALL_HEADER, call: before }, new: { header, call: after } };
}

/** The body of an example: one rule a line. */
export function body(...rules: string[]): string {
  return `body:\n${rules.map(rule => `  - ${rule}\n`).join('')}`;
}
