// SPDX-License-Identifier: GPL-2.0
/* Events: those of jobs, and EVENT. */
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "accelref.h"
#include "accelref_fault.h"

/* Takes room in the file's buffer. The event is later sent, or given back with drm_event_cancel_free(). */
struct accelref_pending_event *accelref_event_reserve(struct drm_device *dev, struct drm_file *file, u32 type,
						      u64 user_data)
{
	struct accelref_pending_event *pending = kzalloc(sizeof(*pending), GFP_KERNEL);
	int ret;

	if (!pending)
		return ERR_PTR(-ENOMEM);
	BUILD_BUG_ON(offsetof(struct accelref_pending_event, base) != 0);
	pending->event.base.type = type;
	pending->event.base.length = sizeof(pending->event);
	pending->event.user_data = user_data;
	ret = drm_event_reserve_init(dev, file, &pending->base, &pending->event.base);
	if (ret) {
		kfree(pending);
		return ERR_PTR(ret);
	}
	return pending;
}

void accelref_event_send(struct drm_device *dev, struct accelref_pending_event *pending, int status)
{
	pending->event.status = status;
	if (accelref_faulty(ACCELREF_FAULT_UNINITIALISED_PAD))
		pending->event.pad = (u32)(uintptr_t)pending;
	drm_send_event(dev, &pending->base);
}

static int accelref_event_queue(struct drm_device *dev, struct drm_accelref_event_queue *args, struct drm_file *file)
{
	u32 wanted = args->count;

	if (args->type < DRM_ACCELREF_EVENT_JOB)
		return -EINVAL;
	if (!wanted || wanted > DRM_ACCELREF_MAX_EVENTS)
		return -EINVAL;

	for (args->count = 0; args->count < wanted; args->count++) {
		struct accelref_pending_event *pending;

		pending = accelref_event_reserve(dev, file, args->type, args->user_data + args->count);
		if (IS_ERR(pending))
			return PTR_ERR(pending);
		accelref_event_send(dev, pending, 0);
	}
	return 0;
}

int accelref_event_ioctl(struct drm_device *dev, void *data, struct drm_file *file)
{
	int ret, idx;

	if (!drm_dev_enter(dev, &idx))
		return -ENODEV;
	ret = accelref_event_queue(dev, data, file);
	drm_dev_exit(idx);
	return ret;
}
