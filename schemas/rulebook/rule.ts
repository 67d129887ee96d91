/**
 * Rules over descriptions: what `lint` looks for in one and `diff` between two. A rule has an id that never moves, says
 * why it is one and from where, and shows an example that breaks it and one that does not; tests run both.
 */

/** error: somebody is hurt; warning: it is likely to hurt; info: worth knowing. Only errors make a command fail. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

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
}
