/** Mutants of amdxdna that no program can tell from the strict reference. Much of what it tells only its device knows. */
const TOLD = 'What is told there only the device knows: any bytes are right.';
const ANY = 'Only the device knows it: any number is right.';

/** Structures whose content only the device knows. */
const OPAQUE = [
  'get_array.last-error',
  'get_array.usage-of-process',
  'get_array.all-contexts',
  'get_info.columns',
  'get_info.status',
  'get_info.clocks',
  'get_info.power-mode',
  'get_info.force-preempt',
  'get_info.frame-preempt',
  'get_info.sensors',
  'get_info.telemetry',
  'get_info.contexts',
];

const told = { unwritten: OPAQUE, 'one-less': OPAQUE, terminated: ['get_info.columns'] };

export const equivalentsOfAmdxdna: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(told).flatMap(([operator, rules]) =>
      rules.map((rule): [string, string] => [`${operator}.amdxdna.${rule}`, TOLD]),
    ),
  ),
  'unset.amdxdna.get_bo_info.foreign-offset': ANY,
  'unset.amdxdna.get_bo_info.foreign-address': ANY,
  'unset.amdxdna.get_info.telemetry-size': ANY,
  'unset.amdxdna.get_array.one-process': 'It has to be 1 when it goes in.',
  'drop.amdxdna.create_bo.heap-missing': 'Without a heap every size is beyond it, with the same errno.',
  'drop.amdxdna.create_bo.size-negative':
    'It is beyond the offsets too, and of two wrong things either errno is allowed.',
  'narrow.amdxdna.config_hwctx.cu-beyond-size':
    'There are at most 65535 compute units, so their size does not wrap.',
  'narrow.amdxdna.exec_cmd.arguments-unreadable':
    'There are at most 4095 arguments, so their size does not wrap.',
  'narrow.amdxdna.get_array.list-unwritable':
    'No more contexts are told than there are, so their size does not wrap.',
};
