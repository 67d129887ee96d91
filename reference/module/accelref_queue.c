// SPDX-License-Identifier: GPL-2.0
/* Jobs of a file, one after the other, and the fences of their ends. */
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_gem.h>

#include "accelref.h"
#include "accelref_compat.h"
#include "accelref_fault.h"

static struct workqueue_struct *accelref_wq;

static struct accelref_fence *to_accelref_fence(struct dma_fence *fence)
{
	return container_of(fence, struct accelref_fence, base);
}

static const char *accelref_fence_driver_name(struct dma_fence *fence)
{
	return "accelref";
}

static const char *accelref_fence_timeline_name(struct dma_fence *fence)
{
	return to_accelref_fence(fence)->timeline;
}

static void accelref_fence_free(struct rcu_head *rcu)
{
	kfree(to_accelref_fence(container_of(rcu, struct dma_fence, rcu)));
	/* The module stays until rcu_barrier() in its exit has seen this function return. */
	module_put(THIS_MODULE);
}

static void accelref_fence_release(struct dma_fence *fence)
{
	call_rcu(&fence->rcu, accelref_fence_free);
}

static const struct dma_fence_ops accelref_fence_ops = {
	.get_driver_name = accelref_fence_driver_name,
	.get_timeline_name = accelref_fence_timeline_name,
	.release = accelref_fence_release,
};

/* Only memory: until accelref_fence_init() it is freed with kfree(). */
struct accelref_fence *accelref_fence_alloc(void)
{
	return kzalloc(sizeof(struct accelref_fence), GFP_KERNEL);
}

/* Gives the fence the next number; the caller holds the lock of the queue and pushes the job under it. */
void accelref_fence_init(struct accelref_fence *fence, struct accelref_queue *queue)
{
	lockdep_assert_held(&queue->lock);
	/* A fence may be held by anyone for any time; the caller came in by a file, so there is a reference to copy. */
	__module_get(THIS_MODULE);
	spin_lock_init(&fence->lock);
	strscpy(fence->timeline, queue->timeline, sizeof(fence->timeline));
	dma_fence_init(&fence->base, &accelref_fence_ops, &fence->lock, queue->context, ++queue->seqno);
}

static void accelref_dependency_signalled(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	struct accelref_job *job = container_of(cb, struct accelref_dependency, cb)->job;

	if (atomic_dec_and_test(&job->waiting))
		queue_work(accelref_wq, &job->queue->work);
}

/* Adds a job whose fence is initialised; it ends by itself. The caller holds the lock of the queue. */
void accelref_queue_push(struct accelref_queue *queue, struct accelref_job *job)
{
	unsigned int i;

	lockdep_assert_held(&queue->lock);
	job->queue = queue;
	list_add_tail(&job->link, &queue->jobs);
	/* One more than there are, so that a fence that signals meanwhile does not start the job too early. */
	atomic_set(&job->waiting, job->in_count + 1);
	for (i = 0; i < job->in_count; i++) {
		job->in[i].job = job;
		if (dma_fence_add_callback(job->in[i].fence, &job->in[i].cb, accelref_dependency_signalled))
			atomic_dec(&job->waiting);
	}
	if (atomic_dec_and_test(&job->waiting))
		queue_work(accelref_wq, &queue->work);
}

/* Frees a job that has ended or was never pushed; its event, if any, is not sent any more. */
void accelref_job_free(struct accelref_job *job)
{
	unsigned int i;

	for (i = 0; i < job->in_count; i++) {
		/* Takes the lock of the fence, so that no callback is still running afterwards. */
		if (job->queue)
			dma_fence_remove_callback(job->in[i].fence, &job->in[i].cb);
		dma_fence_put(job->in[i].fence);
	}
	for (i = 0; i < job->bo_count; i++)
		drm_gem_object_put(job->bos[i]);
	if (job->queue)
		dma_fence_put(&job->fence->base);
	else
		kfree(job->fence);
	kfree(job->in);
	kfree(job->bos);
	kfree(job);
}

/*
 * Frees the ended jobs. Neither under the lock of the queue nor in the work that ends jobs: the last reference to a
 * buffer takes the lock of its fences, and who holds that may be waiting for the next job.
 */
