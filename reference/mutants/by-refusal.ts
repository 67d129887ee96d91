import type { ClauseId } from '../../spec/index.ts';

/** Outputs that a call sets first and sets again when it succeeds: what shows them is a refusal, under these clauses. */
const BY_REFUSAL: Readonly<Record<string, ClauseId>> = {
  'drm.get_cap.value-cleared': 'argument.value',
  'habanalabs.memory.host-clears-address': 'argument.value',
  'habanalabs.memory.map-clears-address': 'handle.never-issued',
  'habanalabs.memory.export-clears-fd': 'argument.value',
  'habanalabs.memory.block-cleared': 'argument.feature',
  'habanalabs.memory.block-bytes-cleared': 'argument.feature',
};

export function clauseByRefusal(rule: string): ClauseId | undefined {
  return BY_REFUSAL[rule];
}
