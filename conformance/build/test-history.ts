/**
 * `npm run test:history`: diff of every header of the collection between kernel releases. The kernel does not break
 * its uAPI, so each error is a false alarm of ours, or a break that was looked at in the kernel's source and has its
 * reason in conformance/history/OLD-NEW.yaml. Those of all other drivers
 * below drm/ are looked at in the same way.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  applyWaivers,
  CATEGORIES,
  diff,
  diffRules,
  fingerprint,
  type Interface,
  type Remark,
  readWaivers,
  type Waived,
  type Waiver,
} from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { readInterface } from '../diff/input.ts';
import { readData } from '../run/read-source.ts';
import { HEADERS } from './extract.ts';
import { fetchReleases, type Headers } from './fetch-headers.ts';

const RELEASES = ['6.1', '6.12'];
const FOLDER = join(packageRoot(), 'conformance/history');
const USAGE = `usage: test-history [--releases 6.1,6.12]
example: npm run test:history -- --releases 6.12`;

interface Version extends Headers {
  readonly release: string;
}

interface Part {
  readonly name: string;
  /** Name of the waivers, behind the releases. */
  readonly suffix: string;
  read(version: Version): Promise<Interface>;
}

const COLLECTION: Part = { name: 'collection', suffix: '', read: ({ include }) => readInterface(include) };

/** Drivers that are none of the collection: they show whether the rules cry wolf. */
const OTHERS: Part = {
  name: 'other drivers',
  suffix: '-others',
  async read(version) {
    const [own, all] = [await COLLECTION.read(version), await readInterface(join(version.include, 'drm'))];
    const known = new Set<string>([...HEADERS, ...own.facts.map(({ header }) => header)]);
    const others = all.facts.filter(({ header }) => !known.has(header));
    const core = own.facts.filter(({ header }) => /^drm\/drm(_mode)?\.h$/.test(header));
    return { ...all, facts: others, support: core };
  },
};

function waiversOf(old: Version, now: Version, { suffix }: Part): readonly Waiver[] {
  const path = join(FOLDER, `${old.release}-${now.release}${suffix}.yaml`);
  return existsSync(path) ? readWaivers(path, readData(path), diffRules) : [];
}

/** Two releases with others between them are held to what was accepted on the way, which may have gone again. */
function compare(part: Part, sides: readonly Interface[], way: readonly Version[]): Waived {
  const remarks = diff(sides[0]!, sides.at(-1)!);
  const accepted = way.slice(1).flatMap((now, i) => waiversOf(way[i]!, now, part));
  const once = accepted.filter(
    (each, i) =>
      accepted.findIndex(({ rule, subject }) => rule === each.rule && subject === each.subject) === i,
  );
  const found = applyWaivers(remarks, once);
  return way.length > 2 ? { ...found, unused: [] } : found;
}

const of = (remarks: readonly Remark[], severity: string) =>
  remarks.filter(({ rule }) => rule.severity === severity);

function row(words: readonly (string | number)[]): string {
  const [first = '', ...others] = words.map(String);
  return first.padEnd(27) + others.map(word => word.padStart(9)).join('');
}

async function main(): Promise<number> {
  const { values } = scriptArgs({ options: { releases: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { newest, older } = await fetchReleases(values.releases?.split(',') ?? RELEASES);
  const release = /^\d+\.\d+/.exec(newest.version)![0];
  const versions: Version[] = [...older, { ...newest, release }];
  const pairs = versions.flatMap((_, to) => versions.slice(0, to).map((_, from) => [from, to + 1] as const));
  console.log(versions.map(each => `${each.release}: ${each.package} ${each.version}`).join('\n'));
  console.log(`\n${row(['', 'wire', 'source', 'waived', 'warnings', 'info', 'added'])}`);
  const left: string[] = [];
  let compared = 0;
  for (const part of [COLLECTION, OTHERS]) {
    const sides: Interface[] = [];
    for (const version of versions) sides.push(await part.read(version));
    for (const [from, to] of pairs) {
      const way = versions.slice(from, to);
      const { remarks, waived, unused } = compare(part, sides.slice(from, to), way);
      const errors = of(remarks, 'error');
      const name = `${way[0]!.release} -> ${way.at(-1)!.release} ${part.name}`;
      const added = remarks.filter(({ rule }) => rule.id.startsWith('added.')).length;
      const [wire, source] = CATEGORIES.map(
        category => errors.filter(({ rule }) => rule.category === category).length,
      );
      const info = of(remarks, 'info').length - added;
      console.log(row([name, wire!, source!, waived.length, of(remarks, 'warning').length, info, added]));
      compared += 1;
      left.push(...errors.map(each => `${name}: ${fingerprint(each)}`));
      left.push(
        ...unused.map(
          ({ rule, subject }) => `${name}: nothing needs the waiver of ${rule} ${subject}; delete it`,
        ),
      );
    }
  }
  for (const line of left) console.log(`FAILED ${line}`);
  console.log(`${compared} passed, ${left.length} failed`);
  return left.length > 0 ? 1 : 0;
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 2;
});
