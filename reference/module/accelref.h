/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ACCELREF_H
#define ACCELREF_H

#include <linux/dma-fence.h>
#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include <drm/accelref_accel.h>
#include <drm/drm_device.h>
#include <drm/drm_file.h>
#include <drm/drm_gem_shmem_helper.h>

/**
 * struct accelref_device - One imaginary device
 */
struct accelref_device {
	/** @base: The DRM device. */
	struct drm_device base;
	/** @unplug_lock: Lets only one of CONTROL and unbinding take the device away. */
	struct mutex unplug_lock;
	/** @gone: The device was taken away; protected by @unplug_lock. */
	bool gone;
};

#define to_accelref_device(dev) container_of(dev, struct accelref_device, base)

/**
 * struct accelref_bo - A buffer
 */
struct accelref_bo {
	/** @base: Memory of the buffer. */
	struct drm_gem_shmem_object base;
	/** @flags: DRM_ACCELREF_BO_xxx */
	u32 flags;
};

#define to_accelref_bo(obj) container_of(to_drm_gem_shmem_obj(obj), struct accelref_bo, base)

/**
 * struct accelref_pending_event - An event that has its room in the file's buffer but is not sent yet
 */
struct accelref_pending_event {
	/** @base: Must be first: the DRM core frees the event by this pointer. */
	struct drm_pending_event base;
	/** @event: What read() will give. */
	struct drm_accelref_event event;
};

/**
 * struct accelref_fence - Stands for the end of a job; may outlive job, file and device, but not the module
 */
struct accelref_fence {
	/** @base: The fence. */
	struct dma_fence base;
	/** @lock: Lock of the fence, its own because the fence may outlive everything else. */
	spinlock_t lock;
	/** @timeline: Name of the timeline. */
	char timeline[32];
};

struct accelref_job;

/**
 * struct accelref_dependency - A fence that a job waits for
 */
struct accelref_dependency {
	/** @cb: Callback on @fence. */
	struct dma_fence_cb cb;
	/** @fence: The fence. */
	struct dma_fence *fence;
	/** @job: The job that waits. */
	struct accelref_job *job;
};

/**
 * struct accelref_job - A job, from its submission to its end
 */
struct accelref_job {
	/** @link: Entry in one of the lists of the queue. */
	struct list_head link;
	/** @queue: The queue it runs in. */
	struct accelref_queue *queue;
	/** @fence: Fence of its end. */
	struct accelref_fence *fence;
	/** @event: Event to send at the end, or NULL. */
	struct accelref_pending_event *event;
	/** @bos: Buffers, no two with the same fences. */
	struct drm_gem_object **bos;
	/** @bo_count: Number of @bos. */
	unsigned int bo_count;
	/** @in: Fences to wait for. */
	struct accelref_dependency *in;
	/** @in_count: Number of @in. */
	unsigned int in_count;
	/** @waiting: Fences of @in that have not signalled. */
	atomic_t waiting;
	/** @duration_ns: How long it runs. */
	u64 duration_ns;
	/** @result: Positive error number, or 0. */
	u32 result;
	/** @started: It runs; @start and @end are set. */
	bool started;
	/** @start: When it started. */
	ktime_t start;
	/** @end: When it ends. */
	ktime_t end;
};

/**
 * struct accelref_queue - The jobs of one open file
 */
struct accelref_queue {
	/** @dev: The device. */
	struct drm_device *dev;
	/** @lock: Protects the members below; no memory is allocated under it, fences signal under it. */
	struct mutex lock;
	/** @jobs: Jobs that have not ended, oldest first. */
	struct list_head jobs;
	/** @ended: Jobs that have ended and are to be freed. */
	struct list_head ended;
	/** @context: Context of the fences. */
	u64 context;
	/** @seqno: Number of the last fence. */
	u64 seqno;
	/** @busy: Time that ended jobs ran. */
	ktime_t busy;
	/** @timeline: Name of the timeline of the fences. */
	char timeline[32];
	/** @work: Starts and ends jobs. */
	struct work_struct work;
	/** @reap: Frees ended jobs. */
	struct work_struct reap;
	/** @timer: Queues @work when the running job is to end. */
	struct hrtimer timer;
};

/* accelref_drv.c */
bool accelref_device_unplug(struct accelref_device *adev);

/* accelref_bo.c */
struct drm_gem_object *accelref_gem_create_object(struct drm_device *dev, size_t size);
int accelref_bo_create_ioctl(struct drm_device *dev, void *data, struct drm_file *file);
int accelref_bo_wait_ioctl(struct drm_device *dev, void *data, struct drm_file *file);

/* accelref_queue.c */
int accelref_queue_init_module(void);
void accelref_queue_exit_module(void);
struct accelref_queue *accelref_queue_create(struct drm_device *dev, struct drm_file *file);
void accelref_queue_cancel(struct accelref_queue *queue, int error);
void accelref_queue_destroy(struct accelref_queue *queue);
u64 accelref_queue_busy_ns(struct accelref_queue *queue);
struct accelref_fence *accelref_fence_alloc(void);
void accelref_fence_init(struct accelref_fence *fence, struct accelref_queue *queue);
void accelref_queue_push(struct accelref_queue *queue, struct accelref_job *job);
void accelref_job_free(struct accelref_job *job);

/* accelref_submit.c */
int accelref_submit_ioctl(struct drm_device *dev, void *data, struct drm_file *file);

/* accelref_event.c */
struct accelref_pending_event *accelref_event_reserve(struct drm_device *dev, struct drm_file *file, u32 type,
						      u64 user_data);
void accelref_event_send(struct drm_device *dev, struct accelref_pending_event *event, int status);
int accelref_event_ioctl(struct drm_device *dev, void *data, struct drm_file *file);

/* accelref_control.c */
int accelref_control_ioctl(struct drm_device *dev, void *data, struct drm_file *file);

#endif
