/*
 * Every descriptor that is served is an open file description of one memfd. It carries a lock on the byte that is its
 * number: /proc/PID/fdinfo tells the lock, so that a descriptor is known wherever it was passed to, and the kernel drops
 * the lock with the last descriptor and the last mapping (fs/locks.c: locks_remove_file).
 */
#include "supervisor.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

static int made = -1;
static struct served files[MOST_FILES];
static unsigned int file_count;
uint64_t gone[MOST_FILES];

/* The number of a served file and its flags, 0 for another file, -1 where nothing is open. */
int64_t resolve(uint32_t pid, int fd, uint32_t *flags)
{
	char path[64], text[2048];
	struct stat info;
	const char *lock, *said;
	long long number;

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, fd);
	if (stat(path, &info))
		return errno == ENOENT ? -1 : 0;
	if (info.st_dev != memory_dev || info.st_ino != memory_ino)
		return 0;
	snprintf(path, sizeof(path), "/proc/%u/fdinfo/%d", pid, fd);
	int told = open(path, O_RDONLY | O_CLOEXEC);
	if (told < 0)
		return -1;
	ssize_t n = read(told, text, sizeof(text) - 1);
	close(told);
	text[n > 0 ? n : 0] = '\0';
	lock = strstr(text, "lock:");
	/* lock: 1: OFDLCK ADVISORY WRITE -1 00:01:1234 5 5 */
	if (!lock || sscanf(lock, "lock: %*d: %*s %*s %*s %*d %*s %lld", &number) != 1)
		return 0;
	said = strstr(text, "flags:");
	if (flags && (!said || sscanf(said, "flags: %o", flags) != 1))
		*flags = 0;
	return number;
}

const struct served *served_file(int64_t number)
{
	for (unsigned int at = 0; number > 0 && at < file_count; at++)
		if (files[at].number == (uint64_t)number)
			return &files[at];
	return NULL;
}

void set_kind(uint64_t number, uint32_t kind, uint64_t size)
{
	for (unsigned int at = 0; at < file_count; at++)
		if (files[at].number == number)
			files[at] = (struct served){ number, size, kind };
}

int add(uint64_t id, int fd, int close_on_exec, int64_t at)
{
	struct seccomp_notif_addfd addfd = {
		.id = id,
		.srcfd = (uint32_t)fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};

	if (at >= 0) {
		addfd.flags = SECCOMP_ADDFD_FLAG_SETFD;
		addfd.newfd = (uint32_t)at;
	}
	int number = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);
	return number < 0 ? -errno : number;
}

static int is_gone(uint64_t number)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1 };

	return fcntl(memory, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

unsigned int sweep(void)
{
	unsigned int count = 0;

	for (unsigned int at = 0; at < file_count;) {
		if (is_gone(files[at].number)) {
			gone[count++] = files[at].number;
			files[at] = files[--file_count];
		} else {
			at++;
		}
	}
	return count;
}

/*
 * A new open file description with a number, in the client at once: c has O_CLOEXEC and the flags of the file. A file
 * that is only read can only hold a lock to read; is_gone() looks for either.
 */
int64_t install(const struct command *command)
{
	if (command->d != UINT64_MAX)
		return made < 0 ? -EBADF : add(command->a, made, (command->c & O_CLOEXEC) != 0, (int64_t)command->d);
	char path[64];
	int flags = (int)command->c & (O_ACCMODE | O_NONBLOCK);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)command->b, .l_len = 1 };

	if ((flags & O_ACCMODE) == O_RDONLY)
		lock.l_type = F_RDLCK;
	if (file_count == MOST_FILES)
		return -ENFILE;
	if (made >= 0)
		close(made);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	made = open(path, flags | O_CLOEXEC);
	if (made < 0)
		return -errno;
	if (fcntl(made, F_OFD_SETLK, &lock))
		return -errno;
	int64_t number = add(command->a, made, (command->c & O_CLOEXEC) != 0, -1);
	if (number >= 0)
		files[file_count++] = (struct served){ .number = command->b };
	return number;
}

int64_t text(const struct command *command, const char *bytes)
{
	int fd = memfd_create("accel-uapi-text", MFD_CLOEXEC);
	int64_t number;

	if (fd < 0)
		return -errno;
	if (whole(fd, (void *)bytes, command->length, 1) || lseek(fd, 0, SEEK_SET))
		number = -errno;
	else
		number = add(command->a, fd, (int)command->b, -1);
	close(fd);
	return number;
}

/* The call is over: its file is the client's alone. */
void installed(void)
{
	if (made >= 0)
		close(made);
	made = -1;
}

/* Those that were found gone and not told are found again. */
void not_told(unsigned int from, unsigned int to)
{
	while (from < to)
		files[file_count++] = (struct served){ .number = gone[from++] };
}

int served_any(void)
{
	return file_count > 0;
}
