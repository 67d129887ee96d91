/** Rules about constants: enum members and macros with a value. */
import {
  ABI_NAMES,
  type ConstantFact,
  type Facts,
  factToBigint,
  type IoctlFact,
} from '../../layout/index.ts';
import type { AbiName } from '../../program/program.ts';
import type { Remark } from '../../rulebook/rule.ts';
import type { HeaderPair } from '../interface.ts';
import { type DiffRule, headers, remark } from '../rule.ts';

const NO_REGRESSIONS = 'Documentation/admin-guide/reporting-regressions.rst:49';
const values = (...members: string[]) => `enum x_param { ${members.join(', ')} };`;

export const valueRules = {
  renumbered: {
    id: 'wire.value-renumbered',
    severity: 'error',
    category: 'WIRE',
    summary: 'A constant has another value.',
    reason: 'Old programs carry the old number in them: the new kernel takes it for something else.',
    source: NO_REGRESSIONS,
    breaks: headers('#define X_CACHED (1 << 0)', '#define X_CACHED (1 << 1)'),
    holds: headers(values('X_A', 'X_B'), values('X_A', 'X_B = 1', 'X_C')),
  },
  length: {
    id: 'wire.length-constant-changed',
    severity: 'warning',
    category: 'WIRE',
    summary: 'A constant that tells a length is greater.',
    reason: 'Old programs have buffers of the old length: look whether the kernel writes more into them.',
    source: NO_REGRESSIONS,
    breaks: headers('#define X_NAME_SIZE 16', '#define X_NAME_SIZE 32'),
    holds: headers('#define X_NAME_SIZE 16', '#define X_NAME_SIZE 0x10'),
  },
  on32: {
    id: 'wire.value-32-bit',
    severity: 'error',
    category: 'WIRE',
    summary: 'A constant has another value for 32-bit programs only.',
    reason: 'Nobody on a 64-bit machine sees it.',
    source: NO_REGRESSIONS,
    breaks: headers('#define X_NONE (~0ULL)', '#define X_NONE (~0UL)'),
    holds: headers('#define X_NONE (~0U)', '#define X_NONE 0xffffffff'),
  },
  reused: {
    id: 'wire.value-reused',
    severity: 'error',
    category: 'WIRE',
    summary: 'The number of a value that is gone belongs to another one.',
    reason: 'An old program that asks for the old one gets the new one.',
    source: NO_REGRESSIONS,
    breaks: headers(values('X_PARAM_CLOCK', 'X_PARAM_SKU'), values('X_PARAM_CLOCK', 'X_PARAM_TILES')),
    holds: headers(
      values('X_PARAM_CLOCK', 'X_PARAM_SKU'),
      values('X_PARAM_CLOCK', 'X_PARAM_SKU', 'X_PARAM_TILES'),
    ),
  },
  removed: {
    id: 'source.value-removed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A constant is gone.',
    reason:
      'Programs that use it no longer compile; whether the kernel goes on to take its number no header tells.',
    source: 'Documentation/dev-tools/checkuapi.rst:338',
    breaks: headers(values('X_A', 'X_B'), values('X_A')),
    holds: headers(values('X_A', 'X_B'), '#define X_A 0\n#define X_B 1'),
  },
  renamed: {
    id: 'source.value-renamed',
    severity: 'error',
    category: 'SOURCE',
    summary: 'A constant of the same value has another name.',
    reason: 'Programs that use the old name no longer compile.',
    source: 'Documentation/dev-tools/checkuapi.rst:338',
    breaks: headers(
      values('X_PARAM_A', 'X_PARAM_CORE_CLOCK'),
      values('X_PARAM_A', 'X_PARAM_CORE_CLOCK_RATE'),
    ),
    holds: headers(
      values('X_PARAM_A', 'X_PARAM_CLOCK'),
      values('X_PARAM_A', 'X_PARAM_CLOCK', 'X_PARAM_RATE = X_PARAM_CLOCK'),
    ),
  },
  counted: {
    id: 'source.count-changed',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A constant that counts others, joins their bits or tells a version has another value.',
    reason: 'It follows from what was added; a program must not take it for a promise.',
    source: 'Documentation/dev-tools/checkuapi.rst:368',
    breaks: headers(values('X_A', 'X_MAX'), values('X_A', 'X_B', 'X_MAX')),
    holds: headers(values('X_A', 'X_B'), values('X_A', 'X_B')),
  },
  added: {
    id: 'added.value',
    severity: 'info',
    category: 'SOURCE',
    summary: 'A constant is new.',
    reason: 'Older kernels do not know it.',
    source: 'Documentation/process/botching-up-ioctls.rst:60',
    breaks: headers(values('X_A'), values('X_A', 'X_B')),
    holds: headers(values('X_A'), values('X_A')),
  },
} satisfies Record<string, DiffRule>;

interface Constant {
  readonly fact: ConstantFact;
  /** The enum, `''` for one without a tag; undefined for a macro. */
  readonly group: string | undefined;
}

export function constantsOf({ constants, enums }: Facts): Map<string, Constant> {
  const all = constants.map((fact): Constant => ({ fact, group: undefined }));
  for (const { name, members, line } of enums)
    for (const fact of members) all.push({ fact, group: name ?? `line ${line}` });
  return new Map(all.map(each => [each.fact.name, each]));
}

const on = ({ fact }: Constant, abi: AbiName) => factToBigint(fact.abi?.[abi] ?? fact.value);
const shown = (value: bigint) =>
  value > 0xffffn || value < -0xffffn ? `0x${BigInt.asUintN(64, value).toString(16)}` : String(value);

