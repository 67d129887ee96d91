/* Checks a PROGRAM before anything of it runs: every count, index and width. */
#include "executor.h"

#include <stdio.h>

static char sentence[160];

#define refuse(...) (snprintf(sentence, sizeof(sentence), __VA_ARGS__), sentence)

static const unsigned char op_arguments[] = { PROTO_OP_ARGUMENTS };
#define OP_COUNT (sizeof(op_arguments) / sizeof(op_arguments[0]))

static bool is_width(uint32_t width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

static const char *check_value(const struct program *program, const struct proto_argument *value)
{
	switch (value->kind) {
	case PROTO_VALUE_CONST:
		return NULL;
	case PROTO_VALUE_SLOT:
		if (value->index >= program->slots)
			return refuse("a value names slot %u of %u", value->index, program->slots);
		if (value->shift > 63)
			return refuse("a value shifts by %u; at most 63 is possible", value->shift);
		return NULL;
	case PROTO_VALUE_ADDRESS:
		if (value->index >= program->buffer_count)
			return refuse("a value names buffer %u of %u", value->index, program->buffer_count);
		return NULL;
	default:
		return refuse("a value has unknown kind %u", value->kind);
	}
}

/* A range of a buffer that fills, patches or captures use. */
static const char *check_range(const struct program *program, uint32_t buffer, uint32_t offset, uint32_t length)
{
	const struct proto_buffer *found;

	if (buffer >= program->buffer_count)
		return refuse("a step uses buffer %u of %u", buffer, program->buffer_count);
	found = &program->buffers[buffer];
	if (found->access == PROTO_ACCESS_HOLE)
		return refuse("a step fills, patches or captures buffer %u, which is a hole", buffer);
	if (offset > found->size || length > found->size - offset)
		return refuse("bytes %u to %llu are outside of buffer %u, which has %u", offset,
			      (unsigned long long)offset + length, buffer, found->size);
	return NULL;
}

static const char *check_buffers(const struct program *program, uint64_t *pool)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < program->buffer_count; i++) {
		const struct proto_buffer *buffer = &program->buffers[i];

		if (!buffer->size)
			return refuse("buffer %u has no bytes", i);
		if (buffer->data_length > buffer->size)
			return refuse("buffer %u has more data than bytes", i);
		if (buffer->access > PROTO_ACCESS_HOLE || buffer->align > PROTO_ALIGN_END)
			return refuse("buffer %u has an unknown access or alignment", i);
		if (buffer->access == PROTO_ACCESS_HOLE && buffer->data_length)
			return refuse("buffer %u is a hole but has data", i);
		total += buffer->size;
		*pool += buffer->data_length;
	}
	if (total > PROTO_MAX_BUFFER_BYTES)
		return refuse("the buffers have %llu bytes together; %u are possible", (unsigned long long)total,
			      PROTO_MAX_BUFFER_BYTES);
	return NULL;
}

static const char *check_fills(const struct program *program, uint32_t count, uint64_t *pool)
{
	const char *why = NULL;

	for (uint32_t i = 0; i < count && !why; i++) {
		const struct proto_fill *fill = &program->fills[i];

		why = check_range(program, fill->buffer, fill->offset, fill->length);
		*pool += fill->length;
	}
	return why;
}

static const char *check_patches(const struct program *program, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct proto_patch *patch = &program->patches[i];
		const char *why;

		if (!is_width(patch->width))
			return refuse("a patch has width %u; 1, 2, 4 and 8 are possible", patch->width);
		why = check_range(program, patch->buffer, patch->offset, patch->width);
		if (!why)
			why = check_value(program, &patch->value);
		if (why)
			return why;
	}
	return NULL;
}

static const char *check_captures(const struct program *program, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct proto_capture *capture = &program->captures[i];
		const char *why = NULL;

		if (capture->slot >= program->slots)
			return refuse("a capture names slot %u of %u", capture->slot, program->slots);
		if (capture->source == PROTO_SOURCE_RETURN)
			continue;
		if (capture->source != PROTO_SOURCE_BUFFER)
			return refuse("a capture has unknown source %u", capture->source);
		if (!is_width(capture->width))
			return refuse("a capture has width %u; 1, 2, 4 and 8 are possible", capture->width);
		why = check_range(program, capture->buffer, capture->offset, capture->width);
		if (why)
			return why;
	}
	return NULL;
}

