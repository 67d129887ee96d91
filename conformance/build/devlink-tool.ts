/**
 * The tool devlink of Debian's iproute2 in the machine of netdevsim, beside what the kit decodes there: on one boot the
 * tool asks, on another the executor does the same. Needs QEMU and a Debian mirror.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FIRMWARE_FILES, knobPath, NETDEVSIM_NEW } from '../../reference/index.ts';
import { netlinkFamilies } from '../../schemas/index.ts';
import { type Exchange, exchangesOf } from '../netlink/answers.ts';
import { heardOf } from '../netlink/devlink/heard.ts';
import { TOLD } from '../netlink/devlink/judge.ts';
import { DEVLINK, identifyDevlink } from '../netlink/devlink/peer.ts';
import { DevlinkScene, FIRST, SECOND } from '../netlink/devlink/scene.ts';
import { byHandle, listsByHandle, toolDevice, toolInfo, toolReporter } from '../netlink/devlink/tool-view.ts';
import { openTarget } from '../targets/open.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { putFile } from './put-file.ts';
import { runInGuest, type Said } from './run-in-guest.ts';
import { check } from './tally.ts';

const TARGET = 'qemu:netdevsim';
const [[WHOLE]] = FIRMWARE_FILES as readonly [readonly [string, number]];
const HANDLE = `netdevsim/netdevsim${FIRST}`;

/** Debian's devlink with its libraries, as apt has them for this machine. */
function tool(folder: string): GuestFile[] {
  const place = join(folder, 'debian');
  mkdirSync(place);
  execFileSync('apt-get', ['download', 'iproute2', 'libmnl0', 'libcap2', 'libc6'], {
    cwd: place,
    stdio: 'ignore',
  });
  for (const name of readdirSync(place).filter(each => each.endsWith('.deb')))
    execFileSync('dpkg-deb', ['-x', join(place, name), join(place, 'root')]);
  const file = (name: string, path: string): GuestFile => ({
    name,
    data: readFileSync(path),
    executable: true,
  });
  // Packages that are older than the merge of folders into /usr have the others.
  const found = (paths: readonly string[]) => paths.map(path => join(place, 'root', path)).find(existsSync);
  const library = (name: string): GuestFile => {
    const path = found([`lib/x86_64-linux-gnu/${name}`, `usr/lib/x86_64-linux-gnu/${name}`]);
    if (path === undefined) throw new Error(`the packages of devlink have no ${name}`);
    return file(name.startsWith('ld-') ? `lib64/${name}` : `lib/x86_64-linux-gnu/${name}`, path);
  };
  return [
    file('bin/devlink', found(['sbin/devlink', 'usr/sbin/devlink'])!),
    ...['ld-linux-x86-64.so.2', 'libc.so.6', 'libmnl.so.0', 'libcap.so.2'].map(library),
  ];
}

/** What is looked at, in the order of the commands: each by the tool and by the kit. */
const LOOKS = ['-j -s dev show', '-j dev info', '-j health show'] as const;

const COMMANDS = [
  ...[FIRST, SECOND].map(id => `/bin/put ${NETDEVSIM_NEW} ${id} 0`),
  `/bin/put ${knobPath(FIRST, 'fw_update_flash_chunk_time_ms')} 0`,
  ...LOOKS.map(words => `/bin/devlink ${words}`),
  `/bin/put ${knobPath(FIRST, 'health/break_health')} broken`,
  `/bin/devlink health set ${HANDLE} reporter dummy grace_period 3600000 auto_dump false`,
  `/bin/put ${knobPath(FIRST, 'health/break_health')} again`,
  `/bin/devlink dev reload netdevsim/netdevsim${SECOND}`,
  `/bin/devlink dev flash ${HANDLE} file ${WHOLE}`,
  `/bin/devlink dev flash ${HANDLE} file none`,
  `/bin/devlink dev flash ${HANDLE} file ${WHOLE} component fw`,
  `/bin/devlink -j health diagnose ${HANDLE} reporter dummy`,
  ...LOOKS.map(words => `/bin/devlink ${words}`),
];

