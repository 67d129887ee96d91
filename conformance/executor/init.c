/*
 * Process 1 of an initramfs. Kernel parameters: accel_uapi.link=auto (the default: the virtio port named
 * accel-uapi) or =/dev/...; accel_uapi.wait=/dev/... waits for a node before HELLO. /modules.list names plain
 * .ko files in order, one a line, each with its parameters; # begins a comment. A program /run is executed instead of
 * serving a link, with the console as its output.
 */
#include "executor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PORT_NAME "accel-uapi"
/* Milliseconds to wait for a device to appear; probing under emulation takes less than two seconds. */
#define DEVICE_LIMIT 15000
#define TICK 10

static void mount_all(void)
{
	static const char *const mounts[][2] = {
		{ "proc", "/proc" }, { "sysfs", "/sys" }, { "devtmpfs", "/dev" }, { "tmpfs", "/tmp" },
		{ "debugfs", "/sys/kernel/debug" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i][1], 0755);
		/*
		 * Busy: the kernel has mounted /dev itself (CONFIG_DEVTMPFS_MOUNT). No device: it has no such file
		 * system, and only debugfs may be missing.
		 */
		if (mount(mounts[i][0], mounts[i][1], mounts[i][0], 0, NULL) && errno != EBUSY && errno != ENODEV)
			say("%s cannot be mounted: %s", mounts[i][1], strerror(errno));
	}
}

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	for (int to = 0; fd >= 0 && to < 3; to++)
		dup2(fd, to);
	if (fd > 2)
		close(fd);
}

static void load_module(char *line)
{
	char *parameters = line + strcspn(line, " \t");
	int fd;

	if (*parameters)
		*parameters++ = 0;
	fd = open(line, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		say("module %s of /modules.list cannot be opened: %s", line, strerror(errno));
	else if (syscall(SYS_finit_module, fd, parameters, 0) && errno != EEXIST)
		say("module %s cannot be loaded: %s; the kernel's lines above say why", line, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void load_modules(void)
{
	FILE *list = fopen("/modules.list", "re");
	char line[1024];

	while (list && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "#\n")] = 0;
		if (line[0])
			load_module(line);
	}
	if (list)
		fclose(list);
}

/* The value of a kernel parameter, or NULL. */
static char *parameter(const char *name)
{
	static char text[4096];
	size_t length = strlen(name);

	read_text("/proc/cmdline", text, sizeof(text));
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		if (!strncmp(word, name, length) && word[length] == '=')
			return strdup(word + length + 1);
	return NULL;
}

/* The node of the virtio port with our name; false while there is none. */
static bool find_port(char *node, size_t size)
{
	DIR *ports = opendir("/sys/class/virtio-ports");
	struct dirent *entry;
	bool found = false;

	while (ports && !found && (entry = readdir(ports))) {
		char path[400], name[64];

		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
		found = entry->d_name[0] != '.' && read_text(path, name, sizeof(name)) && !strcmp(name, PORT_NAME);
		snprintf(node, size, "/dev/%.40s", entry->d_name);
	}
	if (ports)
		closedir(ports);
	return found;
}

static bool wait_for(const char *node)
{
	for (int waited = 0; access(node, F_OK); waited += TICK) {
		if (waited >= DEVICE_LIMIT) {
			say("%s did not appear within %d seconds", node, DEVICE_LIMIT / 1000);
			return false;
		}
		usleep(TICK * 1000);
	}
	return true;
}

static noreturn void power_off(void)
{
	sync();
	/* Powering off does not wait for what a program has written to a slow console. */
	tcdrain(STDOUT_FILENO);
	reboot(RB_POWER_OFF);
	/* Without a way to power off, a restart ends an emulator that was told not to restart. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static int serve(void)
{
	char *link = parameter("accel_uapi.link"), *node = parameter("accel_uapi.wait");
	char found[64];

	if (node)
		wait_for(node);
	if (!access("/run", X_OK)) {
		execl("/run", "/run", (char *)NULL);
		fail(1, "/run cannot be executed: %s", strerror(errno));
	}
	if (link && strcmp(link, "auto"))
		return wait_for(link) ? port_serve(link) : 1;
	for (int waited = 0; !find_port(found, sizeof(found)); waited += TICK) {
		if (waited >= DEVICE_LIMIT)
			fail(1, "there is no virtio port named " PORT_NAME
				"; add one to the machine and its modules to /modules.list");
		usleep(TICK * 1000);
	}
	return wait_for(found) ? port_serve(found) : 1;
}

void init_run(void)
{
	pid_t child;
	int status;

	mount_all();
	open_console();
	load_modules();
	child = fork();
	if (child == 0)
		exit(serve());
	if (child < 0)
		say("no process could be made: %s", strerror(errno));
	/* Also takes the orphans that process 1 inherits. */
	while (child > 0 && wait(&status) != child)
		;
	power_off();
}
