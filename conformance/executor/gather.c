/*
 * RESULT frames that wait to be sent together. A frame of its own wakes the supervisor and, behind it, the brain,
 * which on an emulated machine takes longer than most steps. What is kept lies where the supervisor sees it, so that
 * a worker that dies or hangs loses nothing.
 */
#include "executor.h"

#include <sched.h>
#include <string.h>

#define GATHER_NS (PROTO_GATHER_LIMIT * 1000000ull)

enum holder { NOBODY, WORKER, SUPERVISOR };

static bool enter(struct gathered *gathered, uint32_t holder)
{
	uint32_t expected = NOBODY;

	return atomic_compare_exchange_strong(&gathered->held, &expected, holder);
}

bool gather_enter(struct gathered *gathered, bool dead)
{
	return enter(gathered, SUPERVISOR) || dead;
}

void gather_leave(struct gathered *gathered)
{
	atomic_store(&gathered->held, NOBODY);
}

static void worker_enter(struct gathered *gathered)
{
	while (!enter(gathered, WORKER))
		sched_yield();
}

static void send_all(struct gathered *gathered, uint64_t now)
{
	const struct bytes kept = { .data = gathered->bytes, .length = atomic_load(&gathered->length) };

	worker_send(&kept);
	atomic_store(&gathered->length, 0);
	gathered->sent = now;
}

void gather_send(struct gathered *gathered, uint64_t now)
{
	worker_enter(gathered);
	send_all(gathered, now);
	gather_leave(gathered);
}

void gather_add(struct gathered *gathered, const struct bytes *frame, uint64_t now)
{
	uint32_t length;

	worker_enter(gathered);
	if (atomic_load(&gathered->length) + frame->length > sizeof(gathered->bytes))
		send_all(gathered, now);
	if (frame->length > sizeof(gathered->bytes)) {
		worker_send(frame);
	} else {
		length = atomic_load(&gathered->length);
		memcpy(gathered->bytes + length, frame->data, frame->length);
		atomic_store(&gathered->length, length + frame->length);
	}
	if (now - gathered->sent >= GATHER_NS)
		send_all(gathered, now);
	gather_leave(gathered);
}
