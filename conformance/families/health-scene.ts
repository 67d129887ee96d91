/** What reporters tell, for programs about the health of a device. */
import { type Fields, fieldValue } from '../../schemas/index.ts';
import { DeviceScene } from '../management/device-scene.ts';
import type { Answered, Heard, Told } from '../management/told.ts';

export interface Health {
  readonly name: string;
  readonly state: bigint;
  readonly errors: bigint;
  readonly recoveries: bigint;
  /** A dump is kept. */
  readonly dump: boolean;
  readonly text: string;
}

const number = (fields: Fields, name: string): bigint => {
  const value = fieldValue(fields, name);
  return typeof value === 'bigint' ? value : -1n;
};

function healthIn(fields: Fields): Health | undefined {
  const own = fieldValue(fields, 'health-reporter') as Fields | undefined;
  if (!Array.isArray(own)) return undefined;
  const health = {
    name: String(fieldValue(own, 'health-reporter-name') ?? ''),
    state: number(own, 'health-reporter-state'),
    errors: number(own, 'health-reporter-err-count'),
    recoveries: number(own, 'health-reporter-recover-count'),
    dump: fieldValue(own, 'health-reporter-dump-ts') !== undefined,
  };
  const { name, state, errors, recoveries } = health;
  return { ...health, text: `${name}: state ${state}, ${errors} errors, ${recoveries} recoveries` };
}

/** All reporters of an answer, by name. */
export function healthOf({ replies }: Answered): ReadonlyMap<string, Health> {
  return new Map(replies.flatMap(fields => healthIn(fields) ?? []).map(each => [each.name, each]));
}

/** Changes that were told. */
export function changes(heard: readonly Heard[]): Health[] {
  return heard.flatMap(({ operation, fields }) =>
    operation === 'health-reporter-recover-ntf' ? (healthIn(fields) ?? []) : [],
  );
}

/** Texts that a message of a reporter has. */
export function textsOf({ replies }: Answered): string {
  const texts = (fields: Fields): string[] =>
    fields.flatMap(([name, value]) =>
      Array.isArray(value)
        ? texts(value as Fields)
        : name === 'fmsg-obj-value-data' && value instanceof Uint8Array
          ? [new TextDecoder().decode(value).replace(/\0.*$/s, '')]
          : [],
    );
  return replies.flatMap(texts).join('; ');
}

/** A look at one reporter, and what is expected of it. */
export interface Expected {
  readonly step: number;
  readonly name: string;
  readonly state: 0n | 1n;
  /** More than at the start. */
  readonly errors: bigint;
  readonly recoveries: bigint;
}

export function unlike(
  told: Told,
  start: number,
  expected: readonly Expected[],
  of: readonly (keyof Expected)[],
) {
  for (const { step, name, ...wanted } of expected) {
    const [before, now] = [healthOf(told.answer(start)).get(name), healthOf(told.answer(step)).get(name)];
    if (!before || !now) return `step ${step}: nothing is told of ${name}`;
    const is = {
      state: now.state,
      errors: now.errors - before.errors,
      recoveries: now.recoveries - before.recoveries,
    };
    for (const key of ['state', 'errors', 'recoveries'] as const)
      if (of.includes(key) && is[key] !== wanted[key])
        return `step ${step}: ${name} has ${key} ${is[key]}, expected ${wanted[key]}`;
  }
  return undefined;
}

export class HealthScene extends DeviceScene {
  get(name: string): number {
    return this.ask('health-reporter-get', [...this.handle, ['health-reporter-name', name]]);
  }

  all(): number {
    return this.ask('health-reporter-get', this.handle, { dump: true });
  }

  set(name: string, settings: Fields): number {
    const step = this.reporter('health-reporter-set', name, settings);
    return step;
  }

  recover(name: string): number {
    return this.reporter('health-reporter-recover', name);
  }

  dumpOf(name: string): number {
    return this.ask('health-reporter-dump-get', [...this.handle, ['health-reporter-name', name]], {
      dump: true,
    });
  }

  clear(name: string): number {
    return this.reporter('health-reporter-dump-clear', name);
  }
}
