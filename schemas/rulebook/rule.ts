/**
 * Rules over descriptions: what `lint` looks for in one and `diff` between two. A rule has an id that never moves, says
 * why it is one and from where, and shows an example that breaks it and one that does not; tests run both.
 */

/** error: somebody is hurt; warning: it is likely to hurt; info: worth knowing. Only errors make a command fail. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * Who a change hurts, for the rules of diff: WIRE an old program on the new kernel, SOURCE who compiles again,
 * BEHAVIOUR who rests on errnos, order or outputs, DOC who reads.
 */
export const CATEGORIES = ['WIRE', 'SOURCE', 'BEHAVIOUR', 'DOC'] as const;
export type Category = (typeof CATEGORIES)[number];

export interface RuleInfo {
  /** `layout.hole`, `wire.field-moved`: the group, then what is wrong. Never reused for another meaning. */
  readonly id: string;
  readonly severity: Severity;
  /** What is wrong, in one sentence without a name. */
  readonly summary: string;
  /** Who is hurt by it, and how. */
  readonly reason: string;
  /** Document, or kernel file and line, that the rule rests on. */
  readonly source: string;
  /** For a rule of diff. */
  readonly category?: Category;
}

/** One thing that a rule found. */
export interface Remark {
  readonly rule: RuleInfo;
  /**
   * What it is about, as a waiver names it: `drm_ivpu_submit.flags`, `DRM_IOCTL_IVPU_SUBMIT`, `ivpu.submit.flags-zero`.
   * It rests on names only, so that it outlives moved lines.
   */
  readonly subject: string;
  /** The whole sentence: what, with its figures. */
  readonly message: string;
  /** File and line, as far as known. */
  readonly at?: string;
  /** For a change: what it was and what it is, as far as there is something; they make its fingerprint. */
  readonly old?: string;
  readonly new?: string;
}

/** What changed, in the words of a waiver: `4 -> 8`; nothing for a remark about one description. */
export function changeOf(remark: Remark): string | undefined {
  return remark.old === undefined && remark.new === undefined
    ? undefined
    : `${remark.old ?? ''} -> ${remark.new ?? ''}`.trim();
}

/** Names a remark for ever: rule, subject and values, no prose, so that a sentence can be mended. */
export function fingerprint(remark: Remark): string {
  const change = changeOf(remark);
  return `${remark.rule.id} ${remark.subject}${change === undefined ? '' : `: ${change}`}`;
}
