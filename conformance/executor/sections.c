/* Sections of a program: a step parallel, and behind it the steps of its lanes. */
#include "executor.h"

#include <stdio.h>
#include <string.h>

static char sentence[160];

#define refuse(...) (snprintf(sentence, sizeof(sentence), __VA_ARGS__), sentence)

/* The section that a step begins; NULL, or what is wrong with it. */
static const char *read_section(const struct program *program, uint32_t step, const struct proto_argument *a,
				struct section *section)
{
	uint64_t left = program->step_count - step - 1;

	for (uint32_t i = 0; i < 2 * PROTO_MAX_LANES; i++)
		if (a[i].kind != PROTO_VALUE_CONST)
			return refuse("step %u is parallel and has an argument that is no constant", step);
	*section = (struct section){ .step = step, .end = step + 1 };
	section->lanes = a[PROTO_MAX_LANES - 1].number ? PROTO_MAX_LANES : PROTO_MAX_LANES - 1;
	for (uint32_t lane = 0; lane < section->lanes; lane++) {
		if (!a[lane].number)
			return refuse("lane %u of step %u has no step", lane, step);
		if (a[lane].number > left)
			return refuse("the lanes of step %u have more steps than follow", step);
		if (a[PROTO_MAX_LANES + lane].number > PROTO_MAX_OFFSET)
			return refuse("lane %u of step %u begins %llu us later; at most %u are possible", lane, step,
				      (unsigned long long)a[PROTO_MAX_LANES + lane].number, PROTO_MAX_OFFSET);
		left -= a[lane].number;
		section->first[lane] = section->end;
		section->count[lane] = a[lane].number;
		section->offset[lane] = a[PROTO_MAX_LANES + lane].number;
		section->end += a[lane].number;
	}
	return NULL;
}

uint32_t section_lane(const struct section *section, uint32_t step)
{
	uint32_t lane = 0;

	while (step >= section->first[lane] + section->count[lane])
		lane++;
	return lane;
}

bool section_of(const struct program *program, uint32_t step, struct section *section)
{
	struct cursor next = cursor_start(program);

	for (uint32_t i = 0; i <= step; i++) {
		if (program->steps[i].op == PROTO_OP_PARALLEL) {
			if (read_section(program, i, next.argument, section))
				return false;
			if (step < section->end)
				return true;
			for (; i < section->end - 1; i++)
				cursor_pass(&next, &program->steps[i]);
		}
		cursor_pass(&next, &program->steps[i]);
	}
	return false;
}

static bool own(uint8_t *owner, uint32_t lane)
{
	if (!*owner)
		*owner = lane + 1;
	return *owner == lane + 1;
}

#define OWN_BUFFER(number) \
	do { \
		if (!own(&owners->buffers[number], lane)) \
			return refuse("step %u names buffer %u, which another lane names", step, number); \
	} while (0)

static const char *own_value(struct owners *owners, const struct proto_argument *value, uint32_t step, uint32_t lane)
{
	if (value->kind == PROTO_VALUE_ADDRESS)
		OWN_BUFFER(value->index);
	return NULL;
}

/* Takes what a step names for its lane. */
static const char *own_step(struct owners *owners, const struct proto_step *counts, const struct cursor *at,
			    uint32_t step, uint32_t lane)
{
	const char *why = NULL;

	for (uint32_t i = 0; i < counts->argument_count && !why; i++)
		why = own_value(owners, &at->argument[i], step, lane);
	for (uint32_t i = 0; i < counts->fill_count && !why; i++)
		OWN_BUFFER(at->fill[i].buffer);
	for (uint32_t i = 0; i < counts->patch_count && !why; i++) {
		OWN_BUFFER(at->patch[i].buffer);
		why = own_value(owners, &at->patch[i].value, step, lane);
	}
	for (uint32_t i = 0; i < counts->capture_count && !why; i++) {
		if (at->capture[i].source == PROTO_SOURCE_BUFFER)
			OWN_BUFFER(at->capture[i].buffer);
		if (!own(&owners->slots[at->capture[i].slot], lane))
			return refuse("step %u captures slot %u, which another lane captures", step, at->capture[i].slot);
	}
	return why;
}

static const char *check_value(const struct owners *owners, const struct proto_argument *value, uint32_t step,
			       uint32_t lane)
{
	if (value->kind != PROTO_VALUE_SLOT || !owners->slots[value->index] ||
	    owners->slots[value->index] == lane + 1)
		return NULL;
	return refuse("step %u uses slot %u, which another lane captures", step, value->index);
}

/* Refuses what a lane captures in the values of another. */
static const char *check_values(const struct owners *owners, const struct proto_step *counts,
				const struct cursor *at, uint32_t step, uint32_t lane)
{
	const char *why = NULL;

	for (uint32_t i = 0; i < counts->argument_count && !why; i++)
		why = check_value(owners, &at->argument[i], step, lane);
	for (uint32_t i = 0; i < counts->patch_count && !why; i++)
		why = check_value(owners, &at->patch[i].value, step, lane);
	return why;
}

static struct cursor cursor_at(const struct program *program, uint32_t step)
{
	struct cursor next = cursor_start(program);

	for (uint32_t i = 0; i < step; i++)
		cursor_pass(&next, &program->steps[i]);
	return next;
}

const char *section_owners(const struct program *program, const struct section *section, struct owners *owners)
{
	const struct cursor begin = cursor_at(program, section->first[0]);
	struct cursor next = begin;
	const char *why = NULL;

	memset(owners, 0, sizeof(*owners));
	for (uint32_t i = section->first[0]; i < section->end && !why; i++) {
		why = own_step(owners, &program->steps[i], &next, i, section_lane(section, i));
		cursor_pass(&next, &program->steps[i]);
	}
	next = begin;
	for (uint32_t i = section->first[0]; i < section->end && !why; i++) {
		why = check_values(owners, &program->steps[i], &next, i, section_lane(section, i));
		cursor_pass(&next, &program->steps[i]);
	}
	return why;
}

static const char *check_op(const struct section *section, uint32_t op, const struct proto_argument *a, uint32_t step)
{
	switch (op) {
	case PROTO_OP_PARALLEL:
	case PROTO_OP_REPEAT:
	case PROTO_OP_IDENTITY:
	case PROTO_OP_FORK:
	case PROTO_OP_KILL:
		return refuse("step %u has op %u, which cannot run in a lane", step, op);
	case PROTO_OP_SIGNAL:
		if (a->kind != PROTO_VALUE_CONST || a->number >= section->lanes ||
		    a->number == section_lane(section, step))
			return refuse("step %u signals no other lane of its section", step);
	}
	return NULL;
}

const char *sections_check(const struct program *program)
{
	static struct owners owners;
	struct cursor next = cursor_start(program);
	struct section section = { 0 };
	const char *why = NULL;

	for (uint32_t i = 0; i < program->step_count && !why; i++) {
		const uint32_t op = program->steps[i].op;

		if (i < section.end)
			why = check_op(&section, op, next.argument, i);
		else if (op == PROTO_OP_SIGNAL)
			why = refuse("step %u is a signal outside of any lane", i);
		else if (op == PROTO_OP_PARALLEL)
			why = read_section(program, i, next.argument, &section);
		cursor_pass(&next, &program->steps[i]);
		if (!why && section.end && i == section.end - 1)
			why = section_owners(program, &section, &owners);
	}
	return why;
}
