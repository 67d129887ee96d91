/** What lint says of a header that was just read. */
import { catalogue, lintWaived, type Remark } from '../../schemas/index.ts';
import type { Extraction } from './extract.ts';

/** Waivers of the collection hold for its own headers; the skeletons of calls are no description to look at. */
export function lintExtracted({ facts, types }: Extraction, text: string): readonly Remark[] {
  const drivers = [...catalogue().drivers.values()];
  const known = drivers.find(({ manifest }) => manifest.header === facts.header);
  const others = drivers.filter(driver => driver !== known).map(driver => driver.facts);
  const subject = { name: known?.name ?? facts.header, facts, types, text, calls: [], others };
  return lintWaived(subject, known?.waivers ?? []).remarks;
}
