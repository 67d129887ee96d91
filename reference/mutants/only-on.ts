/** Rules of the core that programs on one driver only get to, and on which they are therefore broken. */
export const onlyOn: Readonly<Record<string, string>> = {
  // The others leave their device without marking it (drivers/gpu/drm/drm_drv.c:504, drm_dev_unplug).
  'drm.ioctl.unplugged': 'accelref',
  'drm.mmap.unplugged': 'accelref',
  // It alone has objects that it gives no dma-buf for (drivers/accel/amdxdna/amdxdna_gem.c:761).
  'drm.prime_handle_to_fd.not-exported': 'amdxdna',
};
