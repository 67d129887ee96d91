/** Valid files of every kind that is loaded, each with the way in which it is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  catalogue,
  checked,
  loadFdinfo,
  loadNetlink,
  loadSources,
  loadSysfs,
  loadUevents,
  located,
  parseSource,
  type Source,
  type VerdictFile,
  validate,
} from '../../schemas/index.ts';
import { makeClaim, parseClaim } from '../claim/index.ts';
import { unpackTape } from '../claim/tape.ts';
import { parseProfile } from '../cli/validate-flags.ts';
import { ktapReport } from '../report/ktap.ts';
import { prettyReport } from '../report/pretty.ts';
import { readStream } from '../report/read-stream.ts';
import type { StreamEvent } from '../run/events.ts';
import { Selection } from '../run/select.ts';
import { validate as run } from '../run/validate.ts';
import { openTarget } from '../targets/open.ts';
import { cProgram } from '../trace/c-program.ts';
import { loadTrace, readProgram, type TraceFile } from '../trace/trace-file.ts';
import { trace } from '../traceability/table.ts';
import { VERDICT_FOLDER } from '../traceability/verdict-file.ts';
import { exercise } from './exercise.ts';
import { type Subject, utf8 } from './mutation.ts';

export interface Loadable extends Subject {
  /** What the file is, for the counts. */
  readonly sort: string;
  /** Loads the bytes in place of the file's own, and uses what came of it. */
  load(bytes: Uint8Array): void;
}

const FOLDERS = ['facts', 'core', 'drivers', 'files', 'primary'];

function filesBelow(root: string, folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map(entry => `${folder}/${String(entry).replaceAll('\\', '/')}`)
    .filter(path => /\.(yaml|json)$/.test(path))
    .sort()
    .map(path => parseSource(path, readFileSync(join(root, path))));
}

/** Descriptions load beside the others of their kind: a driver's with its driver, the core's with all of the core. */
function descriptions(root: string): Loadable[] {
  const sources = FOLDERS.flatMap(folder => filesBelow(root, `schemas/${folder}`));
  const headers = new Map<unknown, string>();
  for (const { path, data } of sources) {
    const folder = /^schemas\/drivers\/[^/]+\//.exec(path)?.[0];
    if (folder && path.endsWith('/driver.yaml')) headers.set((data as { header: string }).header, folder);
  }
  /** The driver's folder that a file belongs to, also its facts. */
  const ownerOf = ({ path, data }: Source) =>
    /^schemas\/drivers\/[^/]+\//.exec(path)?.[0] ??
    (path.startsWith('schemas/facts/') ? headers.get((data as { header: string }).header) : undefined);
  return sources.map(source => {
    const owner = ownerOf(source);
    const others = sources.filter(other => other !== source && ownerOf(other) === owner);
    return {
      sort: /^schemas\/(\w+)/.exec(source.path)![1]!,
      path: source.path,
      bytes: readFileSync(join(root, source.path)),
      data: source.data,
      load: bytes => exercise(loadSources([...others, parseSource(source.path, bytes)]), source.path),
    };
  });
}

/** Netlink specifications with their overlays, and what a node shows: all of an area loads together. */
function messages(root: string): Loadable[] {
  return (['netlink', 'node'] as const).flatMap(sort => {
    const sources = filesBelow(root, `schemas/${sort}`);
    return sources.map(source => ({
      sort,
      path: source.path,
      bytes: readFileSync(join(root, source.path)),
      data: source.data,
      load: (bytes: Uint8Array) => {
        const own = parseSource(source.path, bytes);
        const all = new Map(sources.map(each => [each.path, each === source ? own : each]));
        const files = Object.fromEntries([...all].map(([path, { data }]) => [path, data]));
        try {
          for (const load of sort === 'netlink' ? [loadNetlink] : [loadSysfs, loadFdinfo, loadUevents])
            load(files);
        } catch (error) {
          throw located(error, path => all.get(path));
        }
      },
    }));
  });
}

function clauses(root: string): Loadable[] {
  return filesBelow(root, 'spec').map(({ path, data }) => ({
    sort: 'spec',
    path,
    bytes: readFileSync(join(root, path)),
    data,
    load: bytes => {
      const kind = /\/(ledger|silences)\.yaml$/.exec(path)?.[1] ?? 'clauses';
      checked(parseSource(path, bytes), content => validate(kind, path, content));
    },
  }));
}

/** What runs came to, as it is kept. */
function verdicts(root: string): Loadable[] {
  return filesBelow(root, VERDICT_FOLDER).map(source => ({
    sort: 'verdicts',
    path: source.path,
    bytes: readFileSync(join(root, source.path)),
    data: source.data,
    load: bytes => {
      const file = checked(parseSource(source.path, bytes), data =>
        validate<VerdictFile>('verdicts', source.path, data),
      );
      trace(new Map(), [], [file]);
    },
  }));
}

