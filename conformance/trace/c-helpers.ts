/**
 * The C functions behind the ops that are more than one system call. A program gets those that it uses, so that no
 * compiler finds one unused. They do what docs/protocol.md says of the ops.
 */

import { ACCESS, type Helper } from './c-access.ts';

/** In an order in which each follows those that it needs. */
const HELPERS: Readonly<Record<string, Helper>> = {
  fail: {
    text: `static struct outcome fail(int error)
{
	return (struct outcome){ .ret = -1, .error = error };
}`,
  },
  ...ACCESS,
  map: {
    needs: ['fail'],
    text: `static struct outcome map(uint64_t address, uint64_t length, uint64_t protection, uint64_t flags, uint64_t fd,
			  uint64_t offset)
{
#ifdef SYS_mmap2
	unsigned long at;

	/* The unit of mmap2 is 4096 bytes whatever the page size. */
	if (offset & 4095)
		return fail(EINVAL);
	if (offset >> 44)
		return fail(EOVERFLOW);
	at = (unsigned long)syscall(SYS_mmap2, (long)address, (long)length, (long)protection, (long)flags, (long)fd,
				    (long)(offset >> 12));
	if (at == (unsigned long)-1)
		return fail(errno);
	return (struct outcome){ .ret = (int64_t)at };
#else
	int64_t at = syscall(SYS_mmap, (long)address, (long)length, (long)protection, (long)flags, (long)fd,
			     (long)offset);

	return at == -1 ? fail(errno) : (struct outcome){ .ret = at };
#endif
}`,
  },
  remap: {
    needs: ['fail'],
    text: `static struct outcome remap(uint64_t address, uint64_t old, uint64_t length, uint64_t flags)
{
	unsigned long at = (unsigned long)syscall(SYS_mremap, (long)address, (long)old, (long)length, (long)flags, 0L);

	return at == (unsigned long)-1 ? fail(errno) : (struct outcome){ .ret = (int64_t)at };
}`,
  },
  poll_one: {
    needs: ['fail'],
    text: `static struct outcome poll_one(uint64_t fd, uint64_t events, uint64_t timeout)
{
	struct pollfd item = { .fd = (int)fd, .events = (short)events };

	if (poll(&item, 1, (int)timeout) == -1)
		return fail(errno);
	return (struct outcome){ .ret = (unsigned short)item.revents };
}`,
  },
  rest: {
    text: `static struct outcome rest(uint64_t milliseconds)
{
	struct timespec left = { .tv_sec = (time_t)(milliseconds / 1000),
				 .tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
	return (struct outcome){ 0 };
}`,
  },
  now: {
    text: `static struct outcome now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct outcome){ .ret = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec };
}`,
  },
  status_of: {
    needs: ['guarded', 'fail'],
    text: `/* The same for every ABI. */
static struct {
	uint32_t mode, nlink, uid, gid, rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t ino, size;
} status;

static void give_status(void)
{
	memcpy((void *)(uintptr_t)wanted.address, &status, sizeof(status));
	wanted.number = 0;
}

static struct outcome status_of(uint64_t path, uint64_t address)
{
	struct stat found;

	if (stat((const char *)(uintptr_t)path, &found))
		return fail(errno);
	status.mode = found.st_mode;
	status.nlink = (uint32_t)found.st_nlink;
	status.uid = found.st_uid;
	status.gid = found.st_gid;
	status.rdev_major = major(found.st_rdev);
	status.rdev_minor = minor(found.st_rdev);
	status.dev_major = major(found.st_dev);
	status.dev_minor = minor(found.st_dev);
	status.ino = found.st_ino;
	status.size = (uint64_t)found.st_size;
	wanted.address = address;
	return guarded(give_status).signal ? fail(EFAULT) : (struct outcome){ 0 };
}`,
  },
  read_file: {
    needs: ['fail'],
    text: `static struct outcome read_file(uint64_t path, uint64_t address, uint64_t length)
{
	int fd = open((const char *)(uintptr_t)path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint64_t total = 0;
	int64_t got;
	int error;

	if (fd == -1)
		return fail(errno);
	do {
		got = syscall(SYS_read, fd, (long)(address + total), (long)(length - total));
		error = errno;
		if (got > 0)
			total += (uint64_t)got;
	} while (got > 0 && total < length);
	close(fd);
	return got == -1 ? fail(error) : (struct outcome){ .ret = (int64_t)total };
}`,
  },
  write_file: {
    needs: ['fail'],
    text: `static struct outcome write_file(uint64_t path, uint64_t address, uint64_t length)
{
	int fd = open((const char *)(uintptr_t)path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int64_t put;
	int error;

	if (fd == -1)
		return fail(errno);
	put = syscall(SYS_write, fd, (long)address, (long)length);
	error = errno;
	if (close(fd) && put != -1)
		return fail(errno);
	return put == -1 ? fail(error) : (struct outcome){ .ret = put };
}`,
  },
  netlink_socket: {
    needs: ['fail'],
    text: `/* With extended acks, and a port number that the kernel chooses. */
static struct outcome netlink_socket(uint64_t protocol)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, (int)protocol), one = 1, error;

	if (fd == -1)
		return fail(errno);
	if (!setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) &&
	    !bind(fd, (struct sockaddr *)&any, sizeof(any)))
		return (struct outcome){ .ret = fd };
	error = errno;
	close(fd);
	return fail(error);
}`,
  },
  join_group: {
    needs: ['fail'],
    text: `static struct outcome join_group(uint64_t fd, uint64_t group)
{
	int number = (int)group;

	if (setsockopt((int)fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)))
		return fail(errno);
	return (struct outcome){ 0 };
}`,
  },
  become: {
    needs: ['fail'],
    text: `/* No groups, one number for every id, and exactly these capabilities. */
static struct outcome become(uint64_t uid, uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };
	uid_t id = (uid_t)uid;
	int error = 0;

	if (uid >= UINT32_MAX)
		return fail(EINVAL);
	for (int i = 0; i < 2; i++)
		data[i].effective = data[i].permitted = (uint32_t)(capabilities >> 32 * i);
	/* Without this a change from user 0 to another takes all capabilities away. */
	prctl(PR_SET_KEEPCAPS, 1);
	if ((getgroups(0, NULL) && setgroups(0, NULL)) || setresgid(id, id, id) || setresuid(id, id, id) ||
	    syscall(SYS_capset, &header, data))
		error = errno;
	prctl(PR_SET_KEEPCAPS, 0);
	return error ? fail(error) : (struct outcome){ 0 };
}`,
  },
  children: {
    text: `static pid_t children[256];
static unsigned int child_count;`,
  },
  make_child: {
    needs: ['fail', 'children'],
    text: `/* A process that holds what we have, and sleeps until it is killed. */
static struct outcome make_child(void)
{
	pid_t parent = getpid(), child;

	if (child_count == sizeof(children) / sizeof(*children))
		return fail(EAGAIN);
	child = fork();
	if (child == -1)
		return fail(errno);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
		for (;;)
			pause();
	}
	children[child_count++] = child;
	return (struct outcome){ .ret = child };
}`,
  },
  end_child: {
    needs: ['fail', 'children'],
    text: `/* Waits until it is gone, so that all it held has been released. */
static struct outcome end_child(uint64_t pid, uint64_t number)
{
	for (unsigned int i = 0; i < child_count; i++) {
		if ((uint64_t)children[i] != pid)
			continue;
		if (kill(children[i], (int)number))
			return fail(errno);
		while (waitpid(children[i], NULL, 0) == -1 && errno == EINTR)
			;
		children[i] = children[--child_count];
		return (struct outcome){ 0 };
	}
	return fail(ESRCH);
}`,
  },
  repeat: {
    text: `/* Gives the rounds in which every step ended as it had before. */
static struct outcome repeat(uint64_t first, uint64_t count, uint64_t times)
{
	int64_t equal = 0;

	for (uint64_t round = 0; round < times; round++) {
		int same = 1;

		for (uint64_t i = first; i < first + count; i++) {
			struct outcome o = steps[i].run();

			same &= o.error == done[i].error && o.signal == done[i].signal;
		}
		equal += same;
	}
	return (struct outcome){ .ret = equal };
}`,
  },
};

/** The text of the named functions and of what they need, each once, in an order that compiles. */
export function helperText(names: Iterable<string>): string {
  const wanted = new Set<string>();
  const want = (name: string) => {
    wanted.add(name);
    for (const need of HELPERS[name]?.needs ?? []) want(need);
  };
  for (const name of names) want(name);
  return Object.entries(HELPERS)
    .filter(([name]) => wanted.has(name))
    .map(([, { text }]) => `${text}\n`)
    .join('\n');
}
