/** The closed registry of named predicates. */
import { ethosuCommandStream } from './ethosu-command-stream/index.ts';
import type { Predicate } from './predicate.ts';
import { qaicTransactions } from './qaic-transactions/index.ts';

export {
  type Copy,
  ethosuCommandStream,
  type FeatureMap,
  NO_SCALE_BUFFER,
  type OperationName,
  type Place,
  type PlainCopy,
  plainCopies,
  type RegisterName,
  StreamBuilder,
} from './ethosu-command-stream/index.ts';
export type { Decision, Parameter, Predicate, PredicateRule, Witness } from './predicate.ts';

export { type Transaction, TransactionBuilder, transactionsIn } from './qaic-transactions/index.ts';

export const predicates: ReadonlyMap<string, Predicate> = new Map(
  [ethosuCommandStream, qaicTransactions].map(predicate => [predicate.name, predicate]),
);
