/*
 * Paths: the node and its folders in sysfs are files of a folder that was made for the run; whatever is not there is the
 * kernel's.
 */

#include "supervisor.h"

#include <sys/sysmacros.h>

/* Whether a path belongs to what is served, with its place in the folder. A directory descriptor is never looked at. */
static int served(const char *path, char *place, size_t size)
{
	static const char *const folders[] = { "/dev/accel", "/sys/class/accel", "/sys/devices/platform/reference-npu", NULL };
	struct stat info;

	for (unsigned int at = 0; folders[at]; at++) {
		size_t length = strlen(folders[at]);

		if (strncmp(path, folders[at], length) == 0 && (path[length] == '/' || path[length] == '\0')) {
			snprintf(place, size, "%s%s", tree, path);
			return 1;
		}
	}
	/* Part of a folder that the kernel has too. */
	if (strncmp(path, "/sys/dev/char/", 14) && strncmp(path, "/sys/bus/platform/drivers/", 26) && strcmp(path, "/proc/devices") &&
	    strcmp(path, node))
		return 0;
	snprintf(place, size, "%s%s", tree, path);
	return lstat(place, &info) == 0;
}

static void pretend_node(struct stat *info)
{
	info->st_mode = S_IFCHR | 0666;
	info->st_rdev = makedev(major_number, minor_number);
	info->st_size = 0;
	info->st_blocks = 0;
}

/* fstat() of a served descriptor: a node, or an anonymous file of its own (fs/anon_inodes.c, drivers/dma-buf/dma-buf.c). */
static int pretend_file(int64_t number, struct stat *info)
{
	const struct served *file = served_file(number);

	if (fstat(memory, info))
		return 0;
	pretend_node(info);
	if (!file || file->kind == A_NODE)
		return 1;
	info->st_mode = S_IRUSR | S_IWUSR;
	info->st_rdev = 0;
	info->st_size = (off_t)file->size;
	info->st_ino = (ino_t)number;
	return 1;
}

/* The number in /proc/self/WHAT/N or /proc/PID/WHAT/N and whose it is; -1 for another path. */
static int number_in(const char *path, const char *what, uint32_t *pid)
{
	char form[64];
	int number, end = -1;
	unsigned int named;

	if (strncmp(path, "/proc/", 6) && strncmp(path, "/dev/fd/", 8))
		return -1;
	if (strcmp(what, "fd") == 0 && sscanf(path, "/dev/fd/%d%n", &number, &end) == 1 && end > 0 && !path[end])
		return number;
	snprintf(form, sizeof(form), "/proc/%%*[a-z-]/%s/%%d%%n", what);
	if (strncmp(path, "/proc/self/", 11) == 0 || strncmp(path, "/proc/thread-self/", 18) == 0) {
		if (sscanf(path, form, &number, &end) == 1 && end > 0 && !path[end])
			return number;
		return -1;
	}
	snprintf(form, sizeof(form), "/proc/%%u/%s/%%d%%n", what);
	if (sscanf(path, form, &named, &number, &end) != 2 || end <= 0 || path[end])
		return -1;
	*pid = named;
	return number;
}

static int give(const struct seccomp_notif *call, uint64_t address, const void *bytes, size_t length)
{
	if (!valid(call->id))
		return 0;
	int good = reach(call->pid, address, (void *)bytes, length, 1) == (ssize_t)length;

	reply(call->id, 0, good ? 0 : -EFAULT, 0);
	return 0;
}

static int give_status(const struct seccomp_notif *call, const struct stat *info, int extended, uint64_t address)
{
	if (!extended)
		return give(call, address, info, sizeof(*info));
	struct statx wide = {
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = (uint32_t)info->st_blksize,
		.stx_nlink = (uint32_t)info->st_nlink,
		.stx_uid = info->st_uid,
		.stx_gid = info->st_gid,
		.stx_mode = (uint16_t)info->st_mode,
		.stx_ino = info->st_ino,
		.stx_size = (uint64_t)info->st_size,
		.stx_blocks = (uint64_t)info->st_blocks,
		.stx_rdev_major = major(info->st_rdev),
		.stx_rdev_minor = minor(info->st_rdev),
		.stx_dev_major = major(info->st_dev),
		.stx_dev_minor = minor(info->st_dev),
	};
	return give(call, address, &wide, sizeof(wide));
}

