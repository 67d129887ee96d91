/** `accel-uapi diff OLD NEW`: what changed between two versions of an interface, and who is hurt. */
import { existsSync } from 'node:fs';
import {
  applyWaivers,
  type Diff,
  type DiffRemark,
  diff,
  diffRules,
  fingerprint,
  InvalidData,
  LayoutError,
  type Remark,
  readWaivers,
  validate,
} from '../../schemas/index.ts';
import { readInterface } from '../diff/input.ts';
import { count, printDiff } from '../diff/print.ts';
import { wrapText } from '../report/wrap.ts';
import { readData, withPositions } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';

export interface DiffFlags {
  readonly waivers?: string;
  readonly format?: 'pretty' | 'json';
  readonly breaking?: boolean;
  readonly rules?: boolean;
}

/** What is piped is read by programs, or later. */
const PIPE_WIDTH = 80;

function remarkJson(remark: Remark): DiffRemark {
  const { rule, subject, message, old, new: now, at } = remark;
  return {
    rule: rule.id,
    severity: rule.severity,
    category: rule.category!,
    subject,
    message,
    fingerprint: fingerprint(remark),
    ...(old === undefined ? {} : { old }),
    ...(now === undefined ? {} : { new: now }),
    ...(at === undefined ? {} : { at }),
  };
}

function listRules(write: (text: string) => void): number {
  for (const { id, severity, category, summary } of diffRules) {
    const [first = '', ...rest] = wrapText(summary, PIPE_WIDTH - 11);
    write(`${id}  ${severity}, ${category}\n    ${[first, ...rest].join('\n    ')}\n`);
  }
  return 0;
}

function waiversOf(path: string | undefined) {
  if (path === undefined) return [];
  if (!existsSync(path)) throw new UsageError(`--waivers ${path} is no file; name one that exists`);
  const data = readData(path);
  return withPositions({ [path]: data }, () => readWaivers(path, data, diffRules));
}

export async function runDiff(
  sides: { readonly old: string | undefined; readonly new: string | undefined },
  flags: DiffFlags,
  write: (text: string) => void,
): Promise<number> {
  if (flags.rules) return listRules(write);
  const { old, new: now } = sides;
  if (old === undefined || now === undefined)
    throw new UsageError('diff compares two versions: expected OLD and NEW; see accel-uapi diff --help');
  const waivers = waiversOf(flags.waivers);
  let remarks: Remark[];
  try {
    remarks = diff(await readInterface(old), await readInterface(now));
  } catch (error) {
    if (error instanceof LayoutError) throw new InvalidData(error.message);
    throw error;
  }
  const found = applyWaivers(remarks, waivers);
  const status = count(found.remarks, 'error') + found.unused.length > 0 ? 1 : 0;
  if (flags.format === 'json') {
    const shown = found.remarks.filter(({ rule }) => !flags.breaking || rule.severity === 'error');
    const report: Diff = {
      old,
      new: now,
      remarks: shown.map(remarkJson),
      waived: found.waived.map(({ remark, waiver }) => ({
        remark: remarkJson(remark),
        reason: waiver.reason,
      })),
      unused: found.unused.map(({ reason: _, ...waiver }) => waiver),
      counts: {
        error: count(found.remarks, 'error'),
        warning: count(found.remarks, 'warning'),
        info: count(found.remarks, 'info'),
      },
      status,
    };
    write(`${JSON.stringify(validate<Diff>('diff', 'the report', report), null, 2)}\n`);
    return status;
  }
  const terminal = process.stdout.isTTY === true;
  write(
    printDiff({ old, new: now }, found, {
      color: terminal && process.env.NO_COLOR === undefined,
      width: Math.min(process.stdout.columns ?? PIPE_WIDTH, PIPE_WIDTH),
      breaking: flags.breaking === true,
    }),
  );
  return status;
}
