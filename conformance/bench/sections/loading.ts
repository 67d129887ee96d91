/** How long a fresh process takes until everything is loaded and validated, beside one that does nothing. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogue, loadDescriptions, parseSource } from '../../../schemas/index.ts';
import { packageRoot } from '../../cli/version.ts';
import { compare, timed } from '../measure.ts';
import type { Section } from '../section.ts';

/** The goal is 300 ms on a computer whose Node starts in 40. */
const GOAL_MS = 300;
const NODE_MS = 40;
/** Both languages of all drivers of drivers/accel. */
const GENERATION_MS = 2000;
const UPSTREAM = ['amdxdna', 'ethosu', 'habanalabs', 'ivpu', 'qaic', 'rocket'];

function processOf(script: string): number {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`a process of the benchmark failed: ${stderr}`);
  return 1;
}

/** A process that loads something, beside one of Node that does nothing; `limit` is in ms, on the computer of `NODE_MS`. */
function besideNode(
  { what, script, limit, why }: { what: string; script: string; limit: number; why: string },
  repetitions: number,
) {
  return compare(
    {
      what,
      unit: 'processes',
      ours: () => timed(() => processOf(script)),
      against: 'Node starts and ends',
      theirs: () => timed(() => processOf('0')),
      goal: {
        ratio: NODE_MS / limit,
        why: `At most ${limit} ms where Node alone takes ${NODE_MS}: ${why}`,
      },
    },
    repetitions,
  );
}

function descriptionTexts(): Map<string, Uint8Array> {
  const texts = new Map<string, Uint8Array>();
  for (const area of ['facts', 'core', 'drivers', 'files', 'primary']) {
    const folder = join(packageRoot(), 'schemas', area);
    for (const entry of readdirSync(folder, { recursive: true }).map(String))
      if (/\.(yaml|json)$/.test(entry))
        texts.set(`schemas/${area}/${entry.replaceAll('\\', '/')}`, readFileSync(join(folder, entry)));
  }
  return texts;
}

export const loading: Section = {
  name: 'loading',
  summary: 'processes that load and validate all descriptions, and that generate bindings',
  async measure({ quick }) {
    const module = fileURLToPath(new URL('../../../schemas/index.js', import.meta.url));
    const script = `const { catalogue } = await import(${JSON.stringify(module)}); if (catalogue().drivers.size < 1) process.exit(1);`;
    const generation = `const { catalogue, cHeaders, tsModules } = await import(${JSON.stringify(module)}); const drivers = ${JSON.stringify(UPSTREAM)}.map(name => catalogue().drivers.get(name)); if (cHeaders(catalogue(), drivers).size + tsModules(catalogue(), drivers).size < 2 * drivers.length) process.exit(1);`;
    const texts = descriptionTexts();
    const repetitions = quick ? 5 : 15;
    return {
      rests: `fresh processes; ${catalogue().drivers.size} drivers, ${catalogue().core.calls.size} calls of the core`,
      rows: [
        await besideNode(
          {
            what: 'Node starts, imports the catalogue and validates all of it',
            script,
            limit: GOAL_MS,
            why: 'a command that only looks something up must not be waited for.',
          },
          repetitions,
        ),
        await besideNode(
          {
            what: 'a process that generates the bindings of the six drivers of drivers/accel, in TypeScript and C',
            script: generation,
            limit: GENERATION_MS,
            why: 'bindings are made in every build.',
          },
          repetitions,
        ),
        await compare(
          {
            what: 'all files read from text with positions, joined and checked',
            unit: 'loads',
            ours: () => timed(() => Math.sign(loadDescriptions(texts).drivers.size)),
            against: 'the texts parsed alone',
            theirs: () =>
              timed(() => Math.sign([...texts].map(([path, text]) => parseSource(path, text)).length)),
            goal: {
              ratio: 0.33,
              why: 'Checking what the files say may take twice as long as reading them.',
            },
          },
          repetitions,
        ),
      ],
    };
  },
};
