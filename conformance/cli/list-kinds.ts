/** What `accel-uapi list` can list; apart from list.ts, since loading that takes long. */
export const LIST_KINDS = [
  'clauses',
  'drivers',
  'targets',
  'deviations',
  'mutants',
  'cells',
  'silences',
  'traceability',
] as const;
export type ListKind = (typeof LIST_KINDS)[number];
