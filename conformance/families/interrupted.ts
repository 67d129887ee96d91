/**
 * Waits that a signal interrupts: one lane waits, another sends it a signal once it sleeps. With a handler without
 * SA_RESTART the wait ends, with it the wait goes on, and its deadline stays where it was.
 */
import { errnoName, type Trace } from '../../schemas/index.ts';
import { constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { nodeIoctls, O_RDWR, type PlanContext } from '../plan/context.ts';
import { offered } from '../plan/outlook.ts';
import { endedByItself } from './by-itself.ts';
import { interruptedFiles } from './interrupted-files.ts';
import { NO_LANES, unreached } from './race-scene.ts';
import { fromNow, type Waiting, waitings } from './wait-scene.ts';

const SIGUSR1 = 10;
/** Longer than a thread takes to begin to sleep, on any machine. */
const BLOCK_MS = 2000;
/** Longer than anything else in the program takes. */
const LONG_NS = 3_000_000_000n;
const SHORT_NS = 600_000_000n;
/** When the signal of the shorter wait comes: a restart that begins it anew ends so much later. */
const LATE_US = 400_000;
const REST_MS = 600;
const DEADLINE_MS = 15_000;
const MS = 1_000_000n;
/** Half of what the wait would be longer: nobody is so late but one who waits again. */
const MOST_LATE_NS = (BigInt(LATE_US) * 1000n) / 2n;

export function interruptedFamily(context: PlanContext): Case[] {
  const waits = waitings(context, offered(context, nodeIoctls(context.driver)));
  return [...waits.flatMap(waiting => scenes(context, waiting)), ...interruptedFiles(context)];
}

function scenes(context: PlanContext, waiting: Waiting): Case[] {
  const { call, device } = waiting;
  const key = call.semantics.key;
  const plays = [
    { name: `${key}.ends`, clauses: ['interrupted.error', 'interrupted.argument'], play: ends },
    { name: `${key}.goes-on`, clauses: ['interrupted.restart'], play: goesOn },
    // A job ends before any deadline that a wait for it could have.
    ...(device || !/SYNCOBJ/.test(call.name)
      ? []
      : [{ name: `${key}.deadline`, clauses: ['interrupted.deadline'], play: keepsDeadline } as const]),
  ] as const;
  return plays.flatMap(({ name, clauses, play }) => {
    const wanted = clauses.filter(clause => context.wanted?.({ clause, instance: call.name }) !== false);
    if (wanted.length === 0) return [];
    if (!context.hello.lanes)
      return wanted.map(clause => unreached({ clause, instance: call.name, name }, 'interrupted', NO_LANES));
    const scene = new Scene(context, waiting);
    const looks = play(scene);
    return looks ? [scene.case(name, looks)] : [];
  });
}

type Look = Pick<Instance, 'clause' | 'look' | 'about'>;

class Scene {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly controls: number[] = [];
  readonly fd;
  readonly waiting: Waiting;
  readonly context: PlanContext;
  /** The steps of the wait and of the signal. */
  wait = -1;
  sent = -1;
  /** What is waited for comes by itself. */
  private ownEnd = false;

  constructor(context: PlanContext, waiting: Waiting) {
    this.context = context;
    this.waiting = waiting;
    this.maker = this.ownMaker();
    const { step, fd } = this.builder.open(context.nodePath, O_RDWR);
    this.controls.push(step);
    this.fd = fd;
  }

  ownMaker(): CallMaker {
    return new CallMaker(this.builder, this.context);
  }

  /** A lane that waits, one that sends the signal and goes on with what comes then, and others. */
  lanes(
    ns: bigint,
    restart: boolean,
    more: { happens?: boolean; lateUs?: number; others?: readonly (() => void)[] } = {},
  ): boolean {
    const { builder, fd, waiting } = this;
    // A job ends; everything else only when a lane makes it.
    this.ownEnd = waiting.device !== undefined && !restart;
    const prepared = waiting.prepare(this.maker, fd);
    if (!prepared) return false;
    this.controls.push(...prepared.steps);
    const deadline = fromNow(this.maker, ns, waiting.call);
    const [own, other] = [this.ownMaker(), this.ownMaker()];
    const values = prepared.values(own, deadline);
    const args = [0, SIGUSR1, restart ? 1 : 0, BLOCK_MS].map(constant);
    builder.parallel(
      `${waiting.call.name} and a signal`,
      [
        () => {
          this.wait = own.call(fd, waiting.call, values, { deadline: DEADLINE_MS });
        },
        () => {
          this.sent = builder.step('a signal once it sleeps', 'signal', args, { deadline: DEADLINE_MS });
          if (more.happens) prepared.happens?.(other, fd);
        },
        ...(more.others ?? []),
      ],
      [0, more.lateUs ?? 0],
    );
    return true;
  }

  case(name: string, looks: readonly Look[]): Case {
    const { builder, controls, wait, sent, waiting } = this;
    const missed = (trace: Trace) => {
      const signal = trace.results[sent];
      if (signal && signal.ret !== 1n) return 'the signal did not find the wait asleep';
      return this.ownEnd ? endedByItself(trace, wait, sent) : undefined;
    };
    return {
      name,
      family: 'interrupted',
      program: builder.build(),
      labels: builder.labels,
      ...(waiting.device ? { device: waiting.device } : {}),
      // On a busy machine the thread may run long after the signal that woke it, and find what it waited for.
      ...(this.ownEnd ? { twice: true } : {}),
      instances: looks.map(look => ({
        instance: waiting.call.name,
        controls,
        probes: [wait],
        missed,
        ...look,
      })),
    };
  }
}

function ends(scene: Scene): Look[] | undefined {
  if (!scene.lanes(LONG_NS, false)) return undefined;
  const { wait } = scene;
  const look = (trace: Trace) => {
    const ended = errnoName(trace.results[wait]!.errno);
    return ended === 'EINTR'
      ? undefined
      : `step ${wait}: interrupted without SA_RESTART, the wait ended with ${ended}`;
  };
  const changed = (trace: Trace) => {
    const { errno, diffs, hashes } = trace.results[wait]!;
    const written = diffs.length + hashes.length > 0;
    return errnoName(errno) === 'EINTR' && written
      ? `step ${wait}: the wait ended with EINTR and changed its argument`
      : undefined;
  };
  return [
    { clause: 'interrupted.error', look, about: difference => difference.kind !== 'bytes' },
    { clause: 'interrupted.argument', look: changed, about: difference => difference.kind === 'bytes' },
  ];
}

function goesOn(scene: Scene): Look[] | undefined {
  if (!scene.lanes(LONG_NS, true, { happens: true })) return undefined;
  const { wait } = scene;
  const look = (trace: Trace) => {
    const { errno } = trace.results[wait]!;
    return errno === 0
      ? undefined
      : `step ${wait}: interrupted with SA_RESTART, the wait ended with ${errnoName(errno)}`;
  };
  return [{ clause: 'interrupted.restart', look }];
}

function keepsDeadline(scene: Scene): Look[] | undefined {
  const { builder } = scene;
  let rest = -1;
  const others = [() => (rest = builder.step('sleep as long', 'sleep', [constant(REST_MS)]))];
  if (!scene.lanes(SHORT_NS, true, { lateUs: LATE_US, others })) return undefined;
  const { wait } = scene;
  const look = (trace: Trace) => {
    const took = (step: number) => trace.results[step]!.after - trace.results[step]!.before;
    // A busy machine is late with everything.
    const late = took(wait) - SHORT_NS;
    const usual = took(rest) - BigInt(REST_MS) * MS;
    return late > MOST_LATE_NS + usual
      ? `step ${wait}: a wait of ${SHORT_NS / MS} ms that was interrupted after ${LATE_US / 1000} ms took ${took(wait) / MS} ms`
      : undefined;
  };
  return [{ clause: 'interrupted.deadline', look }];
}
