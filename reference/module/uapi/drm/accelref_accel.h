/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * User space API of accelref, the reference accel driver of accel-uapi.
 *
 * The device is imaginary: a job touches no memory and takes exactly as long as it was told to. What is real is
 * everything around it: buffers, fences, sync objects, events.
 */
#ifndef _ACCELREF_ACCEL_H_
#define _ACCELREF_ACCEL_H_

#include <drm/drm.h>

#if defined(__cplusplus)
extern "C" {
#endif

/**
 * DOC: Rules for all calls
 *
 * All structures have the same layout on 32-bit and 64-bit systems. A member that is called a pad must be zero, and
 * an unknown flag or command is refused; either ends with -EINVAL.
 *
 * A call on a device that has gone fails with -ENODEV before anything else is looked at. Except where it says
 * otherwise, a call that fails has changed nothing, in the kernel or in the caller's memory.
 */

/**
 * enum drm_accelref_ioctl_id - Numbers of the calls
 *
 * New calls go to the end. Use the DRM_IOCTL_ACCELREF_xxx definitions instead of these.
 */
enum drm_accelref_ioctl_id {
	/** @DRM_ACCELREF_BO_CREATE: Create a buffer object. */
	DRM_ACCELREF_BO_CREATE = 0,

	/** @DRM_ACCELREF_BO_WAIT: Wait for the jobs that write a buffer object. */
	DRM_ACCELREF_BO_WAIT,

	/** @DRM_ACCELREF_SUBMIT: Submit a job. */
	DRM_ACCELREF_SUBMIT,

	/** @DRM_ACCELREF_EVENT: Queue events on the caller's own file. */
	DRM_ACCELREF_EVENT,

	/** @DRM_ACCELREF_CONTROL: Change the device as a whole. */
	DRM_ACCELREF_CONTROL,
};

/** DRM_ACCELREF_BO_NO_MMAP - The buffer can never be mapped: mmap() of it fails with -EINVAL. */
#define DRM_ACCELREF_BO_NO_MMAP		(1 << 0)

/** DRM_ACCELREF_BO_MAX_SIZE - Largest size of a buffer object, in bytes. */
#define DRM_ACCELREF_BO_MAX_SIZE	(64 * 1024 * 1024)

/**
 * struct drm_accelref_bo_create - Create a buffer object
 *
 * The buffer is filled with zeros. Its handle is closed with DRM_IOCTL_GEM_CLOSE.
 *
 * Errors, in the order of the checks: -EINVAL for an unknown flag; -EINVAL when @size is 0 or above
 * DRM_ACCELREF_BO_MAX_SIZE; -ENOMEM.
 */
struct drm_accelref_bo_create {
	/** @size: In: wanted size in bytes. Out: the size rounded up to whole pages. */
	__u64 size;

	/** @flags: In: DRM_ACCELREF_BO_NO_MMAP or 0. */
	__u32 flags;

	/** @handle: Out: handle of the new buffer, never 0. Its value on entry is ignored. */
	__u32 handle;

	/**
	 * @offset: Out: offset to give to mmap() of the device file, or 0 with DRM_ACCELREF_BO_NO_MMAP. Its value on
	 * entry is ignored.
	 */
	__u64 offset;
};

/**
 * struct drm_accelref_bo_wait - Wait for the jobs that write a buffer object
 *
 * Waits for the write fences of the buffer: of jobs submitted with DRM_ACCELREF_SUBMIT_WRITE, and whatever others
 * attached for writing while the buffer was shared. Jobs that only read are not waited for. A job that ended with an
 * error counts as ended. When the device goes, its jobs end, and so does the wait, with success.
 *
 * Errors, in the order of the checks: -EINVAL when @pad is not 0; -ENOENT when @handle names no buffer; -ETIME when
 * a write is still pending at the deadline; -EINTR when a signal came (the call is restarted where the handler allows
 * it; the deadline does not move).
 */
struct drm_accelref_bo_wait {
	/** @handle: In: the buffer. */
	__u32 handle;

	/** @pad: In: must be zero. */
	__u32 pad;

	/** @timeout_ns: In: deadline on CLOCK_MONOTONIC; one that has passed, also 0 and below, only looks. */
	__s64 timeout_ns;
};

/**
 * struct drm_accelref_sync - A sync object, or a point of its timeline
 */
struct drm_accelref_sync {
	/** @handle: In: the sync object. */
	__u32 handle;

	/** @pad: In: must be zero. */
	__u32 pad;

	/** @point: In: point of the timeline; 0 means the fence that the sync object holds. */
	__u64 point;
};

/** DRM_ACCELREF_SUBMIT_WRITE - The job writes its buffers; without it, it reads them. */
#define DRM_ACCELREF_SUBMIT_WRITE	(1 << 0)

/** DRM_ACCELREF_SUBMIT_EVENT - Queue a &struct drm_accelref_event when the job ends. */
#define DRM_ACCELREF_SUBMIT_EVENT	(1 << 1)

/** DRM_ACCELREF_MAX_BOS - Most buffers of one job. */
#define DRM_ACCELREF_MAX_BOS		64

/** DRM_ACCELREF_MAX_SYNCS - Most sync objects on either side of one job. */
#define DRM_ACCELREF_MAX_SYNCS		64

/** DRM_ACCELREF_MAX_DURATION_NS - Longest job, in nanoseconds. */
#define DRM_ACCELREF_MAX_DURATION_NS	10000000000ULL

/** DRM_ACCELREF_MAX_RESULT - Largest error number a job can end with. */
#define DRM_ACCELREF_MAX_RESULT		133

/**
 * struct drm_accelref_submit - Submit a job
 *
 * The jobs of one open file run one after the other, in the order of submission. A job starts when the one before
 * it has ended and all fences of @syncs_in have signalled, with or without an error; it ends @duration_ns later.
 * Buffers do not order jobs.
 *
 * One fence stands for the end of the job. It is added to every buffer, for writing or reading, and put into every
 * sync object of @syncs_out, in the order of that array: with point 0 it replaces what the sync object holds,
 * otherwise it becomes that point of its timeline. The fence signals with the error @result; with -ECANCELED, at
 * once, when the file is closed before the job has ended; with -ENODEV, at once, when the device goes.
 *
 * Either all of this happens or, on failure, nothing. Errors, in the order of the checks:
 *
 * 1. -EINVAL: an unknown flag, @pad, @bo_count, @in_count, @out_count, @duration_ns, @result, then @user_data
 *    without DRM_ACCELREF_SUBMIT_EVENT
 * 2. -EFAULT: @bos, @syncs_in, @syncs_out cannot be read, in this order
 * 3. -EINVAL: a pad is not zero in @syncs_in, then in @syncs_out
 * 4. -ENOENT: a handle of @bos names no buffer
 * 5. for each of @syncs_in in turn: -ENOENT when it names no sync object, -EINVAL when it holds no fence or its
 *    timeline has not got the point yet
 * 6. -ENOENT: a handle of @syncs_out names no sync object
 * 7. -ENOMEM: no room for the event (see &struct drm_accelref_event)
 * 8. -ENOMEM: no memory, at any step; -EINTR: a signal came while the buffers were being locked
 */
struct drm_accelref_submit {
	/** @bos: In: pointer to @bo_count handles of buffers, each a __u32. Not looked at when @bo_count is 0. */
	__u64 bos;

	/**
	 * @bo_count: In: number of buffers, at most DRM_ACCELREF_MAX_BOS. A buffer that is named twice is as one that
	 * is named once.
	 */
	__u32 bo_count;

	/** @flags: In: DRM_ACCELREF_SUBMIT_WRITE, DRM_ACCELREF_SUBMIT_EVENT, both or 0. */
	__u32 flags;

	/**
	 * @syncs_in: In: pointer to @in_count &struct drm_accelref_sync that the job waits for. Not looked at when
	 * @in_count is 0.
	 */
	__u64 syncs_in;

	/** @in_count: In: at most DRM_ACCELREF_MAX_SYNCS. */
	__u32 in_count;

	/** @out_count: In: at most DRM_ACCELREF_MAX_SYNCS. */
	__u32 out_count;

	/**
	 * @syncs_out: In: pointer to @out_count &struct drm_accelref_sync that get the fence of the job. Not looked at
	 * when @out_count is 0.
	 */
	__u64 syncs_out;

	/** @duration_ns: In: how long the job takes once it has started, at most DRM_ACCELREF_MAX_DURATION_NS. */
	__u64 duration_ns;

	/** @result: In: 0, or the error number the job ends with, at most DRM_ACCELREF_MAX_RESULT. */
	__u32 result;

	/** @pad: In: must be zero. */
	__u32 pad;

	/** @user_data: In: comes back in the event; must be zero without DRM_ACCELREF_SUBMIT_EVENT. */
	__u64 user_data;
};

/** DRM_ACCELREF_EVENT_JOB - Type of the event that tells the end of a job. */
#define DRM_ACCELREF_EVENT_JOB		0x80000000

/**
 * struct drm_accelref_event - An event, as read() of the device file gives it
 *
 * The event of a job comes after its fence has signalled. A file has room for 4096 bytes of events; those of
 * pending jobs count from their submission, all others until they are read.
 */
struct drm_accelref_event {
	/** @base: Type, and the length of this structure. */
	struct drm_event base;

	/** @user_data: As given when the event was asked for. */
	__u64 user_data;

	/** @status: 0, or the negative error number that the fence of the job signalled with. */
	__s32 status;

	/** @pad: Zero. */
	__u32 pad;
};

/** DRM_ACCELREF_MAX_EVENTS - Most events of one DRM_IOCTL_ACCELREF_EVENT. */
#define DRM_ACCELREF_MAX_EVENTS		32

/**
 * struct drm_accelref_event_queue - Queue events on the caller's own file
 *
 * The events can be read at once. They have status 0, and number i (from 0) has the user data @user_data + i.
 *
 * Errors, in the order of the checks: -EINVAL when @type is below DRM_ACCELREF_EVENT_JOB; -EINVAL when @count is 0
 * or above DRM_ACCELREF_MAX_EVENTS; -ENOMEM when the room for events or the memory is used up. In the last case the
 * events before stay queued, and @count says how many they are.
 */
struct drm_accelref_event_queue {
	/** @type: In: type of the events; those of drivers begin at 0x80000000. */
	__u32 type;

	/** @count: In: number of events. Out: number of events queued, also with -ENOMEM. */
	__u32 count;

	/** @user_data: In: user data of the first event. */
	__u64 user_data;
};

/** DRM_ACCELREF_CONTROL_UNPLUG - Take the device away, as if it had been pulled out. @value must be zero. */
#define DRM_ACCELREF_CONTROL_UNPLUG	1

/**
 * struct drm_accelref_control - Change the device as a whole
 *
 * Needs CAP_SYS_ADMIN; -EACCES without it. After DRM_ACCELREF_CONTROL_UNPLUG the node is gone, all pending jobs have
 * ended with -ENODEV, and every further call on any open file fails with -ENODEV. The device comes back when its
 * parent is unbound from the driver and bound again.
 *
 * Errors, in the order of the checks: -EINVAL for an unknown @command; -EINVAL for a @value the command does not
 * allow; -ENODEV when another took the device away first.
 */
struct drm_accelref_control {
	/** @command: In: DRM_ACCELREF_CONTROL_UNPLUG. */
	__u32 command;

	/** @value: In: argument of the command. */
	__u32 value;
};

#define DRM_IOCTL_ACCELREF_BO_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_ACCELREF_BO_CREATE, struct drm_accelref_bo_create)
#define DRM_IOCTL_ACCELREF_BO_WAIT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_ACCELREF_BO_WAIT, struct drm_accelref_bo_wait)
#define DRM_IOCTL_ACCELREF_SUBMIT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_ACCELREF_SUBMIT, struct drm_accelref_submit)
#define DRM_IOCTL_ACCELREF_EVENT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_ACCELREF_EVENT, struct drm_accelref_event_queue)
#define DRM_IOCTL_ACCELREF_CONTROL \
	DRM_IOW(DRM_COMMAND_BASE + DRM_ACCELREF_CONTROL, struct drm_accelref_control)

#if defined(__cplusplus)
}
#endif

#endif /* _ACCELREF_ACCEL_H_ */
