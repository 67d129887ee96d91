/** What the gate looks at, in its order: what costs little comes first. */
export const CHECKS = [
  'submission',
  'header',
  'description',
  'lint',
  'documentation',
  'bindings',
  'library',
  'claim',
  'build',
  'tests',
  'replay',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** What each asks for, in a line. */
export const ASKS: Readonly<Record<CheckName, string>> = {
  submission: 'submission.yaml names every part, and each is there',
  header: 'the header is the one that the description was made of',
  description: 'every ioctl is described, and no question is open',
  lint: 'no error of lint is left',
  documentation: 'every item of the header has a comment, every ioctl a place in the documents',
  bindings: 'the header and the generated bindings compile',
  library: 'the library is open source and uses every ioctl',
  claim: 'the claim is of this kit, description, header and kernel, whole and without a violation',
  build: 'the library builds from its source',
  tests: 'its tests run and pass',
  replay: "the claim's recording gives the claim's verdicts",
};

/** For readers: each check with what it asks for. */
export const GATE_CHECKS = CHECKS.map(name => ({ name, asks: ASKS[name] }));

/** Why a part is refused; thrown by a check that has nothing more to say. */
export class Refused extends Error {
  override name = 'Refused';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export interface Finding {
  readonly check: CheckName;
  readonly outcome: 'passed' | 'refused' | 'not looked at' | 'absent';
  /** Each a sentence. */
  readonly problems: readonly string[];
  /** What was seen, or why nothing was. */
  readonly note: string;
}
