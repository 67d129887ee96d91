/** Changes of behaviour that a release could bring, planted in our own kernel module for `compare` to find. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Direction, Kind } from '../compare/differ.ts';

export interface Edit {
  readonly name: string;
  /** A file of reference/module, what stands there once, and what comes into its place. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface PlantedChange extends Edit {
  /** How the difference has to be told. */
  readonly call: string;
  readonly kind: Kind;
  readonly direction: Direction;
  /** A pattern of validate --select whose cases show it, for a short run. */
  readonly select: string;
}

const BO_CREATE = 'DRM_IOCTL_ACCELREF_BO_CREATE';
const BO_WAIT = 'DRM_IOCTL_ACCELREF_BO_WAIT';
const SUBMIT = 'DRM_IOCTL_ACCELREF_SUBMIT';
const EVENT = 'DRM_IOCTL_ACCELREF_EVENT';

export const plantedChanges: readonly PlantedChange[] = [
  {
    name: 'another errno',
    file: 'accelref_bo.c',
    from: '-EINVAL : -ENOENT;',
    to: '-EINVAL : -EBADF;',
    call: BO_WAIT,
    kind: 'errno',
    direction: 'other difference',
    select: `handle@${BO_WAIT}*`,
  },
  {
    name: 'an earlier check',
    file: 'accelref_bo.c',
    from: 'obj = args->pad ?',
    to: 'obj = !args->timeout_ns ? ERR_PTR(-ETIME) : args->pad ?',
    call: BO_WAIT,
    kind: 'errno',
    direction: 'other difference',
    select: `handle@${BO_WAIT}*`,
  },
  {
    name: 'an output more',
    file: 'accelref_event.c',
    from: '		accelref_event_send(dev, pending, 0);',
    to: '		accelref_event_send(dev, pending, 0);\n		args->user_data = wanted;',
    call: EVENT,
    kind: 'output',
    direction: 'other difference',
    select: `output@${EVENT}*`,
  },
  {
    name: 'an output less',
    file: 'accelref_bo.c',
    from: '		args->size = obj->size;\n',
    to: '',
    call: BO_CREATE,
    kind: 'output',
    direction: 'other difference',
    select: `output@${BO_CREATE}*`,
  },
  {
    name: 'sizes rounded further',
    file: 'accelref_bo.c',
    from: 'drm_gem_shmem_create(dev, args->size);',
    to: 'drm_gem_shmem_create(dev, ALIGN(args->size, 4 * PAGE_SIZE));',
    call: BO_CREATE,
    kind: 'output',
    direction: 'other difference',
    select: `output@${BO_CREATE}*`,
  },
  {
    name: 'a new flag',
    file: 'accelref_bo.c',
    from: 'args->flags & ~DRM_ACCELREF_BO_NO_MMAP)',
    to: 'args->flags & ~(DRM_ACCELREF_BO_NO_MMAP | 2))',
    call: BO_CREATE,
    kind: 'errno',
    direction: 'extension',
    select: `reserved@${BO_CREATE}*`,
  },
  {
    name: 'a lower limit',
    file: 'accelref_submit.c',
    from: 'args->out_count > DRM_ACCELREF_MAX_SYNCS',
    to: 'args->out_count > DRM_ACCELREF_MAX_SYNCS / 2',
    call: SUBMIT,
    kind: 'errno',
    direction: 'regression suspect',
    select: `argument@${SUBMIT}*`,
  },
  {
    name: 'a check dropped',
    file: 'accelref_submit.c',
    from: '	if (args->pad)\n		return -EINVAL;\n',
    to: '',
    call: SUBMIT,
    kind: 'errno',
    direction: 'extension',
    select: `reserved@${SUBMIT}*`,
  },
  {
    name: 'a wake-up lost',
    file: 'accelref_queue.c',
    from: 'if (!accelref_faulty(ACCELREF_FAULT_STUCK_WAIT))',
    to: 'if (job->duration_ns < 50 * NSEC_PER_MSEC)',
    call: BO_WAIT,
    kind: 'errno',
    direction: 'regression suspect',
    select: `job.completion@${SUBMIT}*`,
  },
  {
    name: 'a failure told as success',
    file: 'accelref_queue.c',
    from: '	if (error)\n		dma_fence_set_error(&job->fence->base, error);\n',
    to: '',
    call: 'SYNC_IOC_FILE_INFO',
    kind: 'output',
    direction: 'other difference',
    select: `job.failure@${SUBMIT}*`,
  },
  {
    name: 'a higher limit',
    file: 'accelref_event.c',
    from: 'wanted > DRM_ACCELREF_MAX_EVENTS',
    to: 'wanted > 2 * DRM_ACCELREF_MAX_EVENTS',
    call: EVENT,
    kind: 'errno',
    direction: 'extension',
    select: `argument@${EVENT}*`,
  },
];

/** Copies the module's source to a folder, unless it is there, and makes a change. */
export function plant(source: string, folder: string, { name, file, from, to }: Edit): void {
  if (source !== folder) cpSync(source, folder, { recursive: true });
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2)
    throw new Error(`${file} does not hold once what "${name}" replaces: ${from.trim()}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
