import { equivalentsOfAmdxdna } from './equivalents-amdxdna.ts';
import { equivalentsOfHabanalabs } from './equivalents-habanalabs.ts';

/** Made mutants that no program can tell from the strict reference, each with the reason; checked by the matrix. */
export const equivalents: Readonly<Record<string, string>> = {
  ...equivalentsOfAmdxdna,
  ...equivalentsOfHabanalabs,
  'drop.file.sync_file_info.copy-in':
    'What cannot be read cannot be written back either, and is refused with the same errno.',
  'narrow.accelref.submit.bos-unreadable': 'There are at most 64 elements, so their size does not wrap.',
  'narrow.accelref.submit.in-unreadable': 'There are at most 64 elements, so their size does not wrap.',
  'narrow.accelref.submit.out-unreadable': 'There are at most 64 elements, so their size does not wrap.',
  'narrow.drm.syncobj_query.points-unwritable':
    'The handles are read first: 2 GiB of them, at the lowest count of which 8 bytes each wrap in 32 bits.',
  'narrow.drm.syncobj_timeline_signal.points-unreadable':
    'The handles are read first: 2 GiB of them, at the lowest count of which 8 bytes each wrap in 32 bits.',
  'narrow.drm.syncobj_timeline_wait.points-unreadable':
    'The handles are read first: 2 GiB of them, at the lowest count of which 8 bytes each wrap in 32 bits.',
  'narrow.accelref.event.no-room': 'There are at most 32 events, so their size does not wrap.',
  'drop.ethosu.bo_create.size-negative':
    'What this check refuses is beyond the offsets too, and of two wrong things either errno is allowed.',
  'late.ethosu.bo_create.size-negative':
    'What this check refuses is refused earlier as beyond the offsets, and either errno is allowed.',
  'drop.ethosu.cmdstream_bo_create.size-zero':
    'A stream of no commands is refused later with the same errno.',
  'late.ethosu.cmdstream_bo_create.size-zero':
    'A stream of no commands is refused before with the same errno.',
  'drop.ethosu.submit.sram-given-twice':
    'The devices of all profiles have no on-chip memory, so any size is too large as well, with the same errno.',
  'stricter.rocket.create_bo.size-beyond-int':
    'A buffer of just below 2 GiB would take the memory of the machine, so none is made.',
  'drop.ivpu.bo_create.size-negative':
    'It is beyond the range then, and ENOSPC may come from the machine at any time.',
  'stricter.ivpu.bo_create.size-beyond-range':
    'A buffer as large as a whole range takes all addresses of the file, so none is made.',
  'looser.ivpu.bo_create.size-beyond-range': 'Sizes are whole pages, so a byte more changes nothing.',
  'drop.ivpu.cmdq_submit.no-buffer':
    'Without buffers the index of the preemption buffer lies beyond the array, with the same errno.',
  'narrow.ivpu.submit.buffers-unreadable': 'There are at most 65535 buffers, so their size does not wrap.',
  'narrow.ivpu.cmdq_submit.buffers-unreadable':
    'There are at most 65535 buffers, so their size does not wrap.',
  'drop.ivpu.metric_streamer_get_info.buffer-small':
    'How much the firmware tells only the device knows: it may fit.',
  'stricter.ivpu.metric_streamer_start.period-short':
    'How large a sample is only the firmware knows: one too large for the period is refused with the same errno.',
  'late.ivpu.metric_streamer_stop.streamer-unknown': 'Nothing is there that could be stopped.',
  'unset.ivpu.bo_info.flags-taken-in': 'Nobody gave flags for it: any number is right.',
  'unset.ivpu.bo_info.offset-taken-in':
    'The header does not say whether it can be mapped: any number is right.',
  'terminated.ivpu.metric_streamer_get_data.samples':
    'What the firmware writes, and how much of the buffer, only the device knows.',
  'unwritten.ivpu.metric_streamer_get_data.samples':
    'What the firmware writes, and how much of the buffer, only the device knows.',
  'one-less.ivpu.metric_streamer_get_data.samples':
    'What the firmware writes, and how much of the buffer, only the device knows.',
  'terminated.ivpu.metric_streamer_get_info.information':
    'What the firmware writes, and how much of the buffer, only the device knows.',
  'unwritten.ivpu.metric_streamer_get_info.information':
    'What the firmware writes, and how much of the buffer, only the device knows.',
  'one-less.ivpu.metric_streamer_get_info.information':
    'What the firmware writes, and how much of the buffer, only the device knows.',
  'drop.qaic.attach_slice_bo.channel-beyond':
    "A channel that does not exist is nobody's, with the same errno.",
  ...Object.fromEntries(
    [0, 1, 2, 3].map(index => [
      `drop.qaic.attach_slice_bo.sem${index}-presync`,
      'A presync above 1 makes more than one of them together, with the same errno.',
    ]),
  ),
  'narrow.qaic.attach_slice_bo.data-unreadable':
    'No queue is long enough for so many slices, and ENOSPC may come from the machine at any time.',
  'narrow.qaic.attach_slice_bo.empty-slice-outside':
    'A slice that begins behind its buffer is refused before, with the same errno.',
  'narrow.qaic.attach_slice_bo.presync-twice': 'Four numbers of 8 bits do not wrap.',
  'drop.qaic.detach_slice_bo.not-sliced':
    "A buffer without slices names channel 0, which is nobody's: the same errno.",
  'drop.qaic.detach_slice_bo.busy': 'When the device is done with a buffer only it knows.',
  'drop.qaic.execute_bo.not-sliced':
    "A buffer without slices names channel 0, which is nobody's: the same errno.",
  'drop.qaic.partial_execute_bo.not-sliced':
    "A buffer without slices names channel 0, which is nobody's: the same errno.",
  'drop.qaic.manage.refused-by-device': 'Whether the firmware refuses only it knows.',
  'late.qaic.manage.transactions-broken':
    'A broken list has no transactions to be counted, so that it is refused before with the same errno; an empty one does nothing.',
  'narrow.qaic.perf_stats_bo.data-unreadable': 'The count has 16 bits, so the size does not wrap.',
  'narrow.qaic.perf_stats_bo.data-unwritable': 'The count has 16 bits, so the size does not wrap.',
  'one-less.qaic.perf_stats_bo.perf-stats': 'The last byte is one of pad, which stays as it was.',
  'one-less.qaic.manage.answer':
    'What the firmware says at the end of its answer only it knows, or it is 0 as before.',
  'unset.qaic.manage.len': 'How much the firmware answers only it knows: any number is right.',
  'unset.qaic.manage.count': 'How much the firmware answers only it knows: any number is right.',
  'unset.drm.get_stats.count': 'The request has no write bit, so what a handler leaves alone is 0.',
  'unset.drm.get_stats.data': 'The request has no write bit, so what a handler leaves alone is 0.',
  'late.drm.get_cap.capability-unknown': 'After the check nothing happens for a capability that is unknown.',
  'unset.drm.get_cap.value-syncobj': 'The device has no sync objects, and 0 is stored before.',
  'unset.drm.get_cap.value-syncobj-timeline': 'The device has no sync objects, and 0 is stored before.',
  'whole.drm.version.version-date': 'The text has one byte, and a room of 0 is not written to at all.',
};
