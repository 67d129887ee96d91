/** What a device told over devlink: answers to requests, and what everybody heard meanwhile. */
import { errnoName, type Fields, fieldValue, netlinkFamilies, type Trace } from '../../schemas/index.ts';
import { exchangesOf } from '../netlink/answers.ts';
import { type Heard, heardOf } from '../netlink/devlink/heard.ts';

const HEARD: ReadonlySet<string> = new Set([
  'new',
  'del',
  'flash-update-ntf',
  'flash-update-status',
  'flash-update-end',
  'health-reporter-recover-ntf',
]);

export interface Answered {
  readonly errno: string;
  /** The answer says in words what is wrong. */
  readonly named: boolean;
  readonly replies: readonly Fields[];
}

export type { Heard };

/** One reading of a trace; what is asked of it is worked out once. */
export class Told {
  readonly heard: readonly Heard[];
  private readonly answers = new Map<number, Answered>();

  constructor(trace: Trace, number: number) {
    const family = netlinkFamilies().get('devlink')!;
    this.heard = heardOf(family, number, trace, HEARD);
    for (const { step, answers } of exchangesOf(family, number, trace)) {
      const replies = answers.flatMap(answer => (answer.kind === 'reply' ? [answer.fields] : []));
      const ends = answers.flatMap(answer =>
        answer.kind === 'other' || answer.kind === 'reply' ? [] : [answer.ack],
      );
      const failed = ends.find(({ errno }) => errno !== 0);
      const end = failed ?? ends[0];
      this.answers.set(step, {
        errno: end ? errnoName(end.errno) : 'no answer',
        named: (end?.message ?? '') !== '',
        replies,
      });
    }
  }

  answer(step: number): Answered {
    return this.answers.get(step) ?? { errno: 'no answer', named: false, replies: [] };
  }

  worked(step: number): boolean {
    return this.answer(step).errno === 'success';
  }

  /** What was heard of what a step did. */
  of(step: number): readonly Heard[] {
    return this.heard.filter(({ cause }) => cause === step);
  }
}

const readings = new WeakMap<Trace, Told>();
export function toldOf(trace: Trace, number: number): Told {
  const known = readings.get(trace) ?? new Told(trace, number);
  readings.set(trace, known);
  return known;
}

/** What INFO_GET tells. */
export interface Info {
  readonly driver: string;
  readonly serial: string;
  readonly fixed: ReadonlyMap<string, string>;
  readonly running: ReadonlyMap<string, string>;
  readonly stored: ReadonlyMap<string, string>;
}

export function infoOf({ replies }: Answered): Info | undefined {
  const [fields] = replies;
  if (!fields) return undefined;
  const group = (name: string) =>
    new Map(
      fields
        .filter(([own]) => own === `info-version-${name}`)
        .map(([, value]): [string, string] => [
          String(fieldValue(value as Fields, 'info-version-name')),
          String(fieldValue(value as Fields, 'info-version-value')),
        ]),
    );
  return {
    driver: String(fieldValue(fields, 'info-driver-name') ?? ''),
    serial: String(fieldValue(fields, 'info-serial-number') ?? ''),
    fixed: group('fixed'),
    running: group('running'),
    stored: group('stored'),
  };
}

const print = (versions: ReadonlyMap<string, string>): string =>
  [...versions].map(([name, value]) => `${name} ${value}`).join(', ') || 'nothing';

/** The first thing in which two looks differ; undefined when they are alike. */
export function changed(before: Info | undefined, after: Info | undefined): string | undefined {
  if (!before || !after) return 'info-get gave no answer';
  for (const group of ['fixed', 'running', 'stored'] as const)
    if (print(before[group]) !== print(after[group]))
      return `${group} was ${print(before[group])} and is ${print(after[group])}`;
  return before.serial === after.serial
    ? undefined
    : `the serial number was ${before.serial} and is ${after.serial}`;
}
