/** Faults of a node for information, one at a time, with the clauses that each must die by. */
import type { ControlFault } from '../../reference/index.ts';
import type { ClauseId } from '../../spec/index.ts';

export interface ManagementMutant<Fault extends string = string> {
  /** management.FAULT */
  readonly id: string;
  readonly fault: Fault;
  readonly summary: string;
  readonly clauses: readonly ClauseId[];
}

const mutant = (
  fault: ControlFault,
  summary: string,
  ...clauses: ClauseId[]
): ManagementMutant<ControlFault> => ({ id: `management.${fault}`, fault, summary, clauses });

export const controlMutants: readonly ManagementMutant<ControlFault>[] = [
  mutant('takes-all', 'the node for information has the table of the compute node', 'control.queries'),
  mutant('takes-objects', 'calls that make objects are taken', 'control.queries'),
  mutant('takes-work', 'calls that submit work are taken', 'control.queries'),
  mutant('takes-settings', 'calls that change a setting are taken', 'control.queries'),
  mutant('other-errno', 'what is not taken is refused with EACCES', 'control.queries', 'control.one-errno'),
  mutant('two-errnos', "the driver's own calls are refused with another errno", 'control.one-errno'),
  mutant('looks-first', 'the argument is read before the call is refused', 'control.one-errno'),
  mutant('unknown-is-invalid', 'a number that is none is refused with EINVAL', 'control.one-errno'),
  mutant('maps', 'it can be mapped', 'control.nothing-else'),
  mutant('reads', 'a read finds the end of a file', 'control.nothing-else'),
  mutant('writes', 'a write is taken', 'control.nothing-else'),
  mutant('other-answer', 'the two nodes tell two versions', 'control.same-answers'),
  mutant('query-lost', "the driver's own queries lack", 'control.same-answers', 'control.while-busy'),
  mutant('short-refused', 'a struct of an older program is refused', 'control.arguments'),
  mutant('long-refused', 'a struct of a newer program is refused', 'control.arguments'),
  mutant('faults-ignored', 'an answer that cannot be written is told as success', 'control.arguments'),
  mutant('busy-answers', 'a query is refused while clients have buffers', 'control.while-busy'),
  mutant('work-blocks', 'a query is refused while work runs', 'control.while-busy'),
  mutant('busy-opens', 'it does not open beside a client', 'control.openers'),
  mutant('one-opener', 'it opens once', 'control.openers'),
  mutant('counts-as-client', 'the compute node does not open beside it', 'control.keeps-nobody-out'),
  mutant('close-ends-clients', 'clients end when it is closed', 'control.keeps-nobody-out'),
  mutant('tells-clients', 'it tells how many clients there are', 'control.interference'),
  mutant('tells-handles', 'it tells how many buffers clients have', 'control.interference'),
  mutant('tells-names', 'it tells of clients that have a name', 'control.interference'),
  mutant('tells-the-past', 'it tells how many clients there were', 'control.interference'),
  mutant('fdinfo-tells', 'its fdinfo has the memory of all clients', 'control.usage', 'control.interference'),
  mutant('node-stays', 'it stays when its device goes', 'control.gone'),
  mutant('stale', 'it answers for a device that has gone', 'control.gone'),
];
