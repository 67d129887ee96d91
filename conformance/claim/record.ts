/** A target of which everything that goes over its link is kept. */
import type { Link } from '../../schemas/index.ts';
import { LinkError } from '../link/index.ts';
import type { Target } from '../run/target.ts';
import { type Ability, type TapeEntry, tapedProgram, writeHello, writeResult } from './tape.ts';

function recordedLink(target: Target, tape: TapeEntry[]): Link {
  const { link } = target;
  const can: Ability[] = [];
  for (const name of ['device', 'readAgain'] as const) if (link[name]) can.push(name);
  for (const name of ['postmortem', 'reopen'] as const) if (target[name]) can.push(name);
  tape.push({ did: 'hello', hello: writeHello(link.hello), can });
  const recorded: Link = {
    hello: link.hello,
    async run(program, onEvent, how) {
      const sent = { did: 'run', program: tapedProgram(program), prompt: how?.prompt === true } as const;
      // Its place is where it was sent; what came back is filled in.
      const at = tape.push({ ...sent, results: [], log: [] }) - 1;
      try {
        const { results, log, end, ...rest } = await link.run(program, onEvent, how);
        tape[at] = {
          ...sent,
          results: results.map(writeResult),
          log,
          end: { ...end, taint: String(end.taint) },
        };
        return { ...rest, results, log, end };
      } catch (error) {
        if (error instanceof LinkError) {
          const { results, log, message } = error;
          tape[at] = { ...sent, results: results.map(writeResult), log, lost: message };
        }
        throw error;
      }
    },
    close: () => link.close(),
  };
  if (link.device)
    recorded.device = async mood => {
      tape.push({ did: 'device', mood });
      await link.device!(mood);
    };
  if (link.readAgain)
    recorded.readAgain = () => {
      const steps = link.readAgain!();
      tape.push({ did: 'readAgain', steps });
      return steps;
    };
  return recorded;
}

/** The same target; what its link does is added to the tape. */
export function recordTarget(target: Target, tape: TapeEntry[]): Target {
  let link = recordedLink(target, tape);
  const { postmortem, reopen } = target;
  return {
    ...target,
    get link() {
      return link;
    },
    ...(postmortem
      ? {
          async postmortem() {
            const text = await postmortem.call(target);
            tape.push({ did: 'postmortem', text });
            return text;
          },
        }
      : {}),
    ...(reopen
      ? {
          async reopen() {
            tape.push({ did: 'reopen' });
            await reopen.call(target);
            link = recordedLink(target, tape);
          },
        }
      : {}),
    close: () => target.close(),
  };
}
