/*
 * Mappings of watched files, and what the program writes through them. Memory of a device cannot be read through another
 * process (VM_PFNMAP: mm/gup.c, check_vma_flags), so it is mapped here as well, for as long as the program has it.
 */
#define _GNU_SOURCE
#include "recorder.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct map {
	pid_t process;
	int64_t number;
	uint64_t at, length;
	/* The memory at the last look, and a mapping of our own; shared by the processes that have the mapping. */
	unsigned char *seen;
	void *own;
};

/* Runs of changes with fewer equal bytes between them are one. */
#define GAP 16

static struct map *maps;
static unsigned int count;
static int64_t last;

static void *map_here(pid_t process, int fd, uint64_t length, uint64_t offset)
{
	int pidfd = (int)syscall(SYS_pidfd_open, process, 0), copy;
	void *own;

	if (pidfd < 0)
		return NULL;
	copy = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	close(pidfd);
	if (copy < 0)
		return NULL;
	own = mmap(NULL, length, PROT_READ, MAP_SHARED, copy, (off_t)offset);
	close(copy);
	return own == MAP_FAILED ? NULL : own;
}

static int get(const struct map *map, unsigned char *to)
{
	if (map->own) {
		memcpy(to, map->own, map->length);
		return 0;
	}
	return peek(map->process, map->at, to, map->length);
}

int64_t add_map(pid_t process, int fd, uint64_t at, uint64_t length, uint64_t offset, int shared)
{
	struct map map = { .process = process, .number = ++last, .at = at, .length = length };

	if (!shared || length > MOST_MAP) {
		warn(shared ? "writes through a mapping of more than 16 MiB" : "writes through a private mapping");
	} else {
		map.seen = malloc(length);
		if (map.seen && peek(process, at, map.seen, length)) {
			map.own = map_here(process, fd, length, offset);
			if (map.own)
				memcpy(map.seen, map.own, length);
			else {
				free(map.seen);
				map.seen = NULL;
			}
		}
		if (!map.seen)
			warn("writes through a mapping that cannot be read");
	}
	maps = realloc(maps, (count + 1) * sizeof(*maps));
	if (!maps)
		exit(126);
	maps[count++] = map;
	return map.number;
}

static void drop_at(unsigned int at, pid_t tid)
{
	struct map map = maps[at];

	maps[at] = maps[--count];
	for (unsigned int each = 0; each < count; each++)
		if (maps[each].number == map.number)
			return;
	if (map.own)
		munmap(map.own, map.length);
	free(map.seen);
	begin("munmap", map.process, tid);
	number("map", map.number);
	finish();
}

int drop_map(pid_t process, uint64_t at, uint64_t length, pid_t tid)
{
	for (unsigned int each = 0; each < count; each++) {
		if (maps[each].process != process || maps[each].at >= at + length ||
		    maps[each].at + maps[each].length <= at)
			continue;
		if (at > maps[each].at || at + length < maps[each].at + maps[each].length)
			warn("munmap of a part of a mapping");
		else
			drop_at(each--, tid);
	}
	return 0;
}

void drop_maps(pid_t process)
{
	for (unsigned int at = 0; at < count;) {
		if (maps[at].process == process)
			drop_at(at, process);
		else
			at++;
	}
}

void share_maps(pid_t parent, pid_t child)
{
	for (unsigned int at = 0, most = count; at < most; at++) {
		if (maps[at].process != parent)
			continue;
		maps = realloc(maps, (count + 1) * sizeof(*maps));
		if (!maps)
			exit(126);
		maps[count] = maps[at];
		maps[count++].process = child;
	}
}

int touches_map(pid_t process, uint64_t at, uint64_t length)
{
	for (unsigned int each = 0; each < count; each++)
		if (maps[each].process == process && maps[each].at < at + length &&
		    at < maps[each].at + maps[each].length)
			return 1;
	return 0;
}

static void tell_changes(const struct map *map, const unsigned char *now, pid_t tid)
{
	for (uint64_t at = 0; at < map->length; at++) {
		uint64_t end, equal;

		if (map->seen[at] == now[at])
			continue;
		for (end = at + 1, equal = 0; end < map->length && equal < GAP; end++)
			equal = map->seen[end] == now[end] ? equal + 1 : 0;
		end -= equal;
		begin("memory", map->process, tid);
		number("map", map->number);
		number("at", (int64_t)at);
		bytes("bytes", now + at, end - at);
		finish();
		at = end;
	}
}

void look(pid_t process, pid_t tid, int tell)
{
	for (unsigned int each = 0; each < count; each++) {
		struct map *map = &maps[each];
		unsigned char *now;

		if (map->process != process || !map->seen)
			continue;
		now = malloc(map->length);
		if (!now)
			exit(126);
		if (!get(map, now) && memcmp(now, map->seen, map->length)) {
			if (tell)
				tell_changes(map, now, tid);
			memcpy(map->seen, now, map->length);
		}
		free(now);
	}
}
