/** The ids that nodes were given, as lists of a trace tell them: what the kernel chose, the model takes over. */
import { fieldValue, type NetlinkFamily, type Trace } from '../../schemas/index.ts';
import { exchangesOf } from './answers.ts';
import type { RasPeer } from './peer.ts';

/** Ids by the name of the node, one for each time it was registered. */
export function learnedIds(
  family: NetlinkFamily,
  peer: RasPeer,
  trace: Trace,
): ReadonlyMap<string, readonly number[]> {
  const ids = new Map<string, number[]>([...peer.nodes].map(([name, id]) => [name, [id]]));
  const plugs: number[] = trace.program.steps.flatMap(({ op, args }, step) => {
    const buffer = args[1]?.kind === 'address' ? args[1].buffer : -1;
    const text = op === 'writefile' ? new TextDecoder().decode(trace.program.buffers[buffer]?.data) : '';
    return text === 'plug' && trace.results[step]?.errno === 0 ? [step] : [];
  });
  for (const { step, operation, answers } of exchangesOf(family, peer.family, trace)) {
    if (operation !== 'list-nodes') continue;
    const nth = plugs.filter(plug => plug < step).length - 1;
    for (const answer of answers) {
      if (answer.kind !== 'reply') continue;
      const [name, id] = [fieldValue(answer.fields, 'node-name'), fieldValue(answer.fields, 'node-id')];
      if (name !== PLUGGABLE || typeof id !== 'bigint' || nth < 0) continue;
      const known = ids.get(name) ?? [];
      for (let count = known.length; count <= nth; count += 1) known.push(known.at(-1) ?? Number(id));
      ids.set(name, known);
      // What another node has is no choice.
      const taken = [...ids].some(([other, [first]]) => other !== name && first === Number(id));
      if (!taken) known[nth] = Number(id);
    }
  }
  return ids;
}

/** The node of the provider that comes and goes. */
export const PLUGGABLE = 'spare';
