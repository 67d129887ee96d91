// SPDX-License-Identifier: GPL-2.0
/* SUBMIT: everything is checked and allocated first; from then on nothing can fail. */
#include <linux/dma-fence-chain.h>
#include <linux/dma-resv.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_syncobj.h>

#include "accelref.h"
#include "accelref_fault.h"

/* A sync object that gets the fence; @chain when a point of its timeline does. */
struct accelref_out {
	struct drm_syncobj *syncobj;
	struct dma_fence_chain *chain;
	u64 point;
};

/* What the caller's arrays hold, and what they name. */
struct accelref_submission {
	u32 *handles;
	struct drm_accelref_sync *in;
	struct drm_accelref_sync *out;
	struct accelref_out *outs;
	u32 out_count;
	struct accelref_job *job;
};

static int accelref_submit_check(const struct drm_accelref_submit *args)
{
	if (args->flags & ~(DRM_ACCELREF_SUBMIT_WRITE | DRM_ACCELREF_SUBMIT_EVENT))
		return -EINVAL;
	if (args->pad)
		return -EINVAL;
	if (args->bo_count > DRM_ACCELREF_MAX_BOS)
		return -EINVAL;
	if (args->in_count > DRM_ACCELREF_MAX_SYNCS)
		return -EINVAL;
	if (args->out_count > DRM_ACCELREF_MAX_SYNCS)
		return -EINVAL;
	if (args->duration_ns > DRM_ACCELREF_MAX_DURATION_NS)
		return -EINVAL;
	if (args->result > DRM_ACCELREF_MAX_RESULT)
		return -EINVAL;
	if (args->user_data && !(args->flags & DRM_ACCELREF_SUBMIT_EVENT))
		return -EINVAL;
	return 0;
}

/* An array of the caller's, NULL when it is empty. */
static void *accelref_read_array(u64 address, u32 count, size_t size)
{
	void *array = count ? memdup_array_user(u64_to_user_ptr(address), count, size) : NULL;

	if (array == ERR_PTR(-EFAULT) && accelref_faulty(ACCELREF_FAULT_MISSING_COPY_CHECK))
		array = kcalloc(count, size, GFP_KERNEL) ?: ERR_PTR(-ENOMEM);
	return array;
}

static int accelref_submit_read(struct accelref_submission *s, const struct drm_accelref_submit *args)
{
	void *array;
	u32 i;

	array = accelref_read_array(args->bos, args->bo_count, sizeof(*s->handles));
	if (IS_ERR(array))
		return PTR_ERR(array);
	s->handles = array;
	array = accelref_read_array(args->syncs_in, args->in_count, sizeof(*s->in));
	if (IS_ERR(array))
		return PTR_ERR(array);
	s->in = array;
	array = accelref_read_array(args->syncs_out, args->out_count, sizeof(*s->out));
	if (IS_ERR(array))
		return PTR_ERR(array);
	s->out = array;

	for (i = 0; i < args->in_count; i++)
		if (s->in[i].pad)
			return -EINVAL;
	for (i = 0; i < args->out_count; i++)
		if (s->out[i].pad)
			return -EINVAL;
	return 0;
}

static int accelref_submit_alloc(struct accelref_submission *s, const struct drm_accelref_submit *args)
{
	struct accelref_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job)
		return -ENOMEM;
	s->job = job;
	job->duration_ns = args->duration_ns;
	job->result = args->result;
	job->fence = accelref_fence_alloc();
	job->bos = kcalloc(args->bo_count, sizeof(*job->bos), GFP_KERNEL);
	job->in = kcalloc(args->in_count, sizeof(*job->in), GFP_KERNEL);
	s->outs = kcalloc(args->out_count, sizeof(*s->outs), GFP_KERNEL);
	return job->fence && job->bos && job->in && s->outs ? 0 : -ENOMEM;
}

/* Two objects have the same fences when a buffer of another driver was imported twice. */
static bool accelref_job_has(const struct accelref_job *job, const struct dma_resv *resv)
{
	unsigned int i;

	for (i = 0; i < job->bo_count; i++)
		if (job->bos[i]->resv == resv)
			return true;
	return false;
}

static int accelref_find_bos(struct accelref_submission *s, u32 count, struct drm_file *file)
{
	struct accelref_job *job = s->job;
	u32 i;

	for (i = 0; i < count; i++) {
		struct drm_gem_object *obj = drm_gem_object_lookup(file, s->handles[i]);

		if (!obj)
			return -ENOENT;
		/* Their locks cannot be taken twice. */
		if (accelref_job_has(job, obj->resv))
			drm_gem_object_put(obj);
		else
			job->bos[job->bo_count++] = obj;
	}
	return 0;
}

static int accelref_find_in(struct accelref_submission *s, u32 count, struct drm_file *file)
{
	struct accelref_job *job = s->job;
	u32 i;

	for (i = 0; i < count; i++) {
		struct dma_fence *fence;
		int ret = drm_syncobj_find_fence(file, s->in[i].handle, s->in[i].point, 0, &fence);

		if (ret)
			return ret;
		job->in[job->in_count++].fence = fence;
	}
	return 0;
}

