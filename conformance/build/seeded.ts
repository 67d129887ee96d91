/** Which clauses a seed changes the programs of: with another seed the others would only be run again. */
import type { Facts } from '../../schemas/index.ts';
import { planCases } from '../families/index.ts';
import type { Case } from '../plan/case.ts';
import { identify } from '../run/identity.ts';
import { findPlace } from '../run/place.ts';
import { caseName } from '../run/reporter.ts';
import { openTarget } from '../targets/open.ts';

/** Enough for a family that draws among a few: were two draws equal, it would be taken for one that draws nothing. */
const COMPARED = [1, 2, 3, 4];

function programText({ program }: Case): string {
  return JSON.stringify(program, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value instanceof Uint8Array ? [...value] : value,
  );
}

/** The clauses of every case that is not the same for all of some seeds, and those of the random programs. */
export async function seededClauses(name: string, about: { readonly facts?: Facts } = {}): Promise<string[]> {
  const target = await openTarget(name);
  try {
    const wanted = { ...about, ...(target.nodePath ? { nodePath: target.nodePath } : {}) };
    const identity = await identify(target.link, wanted);
    const { driver, nodePath, minor, minors, params } = identity;
    const place = await findPlace(target.link, identity, 'reversible');
    const device = { driver, hello: target.link.hello, nodePath, minor, minors, params, ...place };
    const [first, ...others] = COMPARED.map(seed => planCases({ ...device, seed }));
    const programs = others.map(cases => new Map(cases.map(one => [caseName(one), programText(one)])));
    const changed = first!.filter(one => {
      const text = programText(one);
      return programs.some(cases => cases.get(caseName(one)) !== text);
    });
    const clauses = changed.flatMap(({ instances }) => instances.map(({ clause }) => clause));
    return [...new Set<string>([...clauses, 'model.outcome'])];
  } finally {
    await target.close();
  }
}
