// SPDX-License-Identifier: GPL-2.0
/* Buffers: BO_CREATE and BO_WAIT. */
#include <linux/dma-resv.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_utils.h>
#include <drm/drm_vma_manager.h>

#include "accelref.h"
#include "accelref_fault.h"

static int accelref_bo_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	if (to_accelref_bo(obj)->flags & DRM_ACCELREF_BO_NO_MMAP)
		return -EINVAL;
	return drm_gem_shmem_object_mmap(obj, vma);
}

static const struct drm_gem_object_funcs accelref_bo_funcs = {
	.free = drm_gem_shmem_object_free,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = accelref_bo_mmap,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

/* Also makes the objects of imported buffers. */
struct drm_gem_object *accelref_gem_create_object(struct drm_device *dev, size_t size)
{
	struct accelref_bo *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return ERR_PTR(-ENOMEM);
	/* The helper frees the buffer by the address of its own part. */
	BUILD_BUG_ON(offsetof(struct accelref_bo, base) != 0);
	bo->base.base.funcs = &accelref_bo_funcs;
	return &bo->base.base;
}

static int accelref_bo_create(struct drm_device *dev, struct drm_accelref_bo_create *args, struct drm_file *file)
{
	struct drm_gem_shmem_object *shmem;
	struct drm_gem_object *obj;
	u32 handle;
	int ret;

	if (args->flags & ~DRM_ACCELREF_BO_NO_MMAP)
		return -EINVAL;
	if (!args->size || args->size > DRM_ACCELREF_BO_MAX_SIZE)
		return -EINVAL;

	shmem = drm_gem_shmem_create(dev, args->size);
	if (IS_ERR(shmem))
		return PTR_ERR(shmem);
	obj = &shmem->base;
	to_accelref_bo(obj)->flags = args->flags;

	ret = drm_gem_handle_create(file, obj, &handle);
	if (!ret) {
		args->size = obj->size;
		args->handle = handle;
		args->offset = args->flags & DRM_ACCELREF_BO_NO_MMAP ? 0 : drm_vma_node_offset_addr(&obj->vma_node);
	}
	if (!ret && accelref_faulty(ACCELREF_FAULT_MMAP_RANGE)) {
		drm_gem_free_mmap_offset(obj);
		ret = drm_gem_create_mmap_offset_size(obj, obj->size + PAGE_SIZE);
		if (!ret && args->offset)
			args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	}
	/* The handle has its own reference. */
	if (ret || !accelref_faulty(ACCELREF_FAULT_LEAK))
		drm_gem_object_put(obj);
	return ret;
}

int accelref_bo_create_ioctl(struct drm_device *dev, void *data, struct drm_file *file)
{
	int ret, idx;

	if (!drm_dev_enter(dev, &idx))
		return -ENODEV;
	ret = accelref_bo_create(dev, data, file);
	drm_dev_exit(idx);
	return ret;
}

int accelref_bo_wait_ioctl(struct drm_device *dev, void *data, struct drm_file *file)
{
	const struct drm_accelref_bo_wait *args = data;
	struct drm_gem_object *obj;
	long left;
	int idx;

	/* Only the checks are inside: unplugging waits for those who have entered. */
	if (!drm_dev_enter(dev, &idx))
		return -ENODEV;
	obj = args->pad ? ERR_PTR(-EINVAL) : drm_gem_object_lookup(file, args->handle);
	drm_dev_exit(idx);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (!obj)
		return accelref_faulty(ACCELREF_FAULT_WRONG_ERRNO) ? -EINVAL : -ENOENT;

	/* A late tick lets a time in jiffies end before the deadline. */
	do {
		left = dma_resv_wait_timeout(obj->resv, DMA_RESV_USAGE_WRITE, true,
					     drm_timeout_abs_to_jiffies(args->timeout_ns));
	} while (!left && ktime_before(ktime_get(), ns_to_ktime(args->timeout_ns)));
	drm_gem_object_put(obj);
	if (accelref_faulty(ACCELREF_FAULT_DOUBLE_RELEASE))
		drm_gem_object_put(obj);
	if (left < 0)
		return left;
	return left ? 0 : -ETIME;
}
