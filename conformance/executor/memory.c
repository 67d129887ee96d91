/*
 * The buffers of a program: one reservation in which every buffer lies between two guard pages, and a copy of
 * each buffer that a step can change, to see what it changed.
 */
#include "executor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* The same in every run and known to the brain, so that addresses in buffers can be compared byte by byte. */
#define ARENA (sizeof(void *) == 8 ? PROTO_ARENA_64 : PROTO_ARENA_32)

static size_t page_size;

static const int PROTECTION[] = {
	[PROTO_ACCESS_READWRITE] = PROT_READ | PROT_WRITE,
	[PROTO_ACCESS_READ] = PROT_READ,
	[PROTO_ACCESS_NONE] = PROT_NONE,
	[PROTO_ACCESS_HOLE] = PROT_NONE,
};

static size_t whole_pages(size_t size)
{
	return (size + page_size - 1) / page_size * page_size;
}

static void *reserve(size_t length, int protection)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
	void *wanted = (void *)(uintptr_t)ARENA;
	void *got = mmap(wanted, length, protection, flags, -1, 0);

	/* Kernels before 4.17 take the flag for a hint. */
	if (got != MAP_FAILED && got != wanted) {
		munmap(got, length);
		errno = EEXIST;
		return MAP_FAILED;
	}
	return got;
}

const char *memory_build(struct memory *memory, const struct program *program)
{
	static char why[120];
	const unsigned char *data = program->bytes;
	unsigned char *at, *copies = NULL;
	size_t total, copied = 0;

	page_size = sysconf(_SC_PAGESIZE);
	total = page_size;
	for (uint32_t i = 0; i < program->buffer_count; i++) {
		total += whole_pages(program->buffers[i].size) + page_size;
		if (program->buffers[i].access == PROTO_ACCESS_READWRITE)
			copied += program->buffers[i].size;
	}
	memory->count = program->buffer_count;
	memory->areas = calloc(memory->count + 1, sizeof(*memory->areas));
	at = reserve(total, PROT_NONE);
	if (copied)
		copies = mmap(NULL, copied, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!memory->areas || at == MAP_FAILED || copies == MAP_FAILED)
		goto no_memory;

	at += page_size;
	for (uint32_t i = 0; i < memory->count; i++) {
		const struct proto_buffer *buffer = &program->buffers[i];
		struct area *area = &memory->areas[i];
		size_t length = whole_pages(buffer->size);

		area->pages = at;
		area->pages_length = length;
		area->size = buffer->size;
		area->access = buffer->access;
		area->base = buffer->align == PROTO_ALIGN_END ? at + length - buffer->size : at;
		at += length + page_size;
		if (area->access == PROTO_ACCESS_HOLE) {
			munmap(area->pages, length);
			continue;
		}
		if (area->access != PROTO_ACCESS_NONE || buffer->data_length)
			if (mprotect(area->pages, length, PROT_READ | PROT_WRITE))
				goto no_memory;
		memcpy(area->base, data, buffer->data_length);
		if (area->access == PROTO_ACCESS_READWRITE) {
			area->snapshot = copies;
			memcpy(copies, data, buffer->data_length);
			copies += buffer->size;
		} else if (mprotect(area->pages, length, PROTECTION[area->access])) {
			goto no_memory;
		}
		data += buffer->data_length;
	}
	return NULL;
no_memory:
	snprintf(why, sizeof(why), "there is no memory for the buffers of the program (%zu bytes): %s", total + copied,
		 strerror(errno));
	return why;
}

void memory_store(struct memory *memory, uint32_t buffer, uint32_t offset, const void *data, size_t length)
{
	struct area *area = &memory->areas[buffer];

	if (area->access != PROTO_ACCESS_READWRITE)
		mprotect(area->pages, area->pages_length, PROT_READ | PROT_WRITE);
	memcpy(area->base + offset, data, length);
	if (area->access != PROTO_ACCESS_READWRITE)
		mprotect(area->pages, area->pages_length, PROTECTION[area->access]);
	if (area->snapshot)
		memcpy(area->snapshot + offset, data, length);
}

uint64_t memory_load(struct memory *memory, uint32_t buffer, uint32_t offset, uint32_t width)
{
	struct area *area = &memory->areas[buffer];
	uint64_t number = 0;

	if (area->access == PROTO_ACCESS_NONE)
		mprotect(area->pages, area->pages_length, PROT_READ);
	memcpy(&number, area->base + offset, width);
	if (area->access == PROTO_ACCESS_NONE)
		mprotect(area->pages, area->pages_length, PROT_NONE);
	return number;
}

bool memory_contains(const struct memory *memory, uint64_t address, uint64_t length)
{
	for (uint32_t i = 0; i < memory->count; i++) {
		const struct area *area = &memory->areas[i];
		uint64_t base = (uintptr_t)area->base;

		if (address >= base && address - base <= area->size && length <= area->size - (address - base))
			return true;
	}
	return false;
}

/* Adds the changed runs of a small buffer; runs with fewer than PROTO_DIFF_GAP equal bytes between are one. */
static void add_runs(struct changes *changes, uint32_t buffer, const unsigned char *now, const unsigned char *old,
		     uint32_t size)
{
	uint32_t at = 0;

	for (;;) {
		struct proto_diff diff = { .buffer = buffer };
		uint32_t end;

		while (at < size && now[at] == old[at])
			at++;
		if (at == size)
			return;
		diff.offset = at;
		end = at + 1;
		for (at = end; at < size && at - end < PROTO_DIFF_GAP; at++)
			if (now[at] != old[at])
				end = at + 1;
		diff.length = end - diff.offset;
		at = end;
		bytes_add(&changes->diffs, &diff, sizeof(diff));
		bytes_add(&changes->data, now + diff.offset, diff.length);
	}
}

static void add_change(struct changes *changes, uint32_t index, struct area *area)
{
	/* Large buffers: skip equal pages, so that only what changed is copied. */
	if (area->size <= PROTO_DIFF_LIMIT) {
		unsigned char now[PROTO_DIFF_LIMIT];

		/* A copy first: a device may still be writing, and the runs must agree with their bytes. */
		memcpy(now, area->base, area->size);
		add_runs(changes, index, now, area->snapshot, area->size);
		memcpy(area->snapshot, now, area->size);
	} else {
		struct proto_hash hash = { .buffer = index };

		for (size_t at = 0; at < area->size; at += page_size) {
			size_t length = area->size - at < page_size ? area->size - at : page_size;

			if (memcmp(area->base + at, area->snapshot + at, length))
				memcpy(area->snapshot + at, area->base + at, length);
		}
		hash.crc32 = crc32(area->snapshot, area->size);
		bytes_add(&changes->hashes, &hash, sizeof(hash));
	}
}

void memory_changes(struct memory *memory, struct changes *changes, const struct owners *owners, uint8_t lane)
{
	/* Volatile: changed between sigsetjmp and the jump. */
	volatile uint32_t index = 0;

	changes->diffs.length = changes->hashes.length = changes->data.length = 0;
	/* A step may have unmapped a buffer or mapped something over it; such a buffer is not reported again. */
	if (fault_guard())
		memory->areas[index++].snapshot = NULL;
	for (; index < memory->count; index++) {
		struct area *area = &memory->areas[index];

		if (owners && owners->buffers[index] != lane)
			continue;
		fault_armed = 1;
		if (area->snapshot && memcmp(area->base, area->snapshot, area->size))
			add_change(changes, index, area);
	}
	fault_disarm();
}
