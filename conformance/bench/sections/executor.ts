/** The executor on this computer, beside a plain C loop that makes the same calls. */
import { spawn } from 'node:child_process';
import { release, tmpdir } from 'node:os';
import { catalogue } from '../../../schemas/index.ts';
import { buildExecutor, LinkError, spawnExecutor } from '../../link/index.ts';
import { makeScratch, removeStaleScratch } from '../../targets/qemu/cache.ts';
import { compileLoop, connectLoop } from '../loop.ts';
import { compare, timed } from '../measure.ts';
import { contextOf, nullCalls } from '../mix.ts';
import { type Section, Skip } from '../section.ts';

const STEPS = 1000;
/** The loop is so much faster that it needs more calls to be measured at all. */
const LOOP_CALLS = 200_000;
const SCRATCH = 'accel-uapi-bench';

const GOAL = {
  ratio: 1 / 200,
  why: 'The refused call takes a fraction of a microsecond; around it a step is marked in the kernel log, timed, its memory compared, and its result sent through two processes and decoded.',
};

async function executorPath(compiler: string): Promise<string> {
  try {
    return await buildExecutor(compiler);
  } catch (error) {
    if (error instanceof LinkError) throw new Skip(error.message);
    throw error;
  }
}

function startLoop(path: string) {
  return spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
}

export const executor: Section = {
  name: 'executor',
  summary: 'long programs through the executor and the link on this computer',
  async measure({ quick, seed }) {
    const compiler = process.env.CC || 'cc';
    const path = await executorPath(compiler);
    removeStaleScratch(tmpdir(), SCRATCH);
    const scratch = makeScratch(tmpdir(), SCRATCH);
    const link = await spawnExecutor([path]);
    let child: ReturnType<typeof startLoop> | undefined;
    const { core } = catalogue();
    const rounds = nullCalls(contextOf(core, link.hello, seed), STEPS);
    try {
      const loopPath = await compileLoop(compiler, rounds, '/dev/null', scratch.path);
      child = startLoop(loopPath);
      const loop = await connectLoop(child.stdout, child.stdin, async () => '; see its last words above');
      const refused = async () => {
        const { results } = await link.run(rounds.program);
        if (results.slice(1).some(result => result.errno === 0))
          throw new Error('/dev/null took a call of the DRM core');
        return results.length;
      };
      const plain = async () => {
        const sample = await loop.measure(LOOP_CALLS);
        if (sample.failed !== sample.units) throw new Error('the loop did not make the calls of the program');
        return sample;
      };
      const row = await compare(
        {
          what: `steps of programs of ${STEPS} ioctls on /dev/null`,
          unit: 'steps',
          ours: () => timed(refused),
          against: 'the same ioctl in a plain C loop',
          theirs: plain,
          goal: GOAL,
        },
        quick ? 5 : 15,
      );
      const marks = link.hello.log ? 'with' : 'without';
      return {
        rests: `the kernel of this computer (Linux ${release()}) without any accel driver; ${marks} marks in the kernel log`,
        rows: [row],
      };
    } finally {
      child?.kill();
      await link.close();
      scratch.remove();
    }
  },
};
