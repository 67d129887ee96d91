/*
 * The memory that an argument leads to. The table has a line for each fact: `R request struct`, `S struct size`,
 * `P struct offset length-offset length-width unit fixed target stride-offset stride-width` for a pointer and
 * `D struct offset` for a descriptor; a request is its letter and number, since its size may differ.
 */
#include "recorder.h"

#include <linux/ioctl.h>

struct pointer {
	int layout, offset, length_offset, length_width;
	long long unit, fixed;
	int target, stride_offset, stride_width;
};

static struct { unsigned int request; int layout; } *requests;
static struct { int layout, offset; } *members;
static struct pointer *pointers;
static unsigned int request_count, member_count, pointer_count;
static long long sizes[4096];

static void *grow(void *list, unsigned int count, size_t each)
{
	void *more = realloc(list, (count + 1) * each);

	if (!more)
		exit(126);
	return more;
}

void read_table(const char *path)
{
	FILE *file = fopen(path, "re");
	char row[256];
	long long size;
	int index;

	if (!file) {
		fprintf(stderr, "accel-uapi record: %s cannot be read: %s\n", path, strerror(errno));
		exit(126);
	}
	while (fgets(row, sizeof(row), file)) {
		struct pointer p;
		unsigned int request;
		int offset;

		if (sscanf(row, "R %u %d", &request, &index) == 2) {
			requests = grow(requests, request_count, sizeof(*requests));
			requests[request_count].request = request;
			requests[request_count++].layout = index;
		} else if (sscanf(row, "S %d %lld", &index, &size) == 2 && index >= 0 && index < (int)ARRAY(sizes)) {
			sizes[index] = size;
		} else if (sscanf(row, "D %d %d", &index, &offset) == 2) {
			members = grow(members, member_count, sizeof(*members));
			members[member_count].layout = index;
			members[member_count++].offset = offset;
		} else if (sscanf(row, "P %d %d %d %d %lld %lld %d %d %d", &p.layout, &p.offset, &p.length_offset,
				  &p.length_width, &p.unit, &p.fixed, &p.target, &p.stride_offset, &p.stride_width) == 9) {
			pointers = grow(pointers, pointer_count, sizeof(*pointers));
			pointers[pointer_count++] = p;
		}
	}
	fclose(file);
}

static uint64_t member(const struct piece *piece, uint32_t base, int offset, int width)
{
	uint64_t value = 0;

	/* What a short argument does not give reads as zero (drivers/gpu/drm/drm_ioctl.c:911). */
	if (offset < 0 || width < 1 || width > 8 || base + (uint32_t)offset + (uint32_t)width > piece->length)
		return 0;
	memcpy(&value, piece->before + base + offset, (size_t)width);
	return value;
}

static void follow(pid_t pid, uint64_t at, uint64_t length, int layout, uint64_t stride, struct pieces *out);

static void follow_element(pid_t pid, unsigned int index, uint32_t base, int layout, struct pieces *out)
{
	for (unsigned int m = 0; m < member_count; m++) {
		const struct piece *piece = &out->of[index];

		if (members[m].layout != layout || out->descriptor_count == MOST_PIECES ||
		    base + (uint32_t)members[m].offset + 4 > piece->length)
			continue;
		out->descriptors[out->descriptor_count++] = (struct descriptor){
			.at = piece->at + base + (uint32_t)members[m].offset,
			.before = (int)(uint32_t)member(piece, base, members[m].offset, 4),
		};
	}
	for (unsigned int p = 0; p < pointer_count; p++) {
		const struct pointer *pointer = &pointers[p];
		const struct piece *piece = &out->of[index];
		uint64_t to, count, stride;

		if (pointer->layout != layout)
			continue;
		to = member(piece, base, pointer->offset, 8);
		count = pointer->length_width ? member(piece, base, pointer->length_offset, pointer->length_width) : 1;
		stride = pointer->stride_width ? member(piece, base, pointer->stride_offset, pointer->stride_width)
					       : (uint64_t)pointer->unit;
		if (!to || !count || !stride)
			continue;
		if (pointer->fixed) {
			count = (uint64_t)pointer->fixed;
			stride = 1;
		}
		if (count > MOST_PIECE || stride > MOST_PIECE || count * stride > MOST_PIECE) {
			out->cut = 1;
			continue;
		}
		follow(pid, to, count * stride, pointer->target, stride > 1 ? stride : 0, out);
	}
}

static void follow(pid_t pid, uint64_t at, uint64_t length, int layout, uint64_t stride, struct pieces *out)
{
	unsigned int index = out->count;
	unsigned char *before;

	for (unsigned int each = 0; each < out->count; each++)
		if (out->of[each].at == at && out->of[each].length >= length)
			return;
	if (index == MOST_PIECES) {
		out->cut = 1;
		return;
	}
	before = malloc(length);
	if (!before || peek(pid, at, before, length)) {
		free(before);
		return;
	}
	out->of[out->count++] = (struct piece){ at, (uint32_t)length, (uint32_t)(stride ? stride : length), layout, before };
	if (layout < 0)
		return;
	for (uint64_t base = 0; base < length; base += stride ? stride : length)
		follow_element(pid, index, (uint32_t)base, layout, out);
}

void gather(pid_t pid, uint64_t request, uint64_t argument, struct pieces *out)
{
	uint32_t size = _IOC_SIZE(request);

	out->count = out->descriptor_count = 0;
	out->cut = 0;
	if (_IOC_DIR(request) == _IOC_NONE || size == 0)
		return;
	for (unsigned int each = 0; each < request_count; each++)
		if (requests[each].request == (request & 0xffff)) {
			follow(pid, argument, size, requests[each].layout, 0, out);
			return;
		}
	follow(pid, argument, size, -1, 0, out);
}

void drop_pieces(struct pieces *pieces)
{
	for (unsigned int each = 0; each < pieces->count; each++)
		free(pieces->of[each].before);
	pieces->count = pieces->descriptor_count = 0;
}