static int status_of(const struct seccomp_notif *call, const char *place, const char *path, int follow, int extended,
		     uint64_t address)
{
	struct stat info;

	if (follow ? stat(place, &info) : lstat(place, &info)) {
		reply(call->id, 0, -errno, 0);
		return 0;
	}
	if (strcmp(path, node) == 0)
		pretend_node(&info);
	return give_status(call, &info, extended, address);
}

/* The model opens: minor is the node's, file the one that a path below /proc leads to. */
static int open_node(const struct seccomp_notif *call, struct event *event, int flags, unsigned int minor, int64_t file)
{
	describe_call(event, call, CALL_OPEN);
	event->args[0] = (uint64_t)(unsigned int)flags;
	event->args[1] = minor;
	event->args[2] = (uint64_t)file;
	return 1;
}

static int open_path(const struct seccomp_notif *call, struct event *event, const char *path, const char *place, int flags)
{
	if (strcmp(path, node) == 0 && !(flags & O_PATH))
		return open_node(call, event, flags, minor_number, 0);
	int mood = strcmp(path, "/sys/devices/platform/reference-npu/mood") == 0;
	int fd = open(place, (flags & (O_DIRECTORY | O_NOFOLLOW | O_PATH | (mood ? O_ACCMODE | O_TRUNC : 0))) | O_CLOEXEC);
	int number = fd < 0 ? -errno : 0;

	if (fd >= 0 && !mood && (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH)) {
		say("files of the device in sysfs are copies that can only be read");
		number = -EACCES;
	} else if (fd >= 0) {
		number = add(call->id, fd, flags & O_CLOEXEC, -1);
	}
	if (fd >= 0)
		close(fd);
	reply(call->id, number < 0 ? 0 : number, number < 0 ? number : 0, 0);
	return 0;
}

/* Files behind descriptors of a process, by path; and nodes that somebody else has made. */
static int open_other(const struct seccomp_notif *call, struct event *event, const char *path, int flags)
{
	uint32_t pid = call->pid;
	int fd = number_in(path, "fdinfo", &pid);
	struct stat info;
	int64_t file;

	if (fd >= 0 && (file = resolve(pid, fd, NULL)) > 0) {
		describe_call(event, call, CALL_FDINFO);
		event->args[0] = (uint64_t)fd;
		event->args[1] = (uint64_t)(unsigned int)flags;
		event->fd = fd;
		event->file = (uint64_t)file;
		return 1;
	}
	fd = number_in(path, "fd", &pid);
	if (fd >= 0 && !(flags & O_PATH) && (file = resolve(pid, fd, NULL)) > 0)
		return open_node(call, event, flags, minor_number, file);
	if (fd < 0 && path[0] == '/' && !(flags & (O_CREAT | O_DIRECTORY | O_PATH)) && stat(path, &info) == 0 &&
	    S_ISCHR(info.st_mode) && major(info.st_rdev) == major_number)
		return open_node(call, event, flags, minor(info.st_rdev), 0);
	reply(call->id, 0, 0, 1);
	return 0;
}

static int link_of(const struct seccomp_notif *call, const char *path, const char *place, int ours, uint64_t address,
		   size_t size)
{
	char target[4096];
	uint32_t pid = call->pid;
	int fd = number_in(path, "fd", &pid);
	int64_t number = fd < 0 ? 0 : resolve(pid, fd, NULL);
	ssize_t length;

	if (number > 0) {
		const struct served *file = served_file(number);
		const char *names[] = { node, "/dmabuf:", "anon_inode:sync_file", "anon_inode:syncobj_file" };

		length = snprintf(target, sizeof(target), "%s", names[file ? file->kind : A_NODE]);
	} else if (ours) {
		length = readlink(place, target, sizeof(target));
	} else {
		reply(call->id, 0, 0, 1);
		return 0;
	}
	if (length < 0) {
		reply(call->id, 0, -errno, 0);
		return 0;
	}
	if ((size_t)length > size)
		length = (ssize_t)size;
	int good = valid(call->id) && reach(call->pid, address, target, (size_t)length, 1) == length;
	reply(call->id, good ? length : 0, good ? 0 : -EFAULT, 0);
	return 0;
}

void describe_call(struct event *event, const struct seccomp_notif *call, uint32_t what)
{
	event->call = what;
	event->pid = call->pid;
	event->id = call->id;
	for (unsigned int at = 0; at < 6; at++)
		event->args[at] = call->data.args[at];
}

