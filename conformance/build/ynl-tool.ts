/**
 * The kernel's YNL command (tools/net/ynl/pyynl/cli.py of its source package) in the machine, with the kernel's own
 * specifications, beside what the kit decodes by ours: on one boot the command asks, on another the
 * executor does the same. Needs QEMU, a Debian mirror, and Python of x86-64 with PyYAML.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FIRMWARE_FILES, knobPath, NETDEVSIM_NEW, RAS_CONTROL } from '../../reference/index.ts';
import { attributeNumbers, type Fields, findSet, type Link, netlinkFamilies } from '../../schemas/index.ts';
import { packageRoot } from '../cli/version.ts';
import { type Exchange, exchangesOf } from '../netlink/answers.ts';
import { DEVLINK, identifyDevlink } from '../netlink/devlink/peer.ts';
import { DevlinkScene, FIRST, handle, reporter, SECOND } from '../netlink/devlink/scene.ts';
import { identifyRas } from '../netlink/identify.ts';
import { RAS } from '../netlink/peer.ts';
import { RasScene } from '../netlink/ras-scene.ts';
import type { NetlinkScene } from '../netlink/scene.ts';
import { refusalOf, YnlView } from '../netlink/ynl-view.ts';
import { openTarget } from '../targets/open.ts';
import type { GuestFile } from '../targets/qemu/index.ts';
import { treeOf } from './guest-node.ts';
import { guestPython } from './guest-python.ts';
import { putFile } from './put-file.ts';
import { runInGuest, type Said } from './run-in-guest.ts';
import { check } from './tally.ts';
import { fetchYnl } from './ynl.ts';

const TOOL = 'tools/net/ynl/pyynl';
const FOLDER = 'ynl';
/** Datagrams of the longest answer. */
const READS = 8;

interface Look {
  readonly operation: string;
  readonly dump?: true;
  readonly fields: Fields;
  /** By our specification, where the kernel's lacks what the answer has. */
  readonly ours?: true;
  /** What the command says where it cannot show the answer, and why it cannot. */
  readonly cannot?: { readonly says: RegExp; readonly why: string };
}
type Step = Look | { readonly write: readonly [path: string, text: string] };

interface Comparison {
  readonly target: string;
  readonly key: string;
  /** What the executor's scene does by itself. */
  readonly before: readonly (readonly [path: string, text: string])[];
  readonly steps: readonly Step[];
  readonly scene: (link: Link) => Promise<{ readonly scene: NetlinkScene; readonly number: number }>;
  /** What no two boots have in common, as the command prints it. */
  readonly passing: RegExp;
}

const counter = (node: number, error?: number): Fields => [
  ['node-id', BigInt(node)],
  ...(error === undefined ? [] : [['error-id', BigInt(error)] as const]),
];
const get = (node: number, error?: number): Look => ({
  operation: 'get-error-counter',
  fields: counter(node, error),
});
const nodeDump = (node: number): Look => ({ ...get(node), dump: true });
const inject = (text: string): Step => ({ write: [RAS_CONTROL, `inject ${text}`] });

const ras: Comparison = {
  target: 'qemu:drm-ras',
  key: RAS,
  before: [[RAS_CONTROL, 'reset']],
  steps: [
    inject('compute 1 5'),
    inject('memory 9 4294967295'),
    { operation: 'list-nodes', dump: true, fields: [] },
    nodeDump(0),
    nodeDump(1),
    get(0, 1),
    get(1, 9),
    // An id that is no counter, a node that is none, and one that is not named.
    get(1, 2),
    get(999, 0),
    { operation: 'get-error-counter', fields: [['node-id', 0n]] },
    { operation: 'clear-error-counter', fields: counter(0, 1) },
    get(0, 1),
  ],
  scene: async link => {
    const peer = await identifyRas(link);
    return { scene: new RasScene(peer), number: peer.family };
  },
  passing: /^$/,
};

const [[WHOLE]] = FIRMWARE_FILES as readonly [readonly [string, number]];
const all = (operation: string): Look => ({ operation, dump: true, fields: [] });
const broken = (text: string): Step => ({ write: [knobPath(FIRST, 'health/break_health'), text] });
const flash = (file: string): Look => ({
  operation: 'flash-update',
  fields: [...handle(FIRST), ['flash-update-file-name', file]],
});

const message: Look = { operation: 'health-reporter-dump-get', dump: true, fields: reporter(FIRST) };

const devlink: Comparison = {
  target: 'qemu:netdevsim',
  key: DEVLINK,
  before: [
    ...[FIRST, SECOND].map(id => [NETDEVSIM_NEW, `${id} 0`] as const),
    [knobPath(FIRST, 'fw_update_flash_chunk_time_ms'), '0'],
  ],
  steps: [
    all('get'),
    all('info-get'),
    all('health-reporter-get'),
    broken('broken'),
    { operation: 'health-reporter-get', fields: reporter(FIRST) },
    {
      operation: 'health-reporter-set',
      fields: reporter(FIRST, 'dummy', [['health-reporter-graceful-period', 3_600_000n]]),
    },
    broken('again'),
    { operation: 'health-reporter-get', fields: reporter(FIRST) },
    {
      ...message,
      cannot: {
        says: /Space 'dl-fmsg' has no attribute with value '112'/,
        why: "the kernel's specification leaves types and values out of dl-fmsg (Documentation/netlink/specs/devlink.yaml:1235)",
      },
    },
    { ...message, ours: true },
    {
      operation: 'health-reporter-diagnose',
      fields: reporter(FIRST),
      ours: true,
      cannot: {
        says: /struct\.error: unpack requires a buffer of 4 bytes/,
        why: 'the end of the message has no number (net/devlink/health.c:1110), which the document allows (Documentation/userspace-api/netlink/intro.rst:237), and the command reads one from every end',
      },
    },
    { operation: 'health-reporter-get', fields: reporter(FIRST, 'none') },
    { operation: 'get', fields: handle(77) },
    { operation: 'reload', fields: handle(SECOND) },
    flash('none'),
    flash(WHOLE),
    { operation: 'info-get', fields: handle(FIRST) },
    all('get'),
  ],
  scene: async link => {
    const peer = await identifyDevlink(link);
    return { scene: new DevlinkScene(peer), number: peer.family };
  },
  // When a dump was taken, and how many instances there were before this one.
  passing: /^(health-reporter-dump-ts(-ns)?|index)$/,
};