/** The same by the executor. */
async function decoded(): Promise<{ looks: Exchange[]; flash: string[]; refused: Exchange[] }> {
  const target = await openTarget(TARGET, { cpus: 1 });
  try {
    const peer = await identifyDevlink(target.link);
    const scene = new DevlinkScene(peer);
    const looks: number[] = [];
    const look = () => {
      for (const operation of ['get', 'info-get', 'health-reporter-get']) looks.push(scene.list(operation));
    };
    scene.listen();
    look();
    scene.break(FIRST);
    scene.set(FIRST, [
      ['health-reporter-graceful-period', 3_600_000n],
      ['health-reporter-auto-dump', 0n],
    ]);
    scene.break(FIRST, 'again');
    scene.reload(SECOND);
    const flashed = scene.flash(FIRST, WHOLE);
    const refused = [
      scene.flash(FIRST, 'none'),
      scene.flash(FIRST, WHOLE, [['flash-update-component', 'fw']]),
    ];
    look();
    const trace = await target.link.run(scene.build().program);
    const family = netlinkFamilies().get(DEVLINK)!;
    const exchanges = exchangesOf(family, peer.family, trace);
    const at = (step: number) => exchanges.find(each => each.step === step)!;
    const told = heardOf(family, peer.family, trace, TOLD)
      .filter(({ cause, operation }) => cause === flashed && operation === 'flash-update-status')
      .map(({ fields }) => String(fields.find(([name]) => name === 'flash-update-status-msg')?.[1]));
    return { looks: looks.map(at), flash: [...new Set(told)], refused: refused.map(at) };
  } finally {
    await target.close();
  }
}

/** What the tool shows besides: when a dump was taken, which no two boots have in common. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !name.startsWith('last_dump'));
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutTimes(inner)]));
}

const parsed = (said: Said | undefined): unknown => {
  try {
    return withoutTimes(JSON.parse(said?.lines.join('') ?? ''));
  } catch {
    return undefined;
  }
};

export async function compareTool(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-devlink-'));
  try {
    const { said } = await runInGuest(TARGET, COMMANDS, [...tool(folder), putFile(folder)], folder, {
      cpus: 1,
    });
    const { looks, flash, refused } = await decoded();
    const nth = (words: string, at: number) => said.filter(({ command }) => command.endsWith(words))[at];
    for (const [index, { operation, answers }] of looks.entries()) {
      const words = LOOKS[index % LOOKS.length]!;
      const shown = nth(words, Math.floor(index / LOOKS.length));
      const view =
        operation === 'get'
          ? { dev: byHandle(answers, toolDevice) }
          : operation === 'info-get'
            ? { info: byHandle(answers, toolInfo) }
            : { health: listsByHandle(answers, toolReporter) };
      const same = isDeepStrictEqual(parsed(shown), view);
      const detail = same ? 'the same' : `${shown?.lines.join('')} beside ${JSON.stringify(view)}`;
      check(`devlink ${words} shows what the kit decodes of ${operation}`, same, detail);
    }
    const flashed = nth(`file ${WHOLE}`, 0);
    const lines = flashed?.lines.join('\n') ?? '';
    const missing = flash.filter(words => !lines.includes(words));
    check(
      'devlink dev flash shows every step that the kit heard of',
      flash.length > 2 && missing.length === 0,
      `${flash.join(', ')}; missing: ${missing.join(', ') || 'none'}`,
    );
    for (const [at, words] of ['file none', `file ${WHOLE} component fw`].entries()) {
      const shown = nth(words, 0);
      const ack = refused[at]!.answers.find(({ kind }) => kind === 'ack');
      const message = ack && 'ack' in ack ? ack.ack.message : undefined;
      const same = message !== undefined && shown?.status !== 0 && shown!.lines.join('\n').includes(message);
      check(
        `devlink dev flash ${words} is refused with the same words`,
        same,
        `${message}: ${shown?.lines.join(' ')}`,
      );
    }
    const diagnosed = nth('health diagnose', 0) ?? said.find(({ command }) => command.includes('diagnose'));
    const pairs = [
      '"test_u8":1',
      '"test_u64":4',
      '"test_string":"somestring"',
      '"recovered_break_message":"broken"',
    ];
    const text = diagnosed?.lines.join('') ?? '';
    check(
      'devlink health diagnose shows the pairs of the message',
      pairs.every(pair => text.includes(pair)),
      `${text.includes('test_array_of_objects') ? 'to its end' : 'up to the nest that ends too often'} (status ${diagnosed?.status})`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