function profiles(): Loadable[] {
  return [...catalogue().drivers.values()].flatMap(({ name, manifest }) =>
    Object.entries(manifest.profiles).map(([profile, data]) => ({
      sort: 'profile',
      path: `${name}-${profile}.yaml`,
      bytes: utf8(
        Object.entries(data)
          .map(([param, value]) => `${param}: ${JSON.stringify(value)}\n`)
          .join(''),
      ),
      data,
      load: (bytes: Uint8Array) => void parseProfile('profile.yaml', bytes),
    })),
  );
}

/** The manifest of the example that the gate passes, and what the gate said of the drivers of the collection. */
function gateFiles(root: string): Loadable[] {
  const files = [
    ['submission', 'conformance/gate/example/submission.yaml'],
    ['gateResults', 'conformance/gate/upstream.json'],
  ] as const;
  return files.map(([kind, path]) => {
    const bytes = readFileSync(join(root, path));
    return {
      sort: kind,
      path,
      bytes,
      data: parseSource(path, bytes).data,
      load: changed => void checked(parseSource(path, changed), data => validate(kind, path, data)),
    };
  });
}

/** A short run's claim, and the lines of its recording. */
async function claimFile(): Promise<Loadable> {
  const target = await openTarget('reference:vgem');
  const select = 'handle.zero';
  const settings = { seed: 1, runs: 0, tier: 'reversible', requireMust: false, version: '0' } as const;
  const options = { ...settings, select: new Selection(select), now: () => 0 };
  const { claim } = await makeClaim(
    target,
    options,
    select,
    name => catalogue().drivers.get(name),
    () => {},
  );
  await target.close();
  return {
    sort: 'claim',
    path: 'claim.json',
    bytes: utf8(`${JSON.stringify(claim, null, 1)}\n`),
    data: claim,
    load: bytes => {
      const loaded = parseClaim('claim.json', bytes);
      unpackTape('claim.json', loaded.recording);
    },
  };
}

/** A check that the reference does not make, so that there is a finding with its trace. */
const MUTANT = 'reference:ethosu,mutant=drop.ethosu.bo_mmap_offset.pad-nonzero';

/** One run's stream and the traces that it keeps. */
async function ofARun(): Promise<{ events: StreamEvent[]; traces: Map<string, TraceFile> }> {
  const events: StreamEvent[] = [];
  const traces = new Map<string, TraceFile>();
  const target = await openTarget(MUTANT);
  try {
    const keepTrace = (name: string, file: TraceFile) => {
      traces.set(name, file);
      return name;
    };
    const settings = {
      seed: 1,
      runs: 0,
      tier: 'reversible',
      requireMust: false,
      version: '0',
      keepTrace,
    } as const;
    await run(target, { ...settings, select: new Selection('reserved,job'), now: () => 0 }, event => {
      events.push(event);
    });
  } finally {
    await target.close();
  }
  return { events, traces };
}

/** Steps are all alike: a few of them stand for all. */
const STEPS = 20;

function stream(events: readonly StreamEvent[]): Loadable {
  let steps = 0;
  const some = events.filter(({ event }) => event !== 'step' || ++steps <= STEPS);
  const nowhere = { write: () => {} };
  return {
    sort: 'stream',
    path: 'run.jsonl',
    bytes: utf8(some.map(event => `${JSON.stringify(event)}\n`).join('')),
    data: some,
    load: bytes => {
      const reports = [prettyReport(nowhere, { color: false, width: 80 }), ktapReport(nowhere)];
      for (const event of [...readStream('run.jsonl', bytes)]) for (const report of reports) report(event);
    },
  };
}

function traceFile(name: string, data: TraceFile): Loadable {
  return {
    sort: 'trace',
    path: name,
    bytes: utf8(`${JSON.stringify(data, null, 1)}\n`),
    data,
    load: bytes => {
      const file = loadTrace(name, bytes);
      const { program, labels } = readProgram(file, name);
      cProgram(file, program, labels, catalogue().drivers.get(file.target.driver) ?? catalogue().core);
    },
  };
}

/** @param root the folder of package.json */
export async function corpus(root: string): Promise<Loadable[]> {
  const { events, traces } = await ofARun();
  return [
    ...descriptions(root),
    ...messages(root),
    ...clauses(root),
    ...verdicts(root),
    ...profiles(),
    stream(events),
    await claimFile(),
    ...gateFiles(root),
    ...[...traces].map(([name, file]) => traceFile(name, file)),
  ];
}
