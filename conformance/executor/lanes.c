/* Lanes: steps that run side by side on threads of the worker, and signals from one of them to another. */
#include "executor.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long before its start a lane stops sleeping and looks at the clock only; a wake-up takes tens of microseconds. */
#define SPIN_NS 200000
/* From the decision to begin to the beginning: enough for every lane to see it, and little for others to come between. */
#define LEAD_NS 10000
/* How long lanes are left alone before what they have done is sent: most sections are over by then. */
#define SEND_NS 100000000
/* How often a signal looks whether its lane has blocked. */
#define LOOK_NS 200000
#define NS 1000000000ull

struct lane {
	pthread_t thread;
	struct runner *runner;
	uint32_t number;
	struct bytes *results;		/* one for each step */
	_Atomic uint32_t ended;		/* steps that have one */
	uint32_t sent;
};

struct group {
	struct steps *steps;
	const struct section *section;
	struct shared *shared;
	struct owners owners;
	struct lane lanes[PROTO_MAX_LANES];
	bool crowded;			/* there are fewer processors than lanes */
	bool told;			/* the RESULT of the step parallel was sent */
	_Atomic uint32_t ready;
	uint64_t start;			/* when the lanes are let go */
	_Atomic bool decided;		/* the start is known */
	_Atomic bool caught[65];	/* signals that have a handler */
	sem_t done, leave;
};

static struct group group;

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = ns / NS, .tv_nsec = ns % NS };
}