static int accelref_find_out(struct accelref_submission *s, u32 count, struct drm_file *file)
{
	u32 i;

	for (i = 0; i < count; i++) {
		struct accelref_out *out = &s->outs[i];

		out->syncobj = drm_syncobj_find(file, s->out[i].handle);
		if (!out->syncobj)
			return -ENOENT;
		s->out_count++;
		out->point = s->out[i].point;
		if (!out->point)
			continue;
		out->chain = dma_fence_chain_alloc();
		if (!out->chain)
			return -ENOMEM;
	}
	return 0;
}

/* The locks of the buffers and of the queue are held; together they give all fences one order. */
static void accelref_submit_commit(struct accelref_submission *s, struct accelref_queue *queue, u32 flags)
{
	enum dma_resv_usage usage = flags & DRM_ACCELREF_SUBMIT_WRITE ? DMA_RESV_USAGE_WRITE : DMA_RESV_USAGE_READ;
	struct accelref_job *job = s->job;
	struct dma_fence *fence = &job->fence->base;
	u32 i;

	accelref_fence_init(job->fence, queue);
	for (i = 0; i < job->bo_count; i++)
		dma_resv_add_fence(job->bos[i]->resv, fence, usage);
	for (i = 0; i < s->out_count; i++) {
		struct accelref_out *out = &s->outs[i];

		if (out->chain)
			drm_syncobj_add_point(out->syncobj, out->chain, fence, out->point);
		else
			drm_syncobj_replace_fence(out->syncobj, fence);
		/* It belongs to the timeline now. */
		out->chain = NULL;
	}
	accelref_queue_push(queue, job);
	/* The queue frees it when it has ended. */
	s->job = NULL;
}

static int accelref_submit_lock(struct accelref_job *job, struct ww_acquire_ctx *ctx)
{
	unsigned int i;
	int ret;

	ret = drm_gem_lock_reservations(job->bos, job->bo_count, ctx);
	if (ret)
		return ret;
	for (i = 0; i < job->bo_count; i++) {
		ret = dma_resv_reserve_fences(job->bos[i]->resv, 1);
		if (ret) {
			drm_gem_unlock_reservations(job->bos, job->bo_count, ctx);
			return ret;
		}
	}
	return 0;
}

static int accelref_submit_job(struct accelref_submission *s, const struct drm_accelref_submit *args,
			       struct drm_device *dev, struct drm_file *file)
{
	struct accelref_queue *queue = file->driver_priv;
	struct accelref_job *job = s->job;
	struct ww_acquire_ctx ctx;
	int ret;

	if (args->flags & DRM_ACCELREF_SUBMIT_EVENT) {
		struct accelref_pending_event *event;

		event = accelref_event_reserve(dev, file, DRM_ACCELREF_EVENT_JOB, args->user_data);
		if (IS_ERR(event))
			return PTR_ERR(event);
		job->event = event;
	}
	ret = accelref_submit_lock(job, &ctx);
	if (ret) {
		if (job->event)
			drm_event_cancel_free(dev, &job->event->base);
		return ret;
	}
	mutex_lock(&queue->lock);
	accelref_submit_commit(s, queue, args->flags);
	/* The job and its list of buffers stay until the queue is unlocked. */
	drm_gem_unlock_reservations(job->bos, job->bo_count, &ctx);
	mutex_unlock(&queue->lock);
	return 0;
}

static void accelref_submission_free(struct accelref_submission *s)
{
	u32 i;

	for (i = 0; i < s->out_count; i++) {
		dma_fence_chain_free(s->outs[i].chain);
		drm_syncobj_put(s->outs[i].syncobj);
	}
	if (s->job)
		accelref_job_free(s->job);
	kfree(s->outs);
	kfree(s->out);
	kfree(s->in);
	kfree(s->handles);
}

int accelref_submit_ioctl(struct drm_device *dev, void *data, struct drm_file *file)
{
	const struct drm_accelref_submit *args = data;
	struct accelref_submission s = {};
	int ret, idx;

	if (!drm_dev_enter(dev, &idx))
		return -ENODEV;
	ret = accelref_submit_check(args);
	if (!ret)
		ret = accelref_submit_read(&s, args);
	if (!ret)
		ret = accelref_submit_alloc(&s, args);
	if (!ret)
		ret = accelref_find_bos(&s, args->bo_count, file);
	if (!ret)
		ret = accelref_find_in(&s, args->in_count, file);
	if (!ret)
		ret = accelref_find_out(&s, args->out_count, file);
	if (!ret)
		ret = accelref_submit_job(&s, args, dev, file);
	accelref_submission_free(&s);
	if (ret == -ENOENT && accelref_faulty(ACCELREF_FAULT_LOCK_IMBALANCE))
		mutex_lock(&((struct accelref_queue *)file->driver_priv)->lock);
	drm_dev_exit(idx);
	return ret;
}
