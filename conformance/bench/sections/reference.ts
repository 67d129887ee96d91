/** How fast the kit runs and judges where nothing but itself takes time. */

import { version } from '../../cli/version.ts';
import { judge } from '../../judge/judge.ts';
import { Selection } from '../../run/select.ts';
import { validate } from '../../run/validate.ts';
import { compare, timed } from '../measure.ts';
import { openModel, RANDOM_PROGRAMS, validateCases } from '../model.ts';
import type { Section } from '../section.ts';

const JUDGED = {
  ratio: 1 / 2,
  why: 'To judge, the model runs the program a second time: a half when the comparison costs nothing beside a run.',
};
const WHOLE = {
  ratio: 1 / 5,
  why: 'Planning, the stream, explaining and verdicts come on top of running and judging; they may take two thirds as long as these.',
};

export const reference: Section = {
  name: 'reference',
  summary: 'judged steps and verdicts on the in-process reference',
  async measure({ quick, seed }) {
    const { link, context, setup } = await openModel(seed);
    const cases = validateCases(context);
    const run = async (judged: boolean) => {
      let steps = 0;
      for (const { program } of cases) {
        const trace = await link.run(program);
        steps += trace.results.length;
        if (judged) judge(trace, setup);
      }
      return steps;
    };
    let instances = 0;
    const target = {
      name: 'reference:ethosu',
      kind: 'reference',
      met: 'model',
      link,
      close: async () => {},
    } as const;
    const options = {
      seed,
      runs: RANDOM_PROGRAMS,
      tier: 'reversible',
      requireMust: false,
      version,
      now: () => performance.now(),
    } as const;
    const whole = async () => {
      const end = await validate(target, { ...options, select: new Selection(undefined) }, () => {});
      if (!end.complete) throw new Error(`the run on the reference ended early: ${end.reason}`);
      instances = Object.values(end.counts).reduce((sum, count) => sum + count, 0);
      return instances;
    };
    const repetitions = quick ? 3 : 15;
    const rows = [
      await compare(
        {
          what: 'steps run and judged',
          unit: 'steps',
          ours: () => timed(() => run(true)),
          against: 'the same steps run, not judged',
          theirs: () => timed(() => run(false)),
          goal: JUDGED,
        },
        repetitions,
      ),
      await compare(
        {
          what: 'clause instances of a whole validate',
          unit: 'instances',
          ours: () => timed(whole),
          against: 'its programs run, nothing judged',
          theirs: async () => ({ ...(await timed(() => run(false))), units: instances }),
          goal: WHOLE,
        },
        repetitions,
      ),
    ];
    return {
      rests: `the model alone (strict reference:ethosu, ${cases.length} programs of one validate); no kernel took part`,
      rows,
    };
  },
};
