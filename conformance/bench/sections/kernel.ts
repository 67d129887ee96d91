/** The stock driver on its stock kernel: judged programs beside a plain C loop in the same virtual machine. */
import { tmpdir } from 'node:os';
import { version } from '../../cli/version.ts';
import { randomCase } from '../../families/index.ts';
import { judge } from '../../judge/judge.ts';
import { Selection } from '../../run/select.ts';
import { validate } from '../../run/validate.ts';
import { architectures } from '../../targets/qemu/architecture.ts';
import { makeScratch, removeStaleScratch } from '../../targets/qemu/cache.ts';
import { openQemu, QemuError, type QemuErrorKind, type QemuTarget } from '../../targets/qemu/index.ts';
import { runProgram } from '../../targets/qemu/run-program.ts';
import { compileLoop, connectLoop, type Loop } from '../loop.ts';
import { compare, type Goal, type Sample, timed } from '../measure.ts';
import { ethosuMix } from '../mix.ts';
import { type Known, know, RANDOM_PROGRAMS } from '../model.ts';
import { type Section, type Settings, Skip } from '../section.ts';

const MACHINE = 'ethosu';
/** Things that this computer lacks rather than faults of the kit. */
const LACKING: readonly QemuErrorKind[] = ['no-qemu', 'no-compiler', 'no-tool', 'no-kernel'];
/** Rounds of the mix in a long program: 1800 steps. */
const ROUNDS = 200;
/**
 * Long programs of a repetition; the next is under way while one is judged. As many that the first and the last one,
 * beside which nothing is under way, count as little as in a run.
 */
const LONG_PROGRAMS = 12;
/** Rounds that the plain loop makes for one measurement: it is so much faster that fewer would be over at once. */
const LOOP_ROUNDS = 250;
/** Random programs of a repetition, and how many of them are under way at once where several are. */
const PROGRAMS = 30;
const UNDER_WAY = 4;
const SCRATCH = 'accel-uapi-bench';

const LONG: Goal = {
  ratio: 0.5,
  why: 'A step costs a look at the kernel log, two readings of the clock and a comparison of memory; its result goes through two processes and a virtio port together with others.',
};
const WHOLE: Goal = {
  ratio: 1 / 50,
  why: 'Most programs of a run have some twenty steps, and each gets a process of its own, which an emulated machine makes in some 20 ms, as long as a hundred calls of the loop take.',
};
const PIPELINED: Goal = {
  ratio: 0.9,
  why: 'While the machine runs one program the kit can judge the one before: not slower than taking turns, within the noise of an emulated machine.',
};

/** Long programs of the mix, judged; every call of them must succeed. */
async function judgedMix({ link, context, setup }: Known): Promise<number> {
  const { program } = ethosuMix(context, ROUNDS);
  let steps = 0;
  for (const running of Array.from({ length: LONG_PROGRAMS }, () => link.run(program))) {
    const trace = await running;
    const wrong = trace.results.find(result => result.errno !== 0);
    const differences = judge(trace, setup).flatMap(judgement => judgement.differences);
    if (wrong || differences.length > 0 || trace.end.status !== 'complete')
      throw new Error(`the mix of calls failed at step ${wrong?.step ?? differences[0]?.step}`);
    steps += trace.results.length;
  }
  return steps;
}

async function plainMix(loop: Loop): Promise<Sample> {
  const sample = await loop.measure(LOOP_ROUNDS);
  if (sample.failed > 0) throw new Error(`${sample.failed} calls of the plain C loop failed`);
  return sample;
}

/** Random programs, so many under way at once, judged as they come back. */
async function randomPrograms({ link, context, setup }: Known, underWay: number): Promise<number> {
  let steps = 0;
  let next = 0;
  const lane = async () => {
    while (next < PROGRAMS) {
      const { program } = randomCase(context, next++);
      const trace = await link.run(program);
      steps += trace.results.length;
      judge(trace, setup);
    }
  };
  await Promise.all(Array.from({ length: underWay }, lane));
  return steps;
}

async function wholeRun(target: QemuTarget, seed: number): Promise<number> {
  const { link } = target;
  const end = await validate(
    { name: target.identity.target, kind: 'qemu', met: 'kernel', link, close: async () => {} },
    {
      seed,
      runs: RANDOM_PROGRAMS,
      tier: 'reversible',
      // Ten thousand rounds count as one step.
      select: new Selection('!handle.balance'),
      requireMust: false,
      version,
      now: () => performance.now(),
    },
    () => {},
  );
  if (!end.complete) throw new Error(`the run on ${target.identity.target} ended early: ${end.reason}`);
  return end.steps;
}

async function rowsOf(target: QemuTarget, known: Known, loop: Loop, { quick, seed }: Settings) {
  const against = 'the mix in a plain C loop in the machine';
  return [
    await compare(
      {
        what: `judged steps of programs of ${ROUNDS * 9} calls`,
        unit: 'steps',
        ours: () => timed(() => judgedMix(known)),
        against,
        theirs: () => plainMix(loop),
        goal: LONG,
      },
      quick ? 3 : 15,
    ),
    await compare(
      {
        what: 'judged steps of a whole validate',
        unit: 'steps',
        ours: () => timed(() => wholeRun(target, seed)),
        against,
        theirs: () => plainMix(loop),
        goal: WHOLE,
        // The calls and the judge are warm from the row before.
        warmUp: 0,
      },
      quick ? 1 : 5,
    ),
    await compare(
      {
        what: `judged steps of random programs, ${UNDER_WAY} under way`,
        unit: 'steps',
        ours: () => timed(() => randomPrograms(known, UNDER_WAY)),
        against: 'the same programs, one under way',
        theirs: () => timed(() => randomPrograms(known, 1)),
        goal: PIPELINED,
        warmUp: quick ? 0 : 1,
      },
      quick ? 2 : 9,
    ),
  ];
}

async function measure(settings: Settings) {
  removeStaleScratch(tmpdir(), SCRATCH);
  const scratch = makeScratch(tmpdir(), SCRATCH);
  const report = (line: string) => process.stderr.write(`bench: ${line}\n`);
  let target: QemuTarget | undefined;
  let plain: Awaited<ReturnType<typeof runProgram>> | undefined;
  try {
    target = await openQemu(MACHINE, { report });
    const known = await know(target.link, settings.seed);
    const { nodePath } = known.context;
    const path = await compileLoop(
      architectures.arm64.compilers.aarch64!,
      ethosuMix(known.context, 1),
      nodePath,
      scratch.path,
    );
    plain = await runProgram(MACHINE, path);
    const loop = await connectLoop(plain.port, plain.port, plain.explain);
    const { identity } = target;
    return {
      rests: `a kernel: ${identity.kernel} with its own ${identity.modules.at(-1)!.name}.ko in ${identity.qemu} without KVM (qemu:${MACHINE}); the loop in a second machine that is the same`,
      rows: await rowsOf(target, known, loop, settings),
    };
  } finally {
    await plain?.close();
    await target?.close();
    scratch.remove();
  }
}

export const kernel: Section = {
  name: 'kernel',
  summary: 'judged steps on the stock kernel in a virtual machine',
  async measure(settings) {
    try {
      return await measure(settings);
    } catch (error) {
      if (error instanceof QemuError && LACKING.includes(error.kind)) throw new Skip(error.message);
      throw error;
    }
  },
};
