/** What a header and answers about it give: descriptions in the place of skeletons. */
import { join } from 'node:path';
import {
  type Answered,
  answered,
  builtinFiles,
  type Described,
  InvalidData,
  LayoutError,
  loadCatalogue,
  type Semantics,
  validate,
} from '../../schemas/index.ts';
import { UsageError } from '../run/usage-error.ts';
import { readAnswers } from './answers.ts';
import type { Extraction } from './extract.ts';
import type { NewFile } from './write-together.ts';
import { yamlOfManifest, yamlOfSemantics } from './yaml.ts';

export interface ByAnswers {
  readonly extraction: Extraction;
  /** What to tell of it. */
  readonly lines: readonly string[];
}

/** @param out the folder that has facts/ and drivers/ */
export function byAnswers(extraction: Extraction, path: string, out: string): ByAnswers {
  const { driver, facts, types, manifest } = extraction;
  if (driver === undefined || !manifest)
    throw new UsageError(
      `${facts.header} is no header of a driver, so there is nothing to ask; leave out --answers`,
    );
  const asked = { driver, facts, types };
  const { told, file, added } = readAnswers(path, asked);
  const result = answered(asked, told);
  const folder = join(out, 'drivers', driver);
  const at = (key: string) => join(folder, `${key}.yaml`);
  // What somebody wrote by hand has no questions, and stays.
  const isOurs = (call: string) =>
    extraction.described.find(({ semantics }) => semantics.call === call)?.semantics.questions !== undefined;
  const made: Described[] = result.calls
    .filter(({ call }) => isOurs(call))
    .map(semantics => {
      const own = extraction.described.find(({ semantics: { call } }) => call === semantics.call);
      const place = own?.path ?? at(semantics.key);
      return { path: place, semantics: validate<Semantics>('semantics', place, semantics) };
    });
  const kept = extraction.described.filter(({ semantics }) => !isOurs(semantics.call));
  const described = [...kept, ...made];
  const base = manifest.questions === undefined ? manifest : result.manifest;
  // A level above that is somebody's own judgement.
  const own = base.level === 'L3' ? base : { ...base, level: levelBy(result, described) };
  fits(extraction, described, own);
  const manifestPath = join(folder, 'driver.yaml');
  const files: NewFile[] = [
    ...extraction.files.filter(({ path: each }) => each.endsWith('.json')),
    ...(own === manifest ? [] : [{ path: manifestPath, text: yamlOfManifest(own) }]),
    ...made.map(each => ({ path: each.path, text: yamlOfSemantics(each.semantics) })),
    ...(file ? [file] : []),
  ];
  const skeletons = described.filter(({ semantics }) => semantics.questions !== undefined);
  const byHand = skeletons.flatMap(({ path: file, semantics }) =>
    (semantics.questions ?? []).flatMap(({ about, ask }) => (about === 'body' ? [`${file}: ${ask}`] : [])),
  );
  return {
    extraction: { ...extraction, described, manifest: own, files },
    lines: [
      `${added} questions written to ${path}, ${result.open.length} open in all`,
      `${described.length - skeletons.length} of ${described.length} calls are described; level ${own.level}`,
      ...byHand,
    ],
  };
}

/** The level that the answers reach: one question left anywhere keeps it at the header's. */
function levelBy({ open }: Answered, described: readonly Described[]): 'L1' | 'L2' {
  const left = open.length > 0 || described.some(({ semantics }) => semantics.questions !== undefined);
  return left ? 'L1' : 'L2';
}

/** Loads it beside the collection: two answers may contradict each other, such as a handle that no call makes. */
function fits({ driver, facts }: Extraction, described: readonly Described[], manifest: unknown): void {
  const under = `schemas/drivers/${driver}/`;
  const others = Object.entries(builtinFiles()).filter(
    ([path, data]) =>
      !path.startsWith(under) &&
      !(path.startsWith('schemas/facts/') && (data as { header?: string }).header === facts.header),
  );
  const own = described.map(({ semantics }): [string, unknown] => [
    `${under}${semantics.key}.yaml`,
    semantics,
  ]);
  try {
    loadCatalogue({
      ...Object.fromEntries(others),
      ...Object.fromEntries(own),
      [`${under}driver.yaml`]: manifest,
      [`schemas/facts/${driver}.json`]: facts,
    });
  } catch (error) {
    if (error instanceof InvalidData || error instanceof LayoutError)
      throw new UsageError(`the answers do not fit together: ${error.message.replaceAll(under, '')}`);
    throw error;
  }
}
