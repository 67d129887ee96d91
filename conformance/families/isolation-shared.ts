/**
 * What clients of one device share on purpose: another client may change it, so it tells nothing of interference. A name
 * is one of the algebra or of fdinfo, never a driver's.
 */
import { type CallDescription, checks, type SetRule, type WriteRule, walk } from '../../schemas/index.ts';

interface Shared {
  readonly kind: 'stable' | 'descriptor' | 'number' | 'state' | 'write' | 'fdinfo';
  /** Property, kind of output, state or effect of the model, or key. */
  readonly name: string;
  readonly reason: string;
  readonly source: string;
}

export const SHARED: readonly Shared[] = [
  {
    kind: 'stable',
    name: 'mmap_offset',
    reason: 'All objects of a device lie in one space of offsets.',
    source: 'drivers/gpu/drm/drm_gem.c:605',
  },
  {
    kind: 'stable',
    name: 'name',
    reason: 'The names of GEM_FLINK are there to be known to all clients of the device.',
    source: 'drivers/gpu/drm/drm_gem.c:158',
  },
  {
    kind: 'stable',
    name: 'context_id',
    reason: 'The contexts of a device are numbered together.',
    source: 'drivers/accel/ivpu/ivpu_drv.c:337',
  },
  {
    kind: 'number',
    name: 'next_inference_id',
    reason: 'It is there to be unique on the device.',
    source: 'drivers/accel/ivpu/ivpu_drv.c:262',
  },
  {
    kind: 'descriptor',
    name: 'descriptor',
    reason: 'The table of descriptors is the process, in which all clients of a program live.',
    source: 'fs/file.c:569',
  },
  {
    kind: 'write',
    name: 'perfmon_values',
    reason: 'What the device counts while a job runs is chance.',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:81',
  },
  {
    kind: 'state',
    name: 'perfmon_global_set',
    reason:
      'A device counts for one monitor at a time, that of whoever set it globally or of the job that ran last.',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:294',
  },
  {
    kind: 'state',
    name: 'perfmon_global_unset',
    reason:
      'A device counts for one monitor at a time, that of whoever set it globally or of the job that ran last.',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:294',
  },
  {
    kind: 'state',
    name: 'perfmon_active',
    reason:
      'A device counts for one monitor at a time, that of whoever set it globally or of the job that ran last.',
    source: 'drivers/accel/ethosu/ethosu_perfmon.c:294',
  },
  {
    kind: 'fdinfo',
    name: 'drm-client-id',
    reason: 'It tells clients apart.',
    source: 'drivers/gpu/drm/drm_file.c:985',
  },
  {
    kind: 'fdinfo',
    name: 'drm-(?:engine|cycles|maxfreq|total-cycles)-.*',
    reason: 'How long the same work takes is chance, and others make it wait; file.usage judges these.',
    source: 'Documentation/gpu/drm-usage-stats.rst:89',
  },
  {
    kind: 'fdinfo',
    name: 'pos|flags|mnt_id|ino',
    reason: 'They are of the open file and its node, not of the client.',
    source: 'fs/proc/fd.c:57',
  },
];

const isShared = (kind: Shared['kind'], name: string) =>
  SHARED.some(each => each.kind === kind && each.name === name);

function isSharedOutput({ to }: SetRule): boolean {
  if ('descriptor' in to) return isShared('descriptor', 'descriptor');
  if ('model' in to) return isShared('number', to.model);
  return 'stable' in to && isShared('stable', to.stable.slice(to.stable.lastIndexOf('.') + 1));
}

/** The output members of a call that are shared. */
export function sharedMembers(call: CallDescription): string[] {
  return walk(call.semantics.body).flatMap(rule => ('set' in rule && isSharedOutput(rule) ? [rule.set] : []));
}

/** The pointer members behind which a call writes what is shared. */
export function sharedMemory(call: CallDescription): string[] {
  const written = (rule: WriteRule) =>
    typeof rule.at === 'object' && 'field' in rule.at ? [rule.at.field] : [];
  return walk(call.semantics.body).flatMap(rule =>
    'write' in rule && 'model' in rule.write && isShared('write', rule.write.model) ? written(rule) : [],
  );
}

/** The errnos that a shared state gives. */
export function sharedErrnos(call: CallDescription): string[] {
  const states = SHARED.flatMap(({ kind, name }) => (kind === 'state' ? [`"model":"${name}"`] : []));
  return checks(call.semantics.body)
    .filter(({ when }) => states.some(state => JSON.stringify(when).includes(state)))
    .map(({ errno }) => errno);
}

const KEYS = new RegExp(
  `^(?:${SHARED.flatMap(({ kind, name }) => (kind === 'fdinfo' ? [name] : [])).join('|')}):`,
);

/** The lines of fdinfo that are the client's own. */
export function ownLines(fdinfo: string): string {
  return fdinfo
    .split('\n')
    .filter(line => !KEYS.test(line))
    .join('\n');
}
