/* Ops that need several system calls: the state of files, directories and processes. */
#include "executor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct outcome op_stat(uint64_t path, uint64_t address)
{
	struct file_status status = { 0 };
	struct stat found;

	if (stat((const char *)(uintptr_t)path, &found))
		return outcome_of(-1);
	status.mode = found.st_mode;
	status.nlink = found.st_nlink;
	status.uid = found.st_uid;
	status.gid = found.st_gid;
	status.rdev_major = major(found.st_rdev);
	status.rdev_minor = minor(found.st_rdev);
	status.dev_major = major(found.st_dev);
	status.dev_minor = minor(found.st_dev);
	status.ino = found.st_ino;
	status.size = found.st_size;
	return fault_copy(address, &status, sizeof(status)) ? outcome_of(0) : outcome_error(EFAULT);
}

/* Opens for our own use, so that the descriptor numbers a program sees do not depend on it. */
static int open_path(uint64_t path, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC | O_NOCTTY, 0);
}

struct outcome op_readfile(uint64_t path, uint64_t address, uint64_t length)
{
	int fd = open_path(path, O_RDONLY | O_LARGEFILE);
	struct outcome outcome = outcome_of(fd);
	uint64_t total = 0;

	if (fd == -1)
		return outcome;
	do {
		outcome = outcome_of(syscall(SYS_read, fd, (long)(address + total), (long)(length - total)));
		if (outcome.ret > 0)
			total += outcome.ret;
	} while (outcome.ret > 0 && total < length);
	close(fd);
	return outcome.ret == -1 ? outcome : outcome_of(total);
}

struct outcome op_writefile(uint64_t path, uint64_t address, uint64_t length)
{
	int fd = open_path(path, O_WRONLY | O_LARGEFILE);
	struct outcome outcome = outcome_of(fd);

	if (fd == -1)
		return outcome;
	outcome = outcome_of(syscall(SYS_write, fd, (long)address, (long)length));
	return close(fd) && outcome.ret != -1 ? outcome_of(-1) : outcome;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

struct outcome op_listdir(uint64_t path, uint64_t address, uint64_t length)
{
	struct bytes text = { 0 };
	char **names = NULL;
	size_t count = 0;
	int fd = open_path(path, O_RDONLY | O_DIRECTORY), error = 0;
	struct dirent *entry;
	DIR *directory;

	if (fd == -1)
		return outcome_of(-1);
	directory = fdopendir(fd);
	if (!directory) {
		error = errno;
		close(fd);
		return outcome_error(error);
	}
	while (errno = 0, (entry = readdir(directory))) {
		char **more;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		more = realloc(names, (count + 1) * sizeof(*names));
		if (!more || !(more[count] = strdup(entry->d_name))) {
			names = more ? more : names;
			errno = ENOMEM;
			break;
		}
		names = more;
		count++;
	}
	error = errno;
	closedir(directory);
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		bytes_add(&text, names[i], strlen(names[i]) + 1);
		free(names[i]);
	}
	free(names);
	if (!error && text.length > length)
		error = ERANGE;
	if (!error && !fault_copy(address, text.data, text.length))
		error = EFAULT;
	free(text.data);
	return error ? outcome_error(error) : outcome_of(text.length);
}

/* Whether a process has a descriptor of the character device. */
static bool holds(const char *process, dev_t device)
{
	char path[300];
	struct dirent *entry;
	bool found = false;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%s/fd", process);
	directory = opendir(path);
	if (!directory)
		return false;
	while (!found && (entry = readdir(directory))) {
		struct stat file;

		/* Following the link of a descriptor looks at the open file and opens nothing. */
		found = !fstatat(dirfd(directory), entry->d_name, &file, 0) && S_ISCHR(file.st_mode) &&
			file.st_rdev == device;
	}
	closedir(directory);
	return found;
}

struct outcome op_holders(uint32_t major_number, uint32_t minor_number)
{
	dev_t device = makedev(major_number, minor_number);
	struct dirent *entry;
	int64_t count = 0;
	DIR *directory = opendir("/proc");

	if (!directory)
		return outcome_of(-1);
	while ((entry = readdir(directory))) {
		pid_t process = atoi(entry->d_name);

		/* The session of the worker is the worker and what it forked. */
		if (process > 0 && getsid(process) != getsid(0) && process != getppid())
			count += holds(entry->d_name, device);
	}
	closedir(directory);
	return outcome_of(count);
}
