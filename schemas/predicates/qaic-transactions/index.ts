/** The named predicate `qaic_transactions`. */
import type { Predicate } from '../predicate.ts';
import { TransactionBuilder } from './build.ts';
import { decide, PROPERTIES } from './decide.ts';
import { RULES } from './rules.ts';
import { witnesses } from './witness.ts';

export { TRANSACTION, TransactionBuilder, type TransactionName } from './build.ts';
export { type Transaction, transactionsIn } from './walk.ts';

export const qaicTransactions: Predicate = {
  name: 'qaic_transactions',
  sentence:
    'Transactions of a manage message, back to back, each with its type and its length, whose lengths add up to that of the message.',
  rules: RULES,
  params: [],
  properties: PROPERTIES,
  decide: bytes => decide(bytes),
  /** One that asks for the status: every other one wants a network, a channel, or what only the firmware can judge. */
  good: () => new TransactionBuilder().status().bytes(),
  witnesses(rule) {
    const found = witnesses.get(rule);
    if (found === undefined)
      throw new RangeError(
        `qaic_transactions has no rule ${rule}; expected one of ${RULES.map(({ name }) => name).join(', ')}.`,
      );
    return found;
  },
};
