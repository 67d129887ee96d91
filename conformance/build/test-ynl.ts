/**
 * `npm run test:ynl`: the kernel's own tools (tools/net/ynl of its source package) on our netlink specifications. They
 * accept them, and refuse them with one thing wrong; what they generate is what the kernel has. `--source DIR` names
 * a kernel's tree that is there already.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractFacts } from '../../schemas/extract/index.ts';
import { type Facts, netlinkFamilies, operationConstant } from '../../schemas/index.ts';
import { scriptArgs } from '../cli/script-args.ts';
import { packageRoot } from '../cli/version.ts';
import { createParser } from '../extract/parser.ts';
import { fetchHeaders } from './fetch-headers.ts';
import { requireModules, runPython } from './python.ts';
import { check, closeTally } from './tally.ts';
import { fetchYnl, GENERATED, OUTPUTS, YnlTree } from './ynl.ts';
import { differences, readPolicies } from './ynl-policies.ts';

const COMPILE_MS = 60_000;

/** Where our specification of devlink says something else than the kernel's, and why. */
const KNOWN: ReadonlyMap<string, string> = new Map([
  [
    'devlink_reload_nl_policy: ours [DEVLINK_ATTR_RELOAD_LIMITS] = NLA_POLICY_BITFIELD32(2),',
    'the values are those of enum devlink_reload_limit',
  ],
  [
    'devlink_reload_nl_policy: kernel [DEVLINK_ATTR_RELOAD_LIMITS] = NLA_POLICY_BITFIELD32(6),',
    "the kernel's specification gives limits the values of actions",
  ],
  [
    'devlink_param_set_nl_policy: ours [DEVLINK_ATTR_PARAM_VALUE_DATA] = { .type = NLA_BINARY, },',
    'the kernel reads the attribute without a policy',
  ],
]);

/** One thing wrong, and who has to see it. */
const BROKEN: readonly {
  what: string;
  family: string;
  from: string;
  to: string;
  by: 'validate' | 'generate';
}[] = [
  {
    what: 'an unknown key',
    family: 'drm_ras',
    from: 'protocol:',
    to: 'errno: EINVAL\nprotocol:',
    by: 'validate',
  },
  { what: 'an unknown type', family: 'drm_ras', from: 'type: u32', to: 'type: u33', by: 'validate' },
  { what: 'an unknown flag', family: 'devlink', from: '[admin-perm]', to: '[root]', by: 'validate' },
  { what: 'no operations', family: 'devlink', from: 'operations:', to: 'operation:', by: 'validate' },
  {
    what: 'an attribute of no set',
    family: 'drm_ras',
    from: '- node-name\n',
    to: '- node-label\n',
    by: 'generate',
  },
  {
    what: 'a nest of no set',
    family: 'devlink',
    from: 'attributes: dl-fmsg',
    to: 'attributes: dl-msg',
    by: 'generate',
  },
  { what: 'another licence', family: 'drm_ras', from: '((GPL-2.0 WITH', to: '((MIT WITH', by: 'generate' },
];

