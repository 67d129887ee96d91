/* The steps of a program as they are run: their values, fills, patches and captures, once or many times. */
#include "executor.h"

#include <errno.h>
#include <stdlib.h>

struct cursor cursor_start(const struct program *program)
{
	struct cursor next = { program->arguments, program->fills, program->patches, program->captures,
			       program->bytes };

	for (uint32_t i = 0; i < program->buffer_count; i++)
		next.bytes += program->buffers[i].data_length;
	return next;
}

void cursor_pass(struct cursor *cursor, const struct proto_step *step)
{
	for (uint32_t i = 0; i < step->fill_count; i++)
		cursor->bytes += cursor->fill++->length;
	cursor->argument += step->argument_count;
	cursor->patch += step->patch_count;
	cursor->capture += step->capture_count;
}

const char *steps_build(struct steps *steps, const struct program *program)
{
	struct cursor next = cursor_start(program);

	steps->program = program;
	steps->slots = calloc(program->slots + 1, sizeof(*steps->slots));
	steps->starts = calloc(program->step_count + 1, sizeof(*steps->starts));
	steps->outcomes = calloc(program->step_count + 1, sizeof(*steps->outcomes));
	if (!steps->slots || !steps->starts || !steps->outcomes)
		return "there is no memory for the slots and steps of the program";
	for (uint32_t i = 0; i < program->step_count; i++) {
		steps->starts[i] = next;
		cursor_pass(&next, &program->steps[i]);
	}
	return memory_build(&steps->memory, program);
}

static uint64_t evaluate(const struct steps *steps, const struct proto_argument *value)
{
	switch (value->kind) {
	case PROTO_VALUE_SLOT:
		return ((steps->slots[value->index] >> value->shift) & value->mask) + value->number;
	case PROTO_VALUE_ADDRESS:
		return (uintptr_t)steps->memory.areas[value->index].base + value->number;
	default:
		return value->number;
	}
}

void steps_prepare(struct steps *steps, uint32_t number, uint64_t *arguments)
{
	const struct proto_step *step = &steps->program->steps[number];
	struct cursor next = steps->starts[number];

	for (uint32_t i = 0; i < step->fill_count; i++, next.fill++) {
		memory_store(&steps->memory, next.fill->buffer, next.fill->offset, next.bytes, next.fill->length);
		next.bytes += next.fill->length;
	}
	for (uint32_t i = 0; i < step->patch_count; i++, next.patch++) {
		uint64_t value = evaluate(steps, &next.patch->value);

		memory_store(&steps->memory, next.patch->buffer, next.patch->offset, &value, next.patch->width);
	}
	for (uint32_t i = 0; i < step->argument_count; i++)
		arguments[i] = evaluate(steps, next.argument++);
}

void steps_capture(struct steps *steps, uint32_t number, int64_t ret)
{
	const struct proto_capture *one = steps->starts[number].capture;
	const uint32_t count = steps->program->steps[number].capture_count;

	for (const struct proto_capture *end = one + count; one < end; one++)
		steps->slots[one->slot] = one->source == PROTO_SOURCE_RETURN ?
						  (uint64_t)ret :
						  memory_load(&steps->memory, one->buffer, one->offset, one->width);
}

/* One more run of a step; whether it ended as it was reported. */
static bool run_again(struct steps *steps, uint32_t number)
{
	const struct outcome *first = &steps->outcomes[number];
	uint64_t arguments[PROTO_MAX_ARGUMENTS] = { 0 };
	struct outcome outcome;

	steps_prepare(steps, number, arguments);
	outcome = op_run(steps->program->steps[number].op, arguments);
	steps_capture(steps, number, outcome.ret);
	return outcome.status == first->status && outcome.error == first->error;
}

static struct outcome op_repeat(struct steps *steps, uint32_t number, const uint64_t *a)
{
	const struct proto_step *list = steps->program->steps;
	/* Nanoseconds of four fifths of the deadline, which is in milliseconds. */
	const uint64_t limit = now_ns() + list[number].deadline * 800000ull;
	struct outcome outcome = { 0 };
	struct section section;

	if (!a[1] || a[0] > number || a[1] > number - a[0])
		return outcome_error(EINVAL);
	for (uint64_t i = a[0]; i < a[0] + a[1]; i++)
		if (list[i].op == PROTO_OP_REPEAT || section_of(steps->program, i, &section))
			return outcome_error(EINVAL);
	for (uint64_t round = 0; round < a[2] && now_ns() < limit; round++) {
		bool same = true;

		for (uint64_t i = a[0]; i < a[0] + a[1]; i++)
			same &= run_again(steps, i);
		outcome.ret += same;
	}
	return outcome;
}

struct outcome steps_run(struct steps *steps, uint32_t number, const uint64_t *arguments)
{
	const uint32_t op = steps->program->steps[number].op;

	return steps->outcomes[number] =
		       op == PROTO_OP_REPEAT ? op_repeat(steps, number, arguments) : op_run(op, arguments);
}