static void accelref_queue_reap(struct work_struct *work)
{
	struct accelref_queue *queue = container_of(work, struct accelref_queue, reap);
	struct accelref_job *job, *next;
	LIST_HEAD(ended);

	mutex_lock(&queue->lock);
	list_splice_init(&queue->ended, &ended);
	mutex_unlock(&queue->lock);
	list_for_each_entry_safe(job, next, &ended, link) {
		accelref_job_free(job);
		if (accelref_faulty(ACCELREF_FAULT_USE_AFTER_FREE))
			WRITE_ONCE(job->duration_ns, 0);
	}
}

static void accelref_job_end(struct accelref_job *job, int error)
{
	struct accelref_queue *queue = job->queue;

	lockdep_assert_held(&queue->lock);
	if (job->started)
		queue->busy = ktime_add(queue->busy, ktime_sub(min(ktime_get(), job->end), job->start));
	if (error)
		dma_fence_set_error(&job->fence->base, error);
	dma_fence_signal(&job->fence->base);
	if (job->event)
		accelref_event_send(queue->dev, job->event, error);
	list_move_tail(&job->link, &queue->ended);
	schedule_work(&queue->reap);
}

/* Ends and starts what is due. */
static void accelref_queue_run(struct work_struct *work)
{
	struct accelref_queue *queue = container_of(work, struct accelref_queue, work);
	struct accelref_job *job;

	mutex_lock(&queue->lock);
	while ((job = list_first_entry_or_null(&queue->jobs, struct accelref_job, link))) {
		/* The last of the fences it waits for calls us again. */
		if (!job->started && atomic_read(&job->waiting))
			break;
		if (!job->started) {
			job->started = true;
			job->start = ktime_get();
			job->end = ktime_add_ns(job->start, job->duration_ns);
		}
		if (ktime_before(ktime_get(), job->end)) {
			if (!accelref_faulty(ACCELREF_FAULT_STUCK_WAIT))
				hrtimer_start(&queue->timer, job->end, HRTIMER_MODE_ABS);
			break;
		}
		accelref_job_end(job, -(int)job->result);
	}
	mutex_unlock(&queue->lock);
}

static enum hrtimer_restart accelref_queue_timer(struct hrtimer *timer)
{
	queue_work(accelref_wq, &container_of(timer, struct accelref_queue, timer)->work);
	return HRTIMER_NORESTART;
}

/* Ends all jobs at once with the error. */
void accelref_queue_cancel(struct accelref_queue *queue, int error)
{
	struct accelref_job *job, *next;

	mutex_lock(&queue->lock);
	list_for_each_entry_safe(job, next, &queue->jobs, link)
		accelref_job_end(job, error);
	mutex_unlock(&queue->lock);
}

/* Time that jobs have run, the running one included; never goes back. */
u64 accelref_queue_busy_ns(struct accelref_queue *queue)
{
	struct accelref_job *job;
	ktime_t busy;

	mutex_lock(&queue->lock);
	busy = queue->busy;
	job = list_first_entry_or_null(&queue->jobs, struct accelref_job, link);
	if (job && job->started)
		busy = ktime_add(busy, ktime_sub(min(ktime_get(), job->end), job->start));
	mutex_unlock(&queue->lock);
	return ktime_to_ns(busy);
}

struct accelref_queue *accelref_queue_create(struct drm_device *dev, struct drm_file *file)
{
	struct accelref_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);

	if (!queue)
		return NULL;
	queue->dev = dev;
	mutex_init(&queue->lock);
	INIT_LIST_HEAD(&queue->jobs);
	INIT_LIST_HEAD(&queue->ended);
	queue->context = dma_fence_context_alloc(1);
	snprintf(queue->timeline, sizeof(queue->timeline), "client-%llu", file->client_id);
	INIT_WORK(&queue->work, accelref_queue_run);
	INIT_WORK(&queue->reap, accelref_queue_reap);
	hrtimer_setup(&queue->timer, accelref_queue_timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	return queue;
}

/* Of a queue whose jobs have all ended. */
void accelref_queue_destroy(struct accelref_queue *queue)
{
	/* In this order: freeing the jobs takes their callbacks off the fences, and those queue the work. */
	flush_work(&queue->reap);
	hrtimer_cancel(&queue->timer);
	cancel_work_sync(&queue->work);
	mutex_destroy(&queue->lock);
	kfree(queue);
}

int accelref_queue_init_module(void)
{
	/* Memory may be waiting for fences. */
	accelref_wq = alloc_workqueue("accelref", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return accelref_wq ? 0 : -ENOMEM;
}

void accelref_queue_exit_module(void)
{
	destroy_workqueue(accelref_wq);
	rcu_barrier();
}
