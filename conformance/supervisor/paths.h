/*
 * Paths: the node and its folders in sysfs are files of a folder that was made for the run; whatever is not there is the
 * kernel's. Included once.
 */

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

/* The number in /proc/self/WHAT/N or /proc/PID/WHAT/N; -1 for another path. */
static int number_in(const char *path, const char *what, uint32_t pid)
{
	char form[64];
	int number, end = -1;
	unsigned int named;

	snprintf(form, sizeof(form), "/proc/self/%s/%%d%%n", what);
	if (sscanf(path, form, &number, &end) == 1 && end > 0 && !path[end])
		return number;
	snprintf(form, sizeof(form), "/proc/%%u/%s/%%d%%n", what);
	if (sscanf(path, form, &named, &number, &end) == 2 && end > 0 && !path[end] && named == pid)
		return number;
	return -1;
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

static int open_path(const struct seccomp_notif *call, struct event *event, const char *path, const char *place, int flags)
{
	if (strcmp(path, node) == 0) {
		event->call = CALL_OPEN;
		event->pid = call->pid;
		event->id = call->id;
		event->args[0] = (uint64_t)flags;
		return 1;
	}
	int fd = open(place, (flags & (O_DIRECTORY | O_NOFOLLOW | O_PATH)) | O_RDONLY | O_CLOEXEC);
	int number = fd < 0 ? -errno : (flags & O_ACCMODE) != O_RDONLY ? -EACCES : add(call->id, fd, flags & O_CLOEXEC, -1);

	if (fd >= 0)
		close(fd);
	reply(call->id, number < 0 ? 0 : number, number < 0 ? number : 0, 0);
	return 0;
}

static int link_of(const struct seccomp_notif *call, const char *path, const char *place, int ours, uint64_t address,
		   size_t size)
{
	char target[4096];
	int fd = number_in(path, "fd", call->pid);
	ssize_t length;

	if (fd >= 0 && resolve(call->pid, fd) > 0) {
		length = (ssize_t)strlen(node);
		memcpy(target, node, (size_t)length);
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

/* One of the polled descriptors is served. */
static int polls_served(const struct seccomp_notif *call)
{
	struct pollfd polled[256];
	uint64_t count = call->data.args[1];

	if (count > ARRAY(polled))
		return 0;
	if (reach(call->pid, call->data.args[0], polled, count * sizeof(polled[0]), 0) != (ssize_t)(count * sizeof(polled[0])))
		return 0;
	for (uint64_t at = 0; at < count; at++)
		if (resolve(call->pid, polled[at].fd) > 0)
			return 1;
	return 0;
}

static int on_path(const struct seccomp_notif *call, struct event *event)
{
	const __u64 *args = call->data.args;
	char path[4096] = "", place[8192] = "";
	unsigned int at = 1;
	struct stat info;
	int nr = call->data.nr, ours, fd;

#ifdef SYS_open
	if (nr == SYS_open || nr == SYS_stat || nr == SYS_lstat || nr == SYS_access || nr == SYS_readlink)
		at = 0;
	if (nr == SYS_poll && polls_served(call)) {
		describe_call(event, call, CALL_POLL);
		return 1;
	}
	if (nr == SYS_poll)
		goto leave;
#endif
	if (nr == SYS_ppoll) {
		struct timespec limit = { -1, 0 };

		if (!polls_served(call))
			goto leave;
		describe_call(event, call, CALL_POLL);
		if (args[2])
			reach(call->pid, args[2], &limit, sizeof(limit), 0);
		event->args[2] = limit.tv_sec < 0 ? UINT64_MAX : (uint64_t)(limit.tv_sec * 1000 + limit.tv_nsec / 1000000);
		return 1;
	}
	if (nr == SYS_fstat || !path_of(call->pid, args[at], path, sizeof(path)) || path[0] == '\0') {
		/* fstat() in its three forms. */
		int wide = nr == SYS_statx;

		if (nr != SYS_fstat && !((nr == SYS_newfstatat || wide) && (args[wide ? 2 : 3] & AT_EMPTY_PATH)))
			goto leave;
		if (resolve(call->pid, (int)args[0]) <= 0 || fstat(memory, &info))
			goto leave;
		pretend_node(&info);
		return give_status(call, &info, wide, nr == SYS_fstat ? args[1] : args[wide ? 4 : 2]);
	}
	ours = served(path, place, sizeof(place));
#ifdef SYS_open
	if (nr == SYS_readlink)
		return link_of(call, path, place, ours, args[1], args[2]);
#endif
	if (nr == SYS_readlinkat)
		return link_of(call, path, place, ours, args[2], args[3]);
	fd = number_in(path, "fdinfo", call->pid);
	if (fd >= 0 && resolve(call->pid, fd) > 0 && nr == SYS_openat) {
		event->call = CALL_FDINFO;
		event->pid = call->pid;
		event->id = call->id;
		event->args[0] = (uint64_t)fd;
		event->args[1] = args[2];
		return 1;
	}
	if (!ours)
		goto leave;
	switch (nr) {
	case SYS_openat:
		return open_path(call, event, path, place, (int)args[2]);
	case SYS_newfstatat:
		return status_of(call, place, path, !(args[3] & AT_SYMLINK_NOFOLLOW), 0, args[2]);
	case SYS_statx:
		return status_of(call, place, path, !(args[2] & AT_SYMLINK_NOFOLLOW), 1, args[4]);
#ifdef SYS_open
	case SYS_open:
		return open_path(call, event, path, place, (int)args[1]);
	case SYS_stat:
	case SYS_lstat:
		return status_of(call, place, path, nr == SYS_stat, 0, args[1]);
#endif
	default:
		reply(call->id, 0, stat(place, &info) ? -errno : 0, 0);
		return 0;
	}
leave:
	reply(call->id, 0, 0, 1);
	return 0;
}
