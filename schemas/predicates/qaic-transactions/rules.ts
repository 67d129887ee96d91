/** The rules of a list of transactions, in the words of a report, with the line that enforces each in Linux 7.3.4. */
import type { PredicateRule } from '../predicate.ts';

const FILE = 'drivers/accel/qaic/qaic_control.c';

const rule = (name: string, line: number, sentence: string): PredicateRule => ({
  name,
  sentence,
  source: `${FILE}:${line}`,
});

export const RULES = [
  rule('header-cut', 784, 'The message has room for the header of every transaction, and for one at least.'),
  rule('length-short', 789, 'The length of a transaction includes its header.'),
  rule('length-beyond', 790, 'A transaction ends where the message does, or before.'),
  rule('type-unknown', 812, 'The type is one that a program may send.'),
  rule('passthrough-padding', 369, 'The length of a passthrough is a multiple of 8.'),
  rule('transfer-empty', 411, 'A transfer has data.'),
  rule('transfer-wraps', 414, 'The data of a transfer ends below 2^64, and so do its pages.'),
  rule('activate-queue-empty', 654, 'The queues of an activation have an element.'),
  rule('activate-pad', 657, 'The padding of an activation is 0.'),
  rule(
    'activate-queue-wraps',
    661,
    'The bytes of both queues of an activation, with the gap between them, fit in 32 bits.',
  ),
  rule('deactivate-pad', 714, 'The padding of a deactivation is 0.'),
] as const satisfies readonly PredicateRule[];
