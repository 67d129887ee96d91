/*
 * What the worker sends, passed on in the order of the steps: lanes send theirs as they end. A RESULT that the worker
 * no longer sends is made here.
 */
#include "executor.h"

#include <string.h>

/* The step of the RESULT frame at a place of the bytes, and where the next frame begins. */
static uint32_t held_step(const struct bytes *bytes, size_t at, size_t *next)
{
	struct proto_header header;
	struct proto_result result;

	memcpy(&header, bytes->data + at, sizeof(header));
	memcpy(&result, bytes->data + at + sizeof(header), sizeof(result));
	*next = at + sizeof(header) + header.length;
	return result.step;
}

bool relay_held(struct relay *relay)
{
	size_t next;

	for (size_t at = 0; at < relay->held.length; at = next) {
		if (held_step(&relay->held, at, &next) != relay->results)
			continue;
		bytes_add(relay->output, relay->held.data + at, next - at);
		memmove(relay->held.data + at, relay->held.data + next, relay->held.length - next);
		relay->held.length -= next - at;
		relay->results++;
		return true;
	}
	return false;
}

/* Keeps the RESULT of a lane until those of the steps before are there; false when no lane could have sent it. */
static bool hold(struct relay *relay, uint32_t step, const unsigned char *frame, size_t length)
{
	struct section section;
	size_t next;

	if (step != relay->results &&
	    (step < relay->results || !section_of(relay->program, relay->results, &section) || step >= section.end))
		return false;
	for (size_t at = 0; at < relay->held.length; at = next)
		if (held_step(&relay->held, at, &next) == step)
			return false;
	bytes_add(&relay->held, frame, length);
	return true;
}

bool relay_frames(struct relay *relay, struct bytes *received)
{
	size_t at = 0;
	bool good = true;

	while (good) {
		const unsigned char *frame = received->data + at;
		struct proto_header header;
		struct proto_result result;
		const char *why;
		ssize_t whole = frame_whole(frame, received->length - at, &why);

		if (whole == 0)
			break;
		good = false;
		if (whole < 0)
			break;
		memcpy(&header, frame, sizeof(header));
		if (header.type == PROTO_FRAME_ERROR) {
			relay->refused = true;
			good = true;
		} else if (header.type == PROTO_FRAME_RESULT && header.length >= sizeof(result)) {
			memcpy(&result, frame + sizeof(header), sizeof(result));
			good = relay->results < relay->program->step_count && hold(relay, result.step, frame, whole);
			while (relay_held(relay))
				;
			at += good ? whole : 0;
			continue;
		}
		if (good) {
			bytes_add(relay->output, frame, whole);
			at += whole;
		}
	}
	bytes_drop(received, at);
	return good;
}

void relay_again(struct relay *relay, const unsigned char *data, size_t length)
{
	const struct bytes bytes = { .data = (unsigned char *)data, .length = length };
	size_t next;

	for (size_t at = 0; at < length; at = next) {
		if (held_step(&bytes, at, &next) < relay->results)
			continue;
		if (!hold(relay, relay->results, data + at, next - at))
			return;
		relay_held(relay);
	}
}

void add_start(struct bytes *out, uint32_t program, uint32_t step, int64_t ret, uint32_t error, uint64_t when)
{
	const struct proto_result result = { .program = program,
					     .step = step,
					     .ret = ret,
					     .error = error,
					     .before = when,
					     .after = when };
	size_t begin = frame_begin(out, PROTO_FRAME_RESULT);

	bytes_add(out, &result, sizeof(result));
	frame_end(out, begin);
}

void relay_unfinished(struct relay *relay, const struct runner *runner, enum proto_status status,
		      uint32_t signal_number)
{
	struct bytes *out = relay->output;
	size_t begin = frame_begin(out, PROTO_FRAME_RESULT);
	struct proto_result result = {
		.program = relay->program->number,
		.step = relay->results++,
		.status = status,
		.signal = signal_number,
		.ret = -1,
		.before = runner->before,
		.after = now_ns(),
	};

	bytes_add(out, &result, sizeof(result));
	frame_end(out, begin);
}