/** A value that follows from others: how many there are, all bits together, a version. */
function followsFromOthers(name: string, before: bigint, after: bigint): boolean {
  if (/(^|_)(MAJOR|MINOR|PATCHLEVEL|VERSION)$/i.test(name)) return true;
  const grew = after > before;
  if (/(^|_)(MAX|LAST|NUM|COUNT|CNT|END|NR|ENTRIES)$|(^|_)(NUM|NR|MAX)_/i.test(name)) return grew;
  return /(^|_)(MASK|FLAGS|ALL|VALID|SUPPORTED|KNOWN)($|_)/i.test(name) && grew && (before & ~after) === 0n;
}

/** Whether a constant only numbers an ioctl, whose rules tell what became of it. */
function numbersIoctl(name: string, ioctls: readonly IoctlFact[]): boolean {
  const stem = name.replace(/^DRM_/, '');
  return ioctls.some(ioctl => ioctl.name === `DRM_IOCTL_${stem}` || ioctl.name === `${name}_IOCTL`);
}

/** Macros of which this part of the words is the same say the same thing. */
const NEARLY = 0.75;

const words = (name: string) => name.toUpperCase().split('_').filter(Boolean);

function commonWords(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count++;
  return count;
}

/** Whether two names of one group say the same thing in other words: half of what the group does not share. */
export function isRename(old: string, now: string, siblings: readonly string[]): boolean {
  const [from, to] = [words(old), words(now)];
  const shared = Math.min(from.length - 1, ...siblings.map(name => commonWords(words(name), from)));
  const [a, b] = [from.slice(Math.max(0, shared)), to.slice(Math.min(shared, commonWords(from, to)))];
  return likeness(from, to) >= NEARLY || likeness(a, b) >= 0.5;
}

/** The part of the words of two names that both have. */
function likeness(a: readonly string[], b: readonly string[]): number {
  return a.filter(word => b.includes(word)).length / Math.max(a.length, b.length);
}

/** Members of one enum, or macros that begin with the same words and number something in turn. */
function related(old: Constant, oldName: string, now: Constant, nowName: string): boolean {
  if (old.group !== undefined || now.group !== undefined) return old.group === now.group;
  const [from, to] = [words(oldName), words(nowName)];
  return (
    commonWords(from, to) >= Math.max(2, Math.min(from.length, to.length) - 1) || likeness(from, to) >= NEARLY
  );
}

/** @param elsewhere every constant of the newer version that another header defines */
export function valueRemarks(pair: HeaderPair, elsewhere: ReadonlyMap<string, bigint>): Remark[] {
  const [old, now] = [constantsOf(pair.old.facts), constantsOf(pair.new.facts)];
  const ioctls = [...pair.old.facts.ioctls, ...pair.new.facts.ioctls];
  const fresh = [...now].filter(([name]) => !old.has(name));
  const taken = new Set<string>();
  const remarks: Remark[] = [];
  for (const [name, before] of old) {
    const after = now.get(name);
    const was = on(before, 'x86_64');
    if (numbersIoctl(name, ioctls)) continue;
    // What cannot be read is not gone, and a macro that takes parameters now has a rule of its own.
    const kept = pair.new.facts.unresolved.some(each => each.name === name);
    if (!after) {
      if (kept) continue;
      if (elsewhere.get(name) === was || pair.new.facts.ioctls.some(ioctl => ioctl.name === name)) continue;
      const siblings = [...old].filter(([, each]) => each.group === before.group).map(([each]) => each);
      const heirs = fresh.filter(
        ([other, each]) =>
          on(each, 'x86_64') === was && related(before, name, each, other) && !taken.has(other),
      );
      const rename = heirs.find(([other]) =>
        isRename(name, other, before.group === undefined ? [] : siblings),
      );
      const heir = rename ?? heirs[0];
      if (!heir) {
        remarks.push(
          remark(valueRules.removed, name, `${name}, ${shown(was)}, is gone`, { old: shown(was) }),
        );
        continue;
      }
      taken.add(heir[0]);
      const change = { old: name, new: heir[0], at: `${pair.new.facts.header}:${heir[1].fact.line}` };
      remarks.push(
        rename
          ? remark(valueRules.renamed, name, `${name} is called ${heir[0]} now`, change)
          : remark(
              valueRules.reused,
              name,
              `${name} is gone and its number ${shown(was)} belongs to ${heir[0]}`,
              change,
            ),
      );
      continue;
    }
    const at = `${pair.new.facts.header}:${after.fact.line}`;
    const is = on(after, 'x86_64');
    if (was !== is) {
      const grown = is > was && /(^|_)(SIZE|LEN|LENGTH|BYTES)$/i.test(name);
      // As a member of an enum it counts the others.
      const counts = followsFromOthers(name, was, is) || (grown && after.group !== undefined);
      const rule = counts ? valueRules.counted : grown ? valueRules.length : valueRules.renumbered;
      const change = { old: shown(was), new: shown(is), at };
      remarks.push(remark(rule, name, `${name} is ${shown(is)}, it was ${shown(was)}`, change));
      continue;
    }
    const abis = ABI_NAMES.filter(abi => on(before, abi) !== on(after, abi));
    const [first] = abis;
    if (first) {
      const change = { old: shown(on(before, first)), new: shown(on(after, first)), at };
      remarks.push(
        remark(
          valueRules.on32,
          name,
          `${name} is ${change.new} on ${abis.join(', ')}, it was ${change.old}`,
          change,
        ),
      );
    }
  }
  for (const [name, each] of fresh) {
    if (pair.old.facts.unresolved.some(one => one.name === name)) continue;
    if (taken.has(name) || numbersIoctl(name, ioctls)) continue;
    const is = shown(on(each, 'x86_64'));
    const at = `${pair.new.facts.header}:${each.fact.line}`;
    remarks.push(remark(valueRules.added, name, `${name} is new, ${is}`, { new: is, at }));
  }
  return remarks;
}