static const char *check_steps(const struct program *program, const struct proto_program *counts)
{
	uint64_t values = 0, fills = 0, patches = 0, captures = 0;

	for (uint32_t i = 0; i < program->step_count; i++) {
		const struct proto_step *step = &program->steps[i];

		if (step->op >= OP_COUNT)
			return refuse("step %u has unknown op %u", i, step->op);
		if (step->argument_count != op_arguments[step->op])
			return refuse("step %u has %u arguments; its op %u has %u", i, step->argument_count, step->op,
				      op_arguments[step->op]);
		/* The clocks of the supervisor are 32 bits wide and compared with a sign. */
		if (!step->deadline || step->deadline > PROTO_MAX_DEADLINE)
			return refuse("step %u has deadline %u; 1 to %u milliseconds are possible", i, step->deadline,
				      PROTO_MAX_DEADLINE);
		values += step->argument_count;
		fills += step->fill_count;
		patches += step->patch_count;
		captures += step->capture_count;
	}
	if (values != counts->value_count || fills != counts->fill_count || patches != counts->patch_count ||
	    captures != counts->capture_count)
		return refuse("the steps count other arguments, fills, patches or captures than the tables hold");
	return NULL;
}

const char *program_parse(struct program *program, const void *payload, size_t length)
{
	const struct proto_program *counts = payload;
	const unsigned char *at = payload;
	uint64_t need = sizeof(*counts), pool = 0;
	const char *why;

	if (length < sizeof(*counts))
		return refuse("the program is shorter than its counts");
	program->number = counts->program;
	program->flags = counts->flags;
	need += (uint64_t)counts->buffer_count * sizeof(struct proto_buffer);
	need += (uint64_t)counts->step_count * sizeof(struct proto_step);
	need += (uint64_t)counts->value_count * sizeof(struct proto_argument);
	need += (uint64_t)counts->fill_count * sizeof(struct proto_fill);
	need += (uint64_t)counts->patch_count * sizeof(struct proto_patch);
	need += (uint64_t)counts->capture_count * sizeof(struct proto_capture);
	need += counts->byte_count;
	if (need != length)
		return refuse("the program has %zu bytes but its tables need %llu", length, (unsigned long long)need);
	if (counts->buffer_count > PROTO_MAX_BUFFERS || counts->slot_count > PROTO_MAX_SLOTS ||
	    counts->step_count > PROTO_MAX_STEPS)
		return refuse("the program has too many buffers, slots or steps");

#define TABLE(member, count) \
	do { \
		program->member = (const void *)at; \
		at += (size_t)counts->count * sizeof(*program->member); \
	} while (0)
	at += sizeof(*counts);
	TABLE(buffers, buffer_count);
	TABLE(steps, step_count);
	TABLE(arguments, value_count);
	TABLE(fills, fill_count);
	TABLE(patches, patch_count);
	TABLE(captures, capture_count);
	TABLE(bytes, byte_count);
	program->slots = counts->slot_count;
	program->buffer_count = counts->buffer_count;
	program->step_count = counts->step_count;

	why = check_buffers(program, &pool);
	if (!why)
		why = check_steps(program, counts);
	for (uint32_t i = 0; i < counts->value_count && !why; i++)
		why = check_value(program, &program->arguments[i]);
	if (!why)
		why = check_fills(program, counts->fill_count, &pool);
	if (!why)
		why = check_patches(program, counts->patch_count);
	if (!why)
		why = check_captures(program, counts->capture_count);
	if (!why && pool != counts->byte_count)
		why = refuse("buffers and fills take %llu bytes but the pool has %u", (unsigned long long)pool,
			     counts->byte_count);
	if (!why)
		why = sections_check(program);
	return why;
}
