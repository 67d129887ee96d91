// SPDX-License-Identifier: GPL-2.0
/* CONTROL; the table of calls says that it needs CAP_SYS_ADMIN. */
#include <drm/drm_drv.h>

#include "accelref.h"

static int accelref_control_unplug(struct accelref_device *adev, u32 value)
{
	if (value)
		return -EINVAL;
	return accelref_device_unplug(adev) ? 0 : -ENODEV;
}

/* Not inside drm_dev_enter(): unplugging waits for those who have entered. */
int accelref_control_ioctl(struct drm_device *dev, void *data, struct drm_file *file)
{
	const struct drm_accelref_control *args = data;

	switch (args->command) {
	case DRM_ACCELREF_CONTROL_UNPLUG:
		return accelref_control_unplug(to_accelref_device(dev), args->value);
	default:
		return -EINVAL;
	}
}
