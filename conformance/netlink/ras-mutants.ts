/** Faults of a driver or of the family, one at a time, with the clauses that each must die by. */
import type { NetlinkFault, RasFault } from '../../reference/index.ts';
import type { ClauseId } from '../../spec/index.ts';

export interface RasMutant {
  /** drm-ras.FAULT */
  readonly id: string;
  readonly fault: RasFault | NetlinkFault;
  readonly summary: string;
  readonly clauses: readonly ClauseId[];
}

const mutant = (fault: RasFault | NetlinkFault, summary: string, ...clauses: ClauseId[]): RasMutant => ({
  id: `drm-ras.${fault}`,
  fault,
  summary,
  clauses,
});

export const rasMutants: readonly RasMutant[] = [
  mutant('clear-ignored', 'a clear is acked and clears nothing', 'ras.read'),
  mutant('clear-all', 'a clear takes all counters of the node', 'ras.alone'),
  mutant('clear-other-node', 'a clear takes the counters of that id in every node', 'ras.alone'),
  mutant('clear-leaves-one', 'a clear leaves one error', 'ras.read'),
  mutant('clears-fixed', 'a clear is accepted where the driver cannot', 'ras.read'),
  mutant('read-clears', 'reading one counter clears it', 'ras.read'),
  mutant('dump-clears', 'a dump clears what it tells', 'ras.read'),
  mutant('narrow', 'the sum is kept in 16 bits', 'ras.counts'),
  mutant('saturates', 'the sum stays at its largest value', 'ras.counts'),
  mutant('counts-twice', 'every error is counted twice', 'ras.counts'),
  mutant('name-moves', 'a counter that is not zero has another name', 'ras.listed'),
  mutant('dump-other-name', 'a dump names a counter otherwise', 'ras.listed'),
  mutant('hole-as-zero', 'an id without a counter is told as zero', 'ras.unknown'),
  mutant('hole-out-of-range', 'an id without a counter is told to be out of range', 'ras.unknown'),
  mutant('outside-is-unknown', 'an id out of range is told to have no counter', 'ras.unknown'),
  mutant('dump-stops-at-hole', 'a dump ends at the first gap', 'ras.sparse'),
  mutant('dump-skips-last', 'a dump leaves the last id out', 'ras.listed'),
  mutant('dump-lists-holes', 'a dump lists ids without a counter', 'ras.sparse'),
  mutant('dump-repeats', 'a dump lists the last counter twice', 'ras.listed'),
  mutant('failed-is-zero', 'what cannot be read is told as zero', 'ras.failing'),
  mutant('dump-hides-failure', 'a dump that cannot read on ends well', 'ras.failing'),
  mutant('node-misnamed', 'nodes have the name of their device', 'ras.nodes'),
  mutant('gone-is-listed', 'a node that has gone is still there', 'ras.nodes'),
  mutant('renumbers', 'nodes get other ids when one goes', 'ras.nodes'),
  mutant('one-id-for-two', 'two nodes are listed with one id', 'ras.nodes'),
  mutant('unprivileged', 'anybody may ask', 'ras.unprivileged'),
  mutant('opener-only', 'who opened the socket is looked at, not who asks', 'ras.unprivileged'),
  mutant('no-extack', 'a refusal has no extended ack', 'ras.strict', 'ras.unknown'),
  mutant('wrong-missing-type', 'the extended ack names another attribute', 'ras.unknown'),
  mutant('extra-ignored', 'an attribute that a command does not take is ignored', 'ras.strict'),
  mutant('short-accepted', 'an attribute of the wrong size is accepted', 'ras.strict'),
  mutant('reserved-ignored', 'the reserved member of the header is not looked at', 'ras.strict'),
  mutant('command-falls-back', 'a do that is only a dump is answered as one', 'ras.commands'),
  mutant('no-multi', 'messages of a dump lack NLM_F_MULTI', 'ras.multipart'),
  mutant('no-done', 'a dump has no end', 'ras.end'),
  mutant('other-sequence', 'answers have another sequence number', 'ras.end'),
  mutant('datagram-loses', 'what does not fit into a datagram is lost', 'ras.end', 'ras.listed'),
  mutant('ack-forgotten', 'a good request is not acked', 'ras.end'),
];