const isLook = (step: Step): step is Look => 'operation' in step;

/** The request as the command takes it. */
const json = (fields: Fields) =>
  JSON.stringify(
    Object.fromEntries(
      fields.map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
    ),
  );

/** The command with both specifications of the family, and Python to run it. */
async function tool(key: string): Promise<{
  readonly words: string;
  /** The specification of a look, in the machine. */
  readonly spec: (look: Look) => string;
  readonly files: readonly GuestFile[];
}> {
  const source = await fetchYnl();
  const folder = join(source, TOOL);
  const { path, files } = guestPython(folder, 'cli', { yaml: 'python3-yaml' });
  const specs = {
    kernel: join(source, `Documentation/netlink/specs/${key}.yaml`),
    ours: join(packageRoot(), `schemas/netlink/${key}.yaml`),
  };
  const name = (whose: string) => `${FOLDER}/specs/${whose}.yaml`;
  return {
    words: `${path} /${FOLDER}/cli.py --no-schema --output-json`,
    spec: ({ ours }) => `/${name(ours ? 'ours' : 'kernel')}`,
    files: [
      ...files,
      ...treeOf(folder, FOLDER, each => each.endsWith('.py')),
      ...Object.entries(specs).map(([whose, at]) => ({ name: name(whose), data: readFileSync(at) })),
    ],
  };
}

/** What the command printed for each look. */
async function printed({ target, key, before, steps }: Comparison): Promise<Said[]> {
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-ynl-'));
  try {
    const { words, spec, files } = await tool(key);
    const put = ([path, text]: readonly [string, string]) => `/bin/put ${path} ${text}`;
    const commands = [
      ...before.map(put),
      ...steps.map(step =>
        isLook(step)
          ? `${words} --spec ${spec(step)} ${step.dump ? '--dump' : '--do'} ${step.operation} --json ${json(step.fields)}`
          : put(step.write),
      ),
    ];
    const { said } = await runInGuest(target, commands, [...files, putFile(folder)], folder, { cpus: 1 });
    return said.filter(({ command }) => command.startsWith(words));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same by the executor. */
async function decoded({ target: text, key, steps, scene: begin }: Comparison): Promise<Exchange[]> {
  const target = await openTarget(text, { cpus: 1 });
  try {
    const { scene, number } = await begin(target.link);
    const asked: number[] = [];
    for (const step of steps)
      if (isLook(step)) {
        const { operation, fields, dump = false } = step;
        asked.push(scene.ask(operation, fields, { dump, reads: READS }));
      } else scene.command(...step.write);
    const trace = await target.link.run(scene.build().program);
    const exchanges = exchangesOf(netlinkFamilies().get(key)!, number, trace);
    return asked.map(step => exchanges.find(each => each.step === step)!);
  } finally {
    await target.close();
  }
}

/** Without what no two boots have in common. */
function lasting(value: unknown, passing: RegExp): unknown {
  if (Array.isArray(value)) return value.map(each => lasting(each, passing));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !passing.test(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, lasting(inner, passing)]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function compare(comparison: Comparison): Promise<void> {
  const { target, key, steps, passing } = comparison;
  const family = netlinkFamilies().get(key)!;
  const view = new YnlView(family);
  // Two machines at once: each is one processor's work.
  const [said, exchanges] = await Promise.all([printed(comparison), decoded(comparison)]);
  for (const [at, look] of steps.filter(isLook).entries()) {
    const [{ operation, dump = false, answers }, shown] = [exchanges[at]!, said[at]];
    const by = look.ours ? ' by our specification' : '';
    const name = `${target}: YNL ${dump ? 'dump' : 'do'} ${operation} ${json(look.fields)}${by}`;
    const text = shown?.lines.join('\n') ?? 'nothing: the machine ended before';
    const refusal = answers.find(answer => 'ack' in answer && answer.ack.errno !== 0);
    if (refusal && 'ack' in refusal) {
      const { missingType } = refusal.ack;
      const { whole } = findSet(family.spec, family.operations.get(operation)!.spec['attribute-set'])!;
      const missing = [...attributeNumbers(whole)].find(([, number]) => number === missingType)?.[0] ?? '';
      const words = refusalOf(refusal.ack);
      const same = shown?.status === 1 && text.startsWith(words) && text.includes(missing);
      check(`${name} is refused alike`, same, same ? text : `${text} (${shown?.status}) beside ${words}`);
      continue;
    }
    const ours = lasting(view.answers(operation, dump, answers), passing);
    const theirs = lasting(parsed(text), passing);
    const same = shown?.status === 0 && isDeepStrictEqual(theirs, ours);
    if (!same && look.cannot?.says.test(text)) {
      check(`${name} cannot be shown by the command`, true, `known: ${look.cannot.why}`);
      continue;
    }
    const size = `the same, ${text.length} characters`;
    check(`${name} shows what the kit decodes`, same, same ? size : `${text} beside ${JSON.stringify(ours)}`);
  }
}

export async function compareYnl(machines: readonly string[]): Promise<void> {
  for (const each of [ras, devlink]) if (machines.includes(each.target)) await compare(each);
}
