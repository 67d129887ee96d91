/** Mutants of habanalabs that no program can tell from the strict reference. */
const ALREADY = 'The operation is 0, so that clearing it changes nothing.';
const MAY_REFUSE =
  'Whether the firmware knows it only the device can tell: it may be refused with the same errno.';
const BEYOND_BAR =
  'How far the PCI BAR reaches only the device knows: any export may be refused with the same errno.';
const CLEARED = 'It is 0 then, as the call begins, and only the device knows it: any number is right.';
const PAGES = 'Addresses and sizes are whole pages, so one more changes nothing.';

export const equivalentsOfHabanalabs: Readonly<Record<string, string>> = {
  'stricter.habanalabs.memory.alloc-beyond-device':
    'As much as the device has would take the memory of the machine, so none is made.',
  'drop.habanalabs.memory.alloc-wraps':
    'It is more than the device has, and ENOMEM may come from the machine at any time.',
  'looser.habanalabs.memory.export-below': PAGES,
  'looser.habanalabs.memory.export-beyond': PAGES,
  'short-handle.habanalabs.memory.export-unknown': BEYOND_BAR,
  'stricter.habanalabs.memory.export-below': BEYOND_BAR,
  'stricter.habanalabs.memory.export-beyond': BEYOND_BAR,
  'stricter.habanalabs.memory.export-outside': BEYOND_BAR,
  'unset.habanalabs.cb.create-clears-op': ALREADY,
  'unset.habanalabs.memory.alloc-clears-op': ALREADY,
  'unset.habanalabs.memory.block': CLEARED,
  'unset.habanalabs.memory.block-bytes': CLEARED,
  'one-less.habanalabs.info.throttling': 'What its last byte tells only the device knows: any byte is right.',
  'errno.habanalabs.info.utilization-unwritable': MAY_REFUSE,
  'errno.habanalabs.info.pll-unwritable': MAY_REFUSE,
};
