/** What netdevsim offers of devlink, and its files (drivers/net/netdevsim: dev.c, health.c, bus.c). */

export const NETDEVSIM_BUS = 'netdevsim';
export const NETDEVSIM_NEW = '/sys/bus/netdevsim/new_device';
export const NETDEVSIM_DEL = '/sys/bus/netdevsim/del_device';

/** Devices that are there from the start, by the number that they are made with; the third comes and goes. */
export const NETDEVSIM_STEADY = [10, 11] as const;
export const NETDEVSIM_SPARE = 12;
/** They have no ports: what devlink tells of networks is no part of this. */
export const NETDEVSIM_PORTS = 0;

export const deviceName = (id: number): string => `${NETDEVSIM_BUS}${id}`;
/** A file of its folder in debugfs. */
export const knobPath = (id: number, knob: string): string =>
  `/sys/kernel/debug/netdevsim/${deviceName(id)}/${knob}`;

/** Images below /lib/firmware with their sizes; conformance/targets/qemu puts them there. */
export const FIRMWARE_FILES: readonly (readonly [name: string, bytes: number])[] = [
  ['accel-uapi/whole.bin', 4096],
  ['accel-uapi/short.bin', 1],
  ['accel-uapi/empty.bin', 0],
];

/** The only component, with the version that it always has (nsim_dev_info_get()). */
export const COMPONENT = { name: 'fw.mgmt', version: '10.20.30' } as const;

/** NSIM_DEV_FLASH_SIZE, NSIM_DEV_FLASH_CHUNK_SIZE, and the timeout of the last step. */
export const FLASH = { size: 50_000, chunk: 1000, select: 81 } as const;

/** What a device's debugfs switches, as it is when the device is made; a reload sets the first two back. */
export const KNOBS: Readonly<Record<string, { readonly start: number; readonly bool: boolean }>> = {
  fw_update_status: { start: 1, bool: true },
  fw_update_overwrite_mask: { start: 0, bool: false },
  fw_update_flash_chunk_time_ms: { start: 100, bool: false },
  dont_allow_reload: { start: 0, bool: true },
  fail_reload: { start: 0, bool: true },
  'health/fail_recover': { start: 0, bool: true },
  'health/binary_len': { start: 16, bool: false },
};
export const RESET_BY_RELOAD = [
  'fw_update_status',
  'fw_update_overwrite_mask',
  'health/fail_recover',
  'health/binary_len',
] as const;