static void sleep_until(uint64_t ns)
{
	struct timespec time = timespec_of(ns);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

/* Where a lane has a processor of its own, whoever gets it meanwhile would hold the lane up. */
static void let_others_run(void)
{
	if (group.crowded)
		sched_yield();
}

static void wait_until(uint64_t ns)
{
	if (now_ns() + SPIN_NS < ns)
		sleep_until(ns - SPIN_NS);
	while (now_ns() < ns)
		let_others_run();
}

/* Each lane on a processor of its own, as far as there are any. */
static void choose_processor(uint32_t number)
{
	cpu_set_t all, one;
	uint32_t wanted;

	if (sched_getaffinity(0, sizeof(all), &all) || group.crowded)
		return;
	wanted = number % CPU_COUNT(&all);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || wanted--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void run_lane(struct lane *lane)
{
	const struct section *section = group.section;
	const uint32_t first = section->first[lane->number];

	for (uint32_t i = 0; i < section->count[lane->number]; i++) {
		uint64_t arguments[PROTO_MAX_ARGUMENTS] = { 0 };

		steps_prepare(group.steps, first + i, arguments);
		worker_step(group.steps, first + i, arguments, lane->runner, &group.owners, lane->number + 1,
			    &lane->results[i]);
		atomic_store(&group.shared->moved, now_ms());
		atomic_store(&lane->ended, i + 1);
	}
}

static void *begin_lane(void *argument)
{
	struct lane *lane = argument;

	choose_processor(lane->number);
	atomic_store(&lane->runner->tid, (uint32_t)syscall(SYS_gettid));
	/* The last one decides, and nobody else runs then: what the main thread would do might hold up a lane. */
	if (atomic_fetch_add(&group.ready, 1) + 1 == group.section->lanes) {
		group.start = group.shared->start = now_ns() + LEAD_NS;
		atomic_store(&group.decided, true);
	}
	while (!atomic_load(&group.decided))
		let_others_run();
	lane->runner->before = group.start;
	wait_until(group.start + group.section->offset[lane->number] * 1000);
	run_lane(lane);
	sem_post(&group.done);
	/* Until all have ended, so that a signal finds its thread. */
	while (sem_wait(&group.leave))
		;
	return NULL;
}

static void send_start(int64_t ret, uint32_t error, uint64_t when)
{
	struct bytes out = { 0 };

	add_start(&out, group.steps->program->number, group.section->step, ret, error, when);
	worker_send(&out);
	bytes_free(&out);
}

/* Sends what has ended since the last time. */
static void send_ended(void)
{
	if (!group.told && atomic_load(&group.decided))
		send_start(group.section->lanes, 0, group.start);
	group.told |= atomic_load(&group.decided);
	for (uint32_t i = 0; i < group.section->lanes; i++) {
		struct lane *lane = &group.lanes[i];

		for (; lane->sent < atomic_load(&lane->ended); lane->sent++) {
			worker_send(&lane->results[lane->sent]);
			bytes_free(&lane->results[lane->sent]);
		}
	}
}

static void wait_for_lanes(void)
{
	for (uint32_t left = group.section->lanes; left;) {
		struct timespec now;

		/* A semaphore knows no other clock; a step of it costs a look or a delay of what is sent. */
		clock_gettime(CLOCK_REALTIME, &now);
		now = timespec_of(now.tv_sec * NS + now.tv_nsec + SEND_NS);
		if (!sem_timedwait(&group.done, &now))
			left--;
		else if (errno == ETIMEDOUT)
			send_ended();
	}
}

static uint32_t make_lanes(void)
{
	const struct section *section = group.section;
	uint32_t made = 0;

	for (; made < section->lanes; made++) {
		struct lane *lane = &group.lanes[made];

		lane->number = made;
		lane->runner = &group.shared->lanes[made];
		lane->results = calloc(section->count[made], sizeof(*lane->results));
		if (!lane->results || pthread_create(&lane->thread, NULL, begin_lane, lane))
			break;
	}
	return made;
}

void lanes_run(struct steps *steps, const struct section *section, struct shared *shared)
{
	cpu_set_t processors;
	uint32_t made;

	memset(&group, 0, sizeof(group));
	memset(shared->lanes, 0, sizeof(shared->lanes));
	shared->start = 0;
	group.steps = steps;
	group.section = section;
	group.shared = shared;
	section_owners(steps->program, section, &group.owners);
	sem_init(&group.done, 0, 0);
	sem_init(&group.leave, 0, 0);
	/* Its table is made at the first use, which must not be in two lanes at a time. */
	crc32("", 0);
	steps_capture(steps, section->step, section->lanes);

	group.crowded = sched_getaffinity(0, sizeof(processors), &processors) ||
			CPU_COUNT(&processors) < (int)section->lanes;
	atomic_store(&shared->moved, now_ms());
	made = make_lanes();
	if (made < section->lanes) {
		send_start(-1, EAGAIN, now_ns());
		_exit(1);
	}
	wait_for_lanes();
	for (uint32_t i = 0; i < made; i++)
		sem_post(&group.leave);
	for (uint32_t i = 0; i < made; i++)
		pthread_join(group.lanes[i].thread, NULL);
	send_ended();
	shared->start = 0;
	for (uint32_t i = 0; i < made; i++)
		free(group.lanes[i].results);
	/* As worker_prepare left them. */
	for (int number = 1; number <= 64; number++)
		if (atomic_load(&group.caught[number]))
			signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
	sem_destroy(&group.done);
	sem_destroy(&group.leave);
}

/* Whether the thread sleeps in the kernel. */
static bool sleeps(uint32_t tid)
{
	char path[64], text[512];
	const char *state;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	if (!read_text(path, text, sizeof(text)))
		return false;
	/* The name may hold anything, the closing bracket included. */
	state = strrchr(text, ')');
	return state && (state[2] == 'S' || state[2] == 'D');
}

/* Whether it sleeps within a step; the same step before and after the look. */
static bool blocked(const struct runner *runner)
{
	uint32_t step = atomic_load(&runner->running);

	return step && sleeps(atomic_load(&runner->tid)) && atomic_load(&runner->running) == step;
}

static void on_signal(int number)
{
	(void)number;
}

struct outcome op_signal(const uint64_t *a)
{
	struct lane *lane = &group.lanes[a[0]];
	const uint64_t limit = now_ns() + (a[3] > PROTO_MAX_DEADLINE ? PROTO_MAX_DEADLINE : a[3]) * 1000000;
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = a[2] & 1 ? SA_RESTART : 0 };
	bool found;

	if (a[1] < 1 || a[1] > 64 || a[1] == SIGKILL || a[1] == SIGSTOP || a[1] == SIGSEGV || a[1] == SIGBUS ||
	    a[1] == 32 || a[1] == 33)
		return outcome_error(EINVAL);
	while (!(found = blocked(lane->runner)) && now_ns() < limit) {
		struct timespec rest = timespec_of(LOOK_NS);

		if (atomic_load(&lane->ended) == group.section->count[lane->number])
			break;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
	}
	if (atomic_load(&lane->ended) == group.section->count[lane->number])
		return outcome_error(ESRCH);
	atomic_store(&group.caught[a[1]], true);
	if (sigaction((int)a[1], &action, NULL) ||
	    syscall(SYS_tgkill, (long)getpid(), (long)atomic_load(&lane->runner->tid), (long)a[1]))
		return outcome_of(-1);
	return outcome_of(found);
}