/* A path that is relative to one of our folders, in full. */
static void complete(uint32_t pid, int folder, char *path, size_t size)
{
	char link[64], target[4096], full[8300];
	ssize_t length;
	size_t root = strlen(tree);

	if (path[0] == '/' || path[0] == '\0' || folder < 0)
		return;
	snprintf(link, sizeof(link), "/proc/%u/fd/%d", pid, folder);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return;
	target[length] = '\0';
	if (strncmp(target, tree, root) || target[root] != '/')
		return;
	length = snprintf(full, sizeof(full), "%s/%s", target + root, path);
	if (length > 0 && (size_t)length < size)
		memcpy(path, full, (size_t)length + 1);
}

/* fstat() in its three forms. */
static int status_of_file(const struct seccomp_notif *call)
{
	const __u64 *args = call->data.args;
	int nr = call->data.nr, wide = nr == SYS_statx;
	struct stat info;
	int64_t number;

	if (nr == SYS_fstat || ((nr == SYS_newfstatat || wide) && (args[wide ? 2 : 3] & AT_EMPTY_PATH))) {
		number = resolve(call->pid, (int)args[0], NULL);
		if (number > 0 && pretend_file(number, &info))
			return give_status(call, &info, wide, nr == SYS_fstat ? args[1] : args[wide ? 4 : 2]);
	}
	reply(call->id, 0, 0, 1);
	return 0;
}

static int opening_flags(const struct seccomp_notif *call)
{
	const __u64 *args = call->data.args;
	uint64_t flags = 0;

	if (call->data.nr != SYS_openat2)
		return (int)args[call->data.nr == SYS_openat ? 2 : 1];
	reach(call->pid, args[2], &flags, sizeof(flags), 0);
	return (int)flags;
}

/* stat() of a path that leads to a served descriptor. */
static int64_t file_at(const struct seccomp_notif *call, const char *path, int follow)
{
	uint32_t pid = call->pid;
	int fd = follow ? number_in(path, "fd", &pid) : -1;

	return fd < 0 ? 0 : resolve(pid, fd, NULL);
}

int on_path(const struct seccomp_notif *call, struct event *event)
{
	const __u64 *args = call->data.args;
	char path[4096] = "", place[8192] = "";
	int nr = call->data.nr, ours, follow = 1, wide = 0, at = 1;
	uint64_t to = args[2];
	struct stat info;
	int64_t number;

#ifdef SYS_open
	if (nr == SYS_open || nr == SYS_stat || nr == SYS_lstat || nr == SYS_access || nr == SYS_readlink)
		at = 0;
#endif
	if (nr == SYS_getxattr || nr == SYS_lgetxattr || nr == SYS_listxattr || nr == SYS_llistxattr)
		at = 0;
	if (nr == SYS_fstat || !path_of(call->pid, args[at], path, sizeof(path)) || path[0] == '\0')
		return status_of_file(call);
	if (at == 1)
		complete(call->pid, (int)args[0], path, sizeof(path));
	ours = served(path, place, sizeof(place));
	switch (nr) {
#ifdef SYS_open
	case SYS_readlink:
		return link_of(call, path, place, ours, args[1], args[2]);
	case SYS_open:
#endif
	case SYS_openat:
	case SYS_openat2:
		if (!ours)
			return open_other(call, event, path, opening_flags(call));
		return open_path(call, event, path, place, opening_flags(call));
	case SYS_readlinkat:
		return link_of(call, path, place, ours, args[2], args[3]);
	case SYS_newfstatat:
		follow = !(args[3] & AT_SYMLINK_NOFOLLOW);
		break;
	case SYS_statx:
		follow = !(args[2] & AT_SYMLINK_NOFOLLOW);
		wide = 1;
		to = args[4];
		break;
#ifdef SYS_open
	case SYS_stat:
	case SYS_lstat:
		follow = nr == SYS_stat;
		to = args[1];
		break;
#endif
	default:
		/* access() in its forms; no file of ours has extended attributes. */
		if (!ours) {
			reply(call->id, 0, 0, 1);
			return 0;
		}
		int none = nr == SYS_getxattr || nr == SYS_lgetxattr ? -ENODATA : 0;

		reply(call->id, 0, lstat(place, &info) ? -errno : none, 0);
		return 0;
	}
	if (ours)
		return status_of(call, place, path, follow, wide, to);
	number = file_at(call, path, follow);
	if (number > 0 && pretend_file(number, &info))
		return give_status(call, &info, wide, to);
	reply(call->id, 0, 0, 1);
	return 0;
}
