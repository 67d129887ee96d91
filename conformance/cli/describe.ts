/** `accel-uapi describe DRIVER[.NAME]`: what the description says, for people or as JSON. */
import { findDescribed } from '../describe/find.ts';
import { describeInterface } from '../describe/interface.ts';
import { describeJson } from '../describe/json.ts';
import { describeLines } from '../describe/print.ts';
import { wrapText } from '../report/wrap.ts';
import { UsageError } from '../run/usage-error.ts';
import { abiOf } from './abi.ts';

export interface DescribeFlags {
  readonly abi?: string;
  readonly format?: 'pretty' | 'json';
}

/** Columns of a table have two blanks between them; a table keeps its lines. */
const TABLE = /^ *(\d+ +\d+ +\S|[A-Za-z_]\w* {2,}\S|(struct|union) of$)/;

export function runDescribe(
  name: string,
  flags: DescribeFlags,
  width: number,
  write: (text: string) => void,
): number {
  const abi = abiOf(flags.abi);
  if (describeInterface(name, flags, width, write)) return 0;
  const { owner, found } = findDescribed(name);
  if (flags.format === 'json') {
    if (abi !== undefined) throw new UsageError('--abi goes with the pretty format; the JSON has every ABI');
    write(`${JSON.stringify(describeJson(owner, found), null, 2)}\n`);
    return 0;
  }
  for (const line of describeLines(owner, found, abi)) {
    const own = line.length - line.trimStart().length;
    const parts = TABLE.test(line) ? [line.trimStart()] : wrapText(line.trimStart(), width - own - 2);
    parts.forEach((part, index) => {
      write(`${' '.repeat(own + (index > 0 ? 2 : 0))}${part}`.trimEnd().concat('\n'));
    });
  }
  return 0;
}
