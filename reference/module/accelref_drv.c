// SPDX-License-Identifier: GPL-2.0
/* The driver: its devices, files and table of calls. */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "accelref.h"
#include "accelref_compat.h"
#include "accelref_fault.h"

#define ACCELREF_NAME "accelref"
#define ACCELREF_MAX_DEVICES 16

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "Number of devices (0 to 16, default 1)");

static int accelref_open(struct drm_device *dev, struct drm_file *file)
{
	struct accelref_queue *queue = accelref_queue_create(dev, file);

	if (!queue)
		return -ENOMEM;
	file->driver_priv = queue;
	return 0;
}

static void accelref_postclose(struct drm_device *dev, struct drm_file *file)
{
	struct accelref_queue *queue = file->driver_priv;

	accelref_queue_cancel(queue, -ECANCELED);
	accelref_queue_destroy(queue);
}

static void accelref_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	drm_printf(p, "drm-engine-job:\t%llu ns\n", accelref_queue_busy_ns(file->driver_priv));
	drm_show_memory_stats(p, file);
}

static struct drm_ioctl_desc accelref_ioctls[] = {
	DRM_IOCTL_DEF_DRV(ACCELREF_BO_CREATE, accelref_bo_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(ACCELREF_BO_WAIT, accelref_bo_wait_ioctl, 0),
	DRM_IOCTL_DEF_DRV(ACCELREF_SUBMIT, accelref_submit_ioctl, 0),
	DRM_IOCTL_DEF_DRV(ACCELREF_EVENT, accelref_event_ioctl, 0),
	DRM_IOCTL_DEF_DRV(ACCELREF_CONTROL, accelref_control_ioctl, DRM_ROOT_ONLY),
};

static const struct file_operations accelref_fops = {
	.owner = THIS_MODULE,
	DRM_ACCEL_FOPS,
	.show_fdinfo = drm_show_fdinfo,
};

static const struct drm_driver accelref_drm_driver = {
	.driver_features = DRIVER_GEM | DRIVER_COMPUTE_ACCEL | DRIVER_SYNCOBJ | DRIVER_SYNCOBJ_TIMELINE,
	.open = accelref_open,
	.postclose = accelref_postclose,
	.gem_create_object = accelref_gem_create_object,
	.gem_prime_import_sg_table = drm_gem_shmem_prime_import_sg_table,
	.show_fdinfo = accelref_show_fdinfo,
	.ioctls = accelref_ioctls,
	.num_ioctls = ARRAY_SIZE(accelref_ioctls),
	.fops = &accelref_fops,
	.name = ACCELREF_NAME,
	.desc = "Reference accel driver",
	ACCELREF_DATE
	.major = 1,
	.minor = 0,
	.patchlevel = 0,
};

/*
 * Takes the device away; all jobs have ended when it returns. False when it was gone before. Not to be called inside
 * drm_dev_enter(), which unplugging waits for.
 */
bool accelref_device_unplug(struct accelref_device *adev)
{
	struct drm_file *file;
	bool present;

	mutex_lock(&adev->unplug_lock);
	present = !adev->gone;
	if (present) {
		adev->gone = true;
		drm_dev_unplug(&adev->base);
		/* SUBMIT works inside drm_dev_enter(), so from here on no job is added. */
		mutex_lock(&adev->base.filelist_mutex);
		list_for_each_entry(file, &adev->base.filelist, lhead)
			accelref_queue_cancel(file->driver_priv, -ENODEV);
		mutex_unlock(&adev->base.filelist_mutex);
	}
	mutex_unlock(&adev->unplug_lock);
	return present;
}

static int accelref_probe(struct platform_device *pdev)
{
	struct accelref_device *adev;
	int ret;

	/* Shared buffers of other drivers are mapped for this device. */
	ret = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	adev = devm_drm_dev_alloc(&pdev->dev, &accelref_drm_driver, struct accelref_device, base);
	if (IS_ERR(adev))
		return PTR_ERR(adev);
	ret = drmm_mutex_init(&adev->base, &adev->unplug_lock);
	if (ret)
		return ret;
	platform_set_drvdata(pdev, adev);
	return drm_dev_register(&adev->base, 0);
}

static void accelref_remove(struct platform_device *pdev)
{
	accelref_device_unplug(platform_get_drvdata(pdev));
}

static struct platform_driver accelref_platform_driver = {
	.probe = accelref_probe,
	.remove = accelref_remove,
	.driver = { .name = ACCELREF_NAME },
};

static struct platform_device *accelref_devices[ACCELREF_MAX_DEVICES];

static void accelref_unregister_devices(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(accelref_devices); i++)
		platform_device_unregister(accelref_devices[i]);
}

static int __init accelref_init(void)
{
	unsigned int i;
	int ret;

	if (devices > ARRAY_SIZE(accelref_devices))
		return -EINVAL;
	ret = accelref_fault_init_module();
	if (ret)
		return ret;
	if (accelref_faulty(ACCELREF_FAULT_MISSING_PRIVILEGE))
		accelref_ioctls[DRM_ACCELREF_CONTROL].flags = 0;
	ret = accelref_queue_init_module();
	if (ret)
		return ret;
	ret = platform_driver_register(&accelref_platform_driver);
	if (ret)
		goto err_queue;
	for (i = 0; i < devices; i++) {
		struct platform_device *pdev = platform_device_register_simple(ACCELREF_NAME, i, NULL, 0);

		if (IS_ERR(pdev)) {
			ret = PTR_ERR(pdev);
			goto err_devices;
		}
		accelref_devices[i] = pdev;
	}
	return 0;

err_devices:
	accelref_unregister_devices();
	platform_driver_unregister(&accelref_platform_driver);
err_queue:
	accelref_queue_exit_module();
	return ret;
}
module_init(accelref_init);

static void __exit accelref_exit(void)
{
	accelref_unregister_devices();
	platform_driver_unregister(&accelref_platform_driver);
	accelref_queue_exit_module();
}
module_exit(accelref_exit);

MODULE_DESCRIPTION("Reference accel driver");
MODULE_LICENSE("GPL");
