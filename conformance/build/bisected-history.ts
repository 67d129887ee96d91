/** A made history of our module in which one commit changes what it does, and what `git bisect run` makes of it. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../cli/version.ts';
import { plant, plantedChanges } from './planted-changes.ts';

/** The change that one commit of the history makes. */
const CHANGE = plantedChanges.find(({ name }) => name === 'a lower limit')!;
/** Where in the history it comes, as a part of it. */
const PLACE = 0.63;
const FILES = [
  'accelref_bo.c',
  'accelref_event.c',
  'accelref_queue.c',
  'accelref_submit.c',
  'accelref_drv.c',
];

export interface Bisected {
  /** Subject of the commit that changed something, and of the one that bisecting ended at. */
  readonly planted: string;
  readonly found: string;
  /** How many commits were compared. */
  readonly runs: number;
  readonly seconds: number;
}

function git(folder: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=history',
    '-c',
    'user.email=history@localhost',
    '-c',
    'commit.gpgsign=false',
  ];
  return execFileSync('git', [...identity, '-C', folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Changes the source so that another module is built, which does the same. */
function harmless(folder: string, number: number): void {
  const file = FILES[number % FILES.length]!;
  appendFileSync(join(folder, file), `\nMODULE_INFO(step_${number}, "${number}");\n`);
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes('<linux/module.h>'))
    writeFileSync(path, text.replace('#include', '#include <linux/module.h>\n#include'));
}

/** Makes a history of so many commits, and bisects it by `accel-uapi compare` on the newest stock kernel. */
export async function bisected(source: string, commits: number): Promise<Bisected> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-history-'));
  const start = performance.now();
  try {
    const tree = join(folder, 'module');
    cpSync(source, tree, { recursive: true });
    git(folder, 'init', '-q', '-b', 'main', 'module');
    const commit = (subject: string) => {
      git(tree, 'add', '-A');
      git(tree, 'commit', '-q', '-m', subject);
    };
    commit('The module as it is');
    const at = Math.round(PLACE * commits);
    for (let number = 1; number < commits; number += 1) {
      if (number === at) plant(tree, tree, CHANGE);
      else harmless(tree, number);
      commit(number === at ? `Change ${number}: ${CHANGE.name}` : `Change ${number}`);
    }
    const step = join(packageRoot(), 'dist/conformance/build/bisect-step.js');
    const log = join(folder, 'steps');
    git(tree, 'bisect', 'start', 'main', `main~${commits - 1}`);
    git(tree, 'bisect', 'run', process.execPath, step, tree, CHANGE.select, log);
    const found = git(tree, 'log', '-1', '--format=%s', 'refs/bisect/bad').trim();
    return {
      planted: `Change ${at}: ${CHANGE.name}`,
      found,
      runs: readFileSync(log, 'utf8').split('\n').length - 1,
      seconds: (performance.now() - start) / 1000,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
