/** A program in which lanes race: its own good calls before and after, and what the lanes do between. */
import type { Value } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';

export const NO_LANES = 'the executor has no lanes';

export interface RaceTitle {
  readonly clause: ClauseId;
  readonly instance: string;
  readonly name: string;
}

/** Something to play when the run wants it; undefined when the driver has nothing for it. */
export interface Play {
  readonly title: RaceTitle;
  play(): Case | undefined;
}

export class RaceScene {
  readonly builder = new ProgramBuilder();
  readonly context: PlanContext;
  readonly fd: Value;
  readonly controls: number[] = [];
  readonly probes: number[] = [];
  /** For what is made before and after the race. */
  readonly maker: CallMaker;
  private race = -1;

  constructor(context: PlanContext) {
    this.context = context;
    this.maker = this.ownMaker();
    this.fd = this.open();
  }

  /** Makes calls in memory of its own: two lanes must not share any. */
  ownMaker(): CallMaker {
    return new CallMaker(this.builder, this.context);
  }

  open(label?: string): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR, label);
    this.controls.push(step);
    return fd;
  }

  /** What the lanes do at the same time; each adds its steps and gives them. */
  together(label: string, ...lanes: (() => number | readonly number[])[]): void {
    this.race = this.builder.parallel(
      label,
      lanes.map(lane => () => {
        this.probes.push(...[lane()].flat());
      }),
    );
  }

  /** A new handle, which counts as a good call before the race. */
  handle(resource: string, fd = this.fd, make?: string): Value | undefined {
    const made = this.maker.freshHandle(fd, resource, make);
    if (made) this.controls.push(made.step);
    return made?.handle;
  }

  case({ clause, instance, name }: RaceTitle, more: Partial<Instance> = {}): Case {
    const { builder, controls, probes } = this;
    return {
      name,
      family: 'race',
      program: builder.build(),
      labels: builder.labels,
      race: this.race,
      instances: [{ clause, instance, controls, probes, ...more }],
    };
  }
}

/** A case that has no program here; why. */
export function unreached({ clause, instance, name }: RaceTitle, family: string, notReached: string): Case {
  return {
    name,
    family,
    program: new ProgramBuilder().build(),
    labels: [],
    instances: [{ clause, instance, controls: [], probes: [], notReached }],
  };
}