const textOf = (family: string) =>
  readFileSync(join(packageRoot(), 'schemas/netlink', `${family}.yaml`), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-ynl-'));
const at = (name: string) => join(folder, name);
const read = (path: string) => readFileSync(path, 'utf8');

/** Generated files of a family, by mode and kind. */
function accepted(tree: YnlTree, family: string): void {
  const spec = tree.add(family, textOf(family));
  const { words, accepted: valid } = tree.validate(spec);
  check(`${family}: the schema of the kernel`, valid, words);
  for (const { mode, header } of OUTPUTS) {
    // The kernel's build names the files so, and what is in them includes the header by its name.
    const name = { uapi: family, kernel: `${family}_nl`, user: `${family}-user` }[mode];
    const result = tree.generate(spec, mode, header, at(`${name}.${header ? 'h' : 'c'}`));
    check(`${family}: C, ${mode} ${header ? 'header' : 'source'}`, result.accepted, result.words);
  }
  const page = tree.page(spec, at(`${family}.rst`));
  check(`${family}: page`, page.accepted, page.words);
}

function identical(kernel: string, ours: string, theirs: string): void {
  const [a, b] = [read(at(ours)), read(join(kernel, theirs))];
  check(
    `drm_ras: ${theirs}`,
    a === b,
    a === b ? `identical, ${a.length} bytes` : 'another text is generated',
  );
}

type Numbers = Map<string, number | string>;
const numbersOf = ({ constants, enums }: Facts): Numbers =>
  new Map([...constants, ...enums.flatMap(each => each.members)].map(({ name, value }) => [name, value]));

/** Attributes and values of the generated header against those of the kernel's. */
async function numbers(kernel: string): Promise<void> {
  const parser = await createParser();
  const source = { package: 'generated', version: '0', sha256: '0'.repeat(64), license: 'unknown' };
  const facts = (text: string) =>
    numbersOf(
      extractFacts({
        header: 'linux/devlink.h',
        text,
        parser,
        kernel: netlinkFamilies().get('devlink')!.kernel,
        source,
        include: () => undefined,
      }),
    );
  const [ours, theirs] = [facts(read(at('devlink.h'))), facts(read(join(kernel, GENERATED.devlinkHeader)))];
  parser.delete();
  // The ends of our enums are where our part of the family ends; a directional family has two enums of commands.
  const compared = [...ours].filter(
    ([name]) =>
      /^DEVLINK_/.test(name) &&
      !/_MAX$|_(USER|KERNEL)_|^DEVLINK_CMD_|^DEVLINK_FAMILY_|^DEVLINK_MSG_/.test(name),
  );
  const wrong = compared.filter(([name, value]) => theirs.get(name) !== value).map(([name]) => name);
  const attributes = compared.filter(([name]) => name.startsWith('DEVLINK_ATTR_')).length;
  check(
    'devlink: numbers',
    wrong.length === 0 && attributes > 0,
    wrong.length > 0
      ? `${wrong.join(', ')} are not those of ${GENERATED.devlinkHeader}`
      : `${attributes} attributes and ${compared.length - attributes} values as in ${GENERATED.devlinkHeader}`,
  );
}

function policies(kernel: string): void {
  const [ours, theirs] = [
    readPolicies(read(at('devlink_nl.c'))),
    readPolicies(read(join(kernel, GENERATED.devlink))),
  ];
  const found = differences(ours, theirs);
  const unknown = found.filter(each => !KNOWN.has(each));
  const gone = [...KNOWN.keys()].filter(each => !found.includes(each));
  check(
    'devlink: what the kernel checks',
    unknown.length === 0 && gone.length === 0 && ours.policies.size > 0,
    [
      ...unknown,
      ...gone.map(each => `no longer so: ${each}`),
      `${ours.policies.size} policies and ${ours.operations.size} operations, ${found.length} known differences`,
    ].join('; '),
  );
}

/**
 * The program that ynl_gen_c makes for users of a family. A notification that has the command of an operation cannot
 * have its name as well, so that the header lacks what the generator calls it (DEVLINK_CMD_FLASH_UPDATE_NTF).
 */
function compiles(kernel: string, include: string, family: string): void {
  const { spec, operations } = netlinkFamilies().get(family)!;
  const names = [...operations.values()].filter(({ name }) => name.endsWith('-ntf'));
  const constants = names.map(each => operationConstant(spec, each.spec));
  const defined = constants.map(constant => `-D${constant}_NTF=${constant}`);
  const flags = [
    '-fsyntax-only',
    '-Wall',
    '-Werror',
    '-I',
    join(kernel, 'tools/net/ynl/lib'),
    '-isystem',
    include,
    ...defined,
  ];
  const { status, stderr, error } = spawnSync('gcc', [...flags, at(`${family}-user.c`)], {
    encoding: 'utf8',
    timeout: COMPILE_MS,
  });
  const words = error?.message ?? stderr.split('\n').find(line => line.includes('error')) ?? 'compiled';
  check(`${family}: user code, compiled`, status === 0, words);
}

function refused(tree: YnlTree): void {
  for (const { what, family, from, to, by } of BROKEN) {
    const text = textOf(family);
    const spec = tree.add('broken', text.replace(from, to));
    const result =
      by === 'validate' ? tree.validate(spec) : tree.generate(spec, 'user', false, at('broken.c'));
    check(`${family} with ${what}`, text.includes(from) && !result.accepted, result.words);
  }
  const other = tree.add(
    'drm_ras',
    textOf('drm_ras')
      .replace('name: device-name', 'name: device-label')
      .replace('- device-name', '- device-label'),
  );
  tree.generate(other, 'uapi', true, at('other.h'));
  check(
    'drm_ras with another name',
    read(at('other.h')) !== read(at('drm_ras.h')),
    'generates another header',
  );
}

/** A tool that never ends must not stop this. */
function limited(): void {
  const { accepted: ended, words } = runPython(['-c', 'while True: pass'], 1000);
  check('a tool without end', !ended && words === 'no end after 1 s', words);
}

const { values } = scriptArgs({ options: { source: { type: 'string' } } });
try {
  requireModules({ yaml: 'python3-yaml', jsonschema: 'python3-jsonschema' });
  const kernel = values.source ?? (await fetchYnl());
  const tree = new YnlTree(kernel, at('tree'));
  const families = [...netlinkFamilies().keys()];
  for (const family of families) accepted(tree, family);
  identical(kernel, 'drm_ras.h', GENERATED.header);
  identical(kernel, 'drm_ras_nl.c', GENERATED.ras);
  identical(kernel, 'drm_ras_nl.h', GENERATED.rasHeader);
  await numbers(kernel);
  policies(kernel);
  const committed = JSON.parse(read(join(packageRoot(), 'schemas/facts/devlink.json'))) as Facts;
  const { include } = await fetchHeaders(committed.source.version);
  for (const family of families) compiles(kernel, include, family);
  refused(tree);
  limited();
} catch (error) {
  check('the tools', false, (error as Error).message);
} finally {
  rmSync(folder, { recursive: true });
}
closeTally();
