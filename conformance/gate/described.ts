/** Header, description, lint and documentation of a submission or of a driver of the collection. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  catalogue,
  type DriverDescription,
  type Facts,
  InvalidData,
  lintWaived,
  subjectOfDriver,
} from '../../schemas/index.ts';
import { firstDifference } from '../claim/replay.ts';
import { readDescriptions } from '../cli/header-facts.ts';
import { readLoneHeader } from '../extract/lone-header.ts';
import { createParser } from '../extract/parser.ts';
import { UsageError } from '../run/usage-error.ts';
import { Refused } from './finding.ts';
import type { Submitted } from './submission.ts';
import { itemsOf } from './undocumented.ts';

/** A driver with its header at hand. */
export interface Looked {
  readonly driver: DriverDescription;
  readonly facts: Facts;
  readonly text: string;
}

export async function readHeader(path: string): Promise<{ facts: Facts; text: string }> {
  const parser = await createParser();
  try {
    return readLoneHeader(path, parser);
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidData) throw new Refused([error.message]);
    throw error;
  } finally {
    parser.delete();
  }
}

export function readDescription({ folder, manifest }: Submitted): DriverDescription {
  try {
    const drivers = readDescriptions(join(folder, manifest.descriptions));
    const driver = drivers.find(({ name }) => name === manifest.driver);
    if (driver) return driver;
    throw new Refused([
      `${manifest.descriptions} describes ${drivers.map(({ name }) => name).join(', ') || 'no driver'}, and the submission is of ${manifest.driver}`,
    ]);
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidData) throw new Refused([error.message]);
    throw error;
  }
}

const LISTS = ['constants', 'enums', 'types', 'typedefs', 'ioctls'] as const;
/** Where an item stands, and since when, is no part of the interface. */
const PLACE = new Set(['line', 'since', 'until', 'externals']);

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !PLACE.has(key))
      .map(([key, part]) => [key, plain(part)]),
  );
}

/** The items of a list by name; an enum without a name by its first member. */
function byName(list: Facts[(typeof LISTS)[number]]): Map<string, unknown> {
  return new Map(
    list.map(item => {
      const members = 'members' in item ? (item.members as readonly { readonly name?: string }[]) : [];
      return [item.name ?? `the enum of ${members[0]?.name}`, plain(item)];
    }),
  );
}

/** Where header and description part. Throws a {@link Refused}. */
export function checkHeader({ driver, facts, text }: Looked): string {
  const described = driver.facts;
  const problems: string[] = [];
  for (const list of LISTS) {
    const [found, known] = [byName(facts[list]), byName(described[list])];
    for (const [name, item] of found) {
      if (!known.has(name)) problems.push(`${name} stands in the header and not in the description's facts`);
      else {
        const at = firstDifference(item, known.get(name));
        if (at !== undefined)
          problems.push(`${name} is another in the header than in the description's facts (${at})`);
      }
    }
    for (const name of known.keys())
      if (!found.has(name)) problems.push(`${name} stands in the description's facts and not in the header`);
  }
  if (problems.length === 0 && facts.source.sha256 !== described.source.sha256)
    problems.push(
      "the header's text is not the one that the description's facts were made of (source.sha256); run accel-uapi extract again",
    );
  if (problems.length > 0) throw new Refused(problems);
  return `${facts.ioctls.length} ioctls, ${facts.types.length} types, ${text.split('\n').length - 1} lines`;
}

export function checkDescription({ driver }: Pick<Looked, 'driver'>): string {
  const { manifest, facts, calls, skeletons } = driver;
  const problems: string[] = [];
  for (const { about, ask } of manifest.questions ?? [])
    problems.push(`driver.yaml leaves a question open: ${about}: ${ask}`);
  for (const { name } of facts.ioctls) {
    if (skeletons.has(name)) problems.push(`${name} is only a skeleton: answer its questions`);
    else if (!calls.has(name)) problems.push(`${name} is not described`);
  }
  if (problems.length === 0 && !['L2', 'L3'].includes(manifest.level))
    problems.push(`the description has level ${manifest.level}; a submission needs L2 or L3`);
  if (problems.length > 0) throw new Refused(problems);
  return `level ${manifest.level}, ${facts.ioctls.length} ioctls described`;
}

export function checkLint({ driver, text }: Pick<Looked, 'driver' | 'text'>): string {
  const others = [...catalogue().drivers.values()].filter(({ name }) => name !== driver.name);
  const subject = {
    ...subjectOfDriver(
      driver,
      others.map(({ facts }) => facts),
    ),
    text,
  };
  const { remarks, waived, unused } = lintWaived(subject, driver.waivers);
  const problems = [
    ...remarks
      .filter(({ rule }) => rule.severity === 'error')
      .map(({ rule, message }) => `${rule.id}: ${message}`),
    ...unused.map(({ rule }) => `the waiver of ${rule} is not needed; remove it`),
  ];
  if (problems.length > 0) throw new Refused(problems);
  return `${remarks.length} remarks that are no errors, ${waived.length} waived`;
}

export function checkDocumentation(
  { facts, text }: Pick<Looked, 'facts' | 'text'>,
  documents: readonly { readonly name: string; readonly text: string }[],
): string {
  const items = itemsOf(facts, text);
  const bare = items.filter(({ documented }) => !documented);
  const problems = bare.map(
    ({ kind, name, line }) => `line ${line} of the header: the ${kind} ${name} has no comment`,
  );
  const all = documents.map(document => document.text).join('\n');
  if (documents.length > 0)
    for (const { name } of facts.ioctls)
      if (!all.includes(name))
        problems.push(`no document tells of ${name} (${documents.map(one => one.name).join(', ')})`);
  if (problems.length > 0) throw new Refused(problems);
  return `${items.length} items${documents.length > 0 ? `, ${documents.length} documents` : ''}`;
}

export const documentsOf = ({ folder, manifest }: Submitted) =>
  manifest.documentation.map(name => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
