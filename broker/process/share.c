/* How much of a child is read at a time, so that none of them has the broker to itself. */
#include "broker/process/process.h"

#include <errno.h>
#include <stddef.h>

#define MESSAGES_PER_WAKE 8    /* of one child */
#define MESSAGES_SHARED   2    /* while others talk, too */
#define SHARED_MESSAGES   64   /* of one child that has more, while others talk */
#define SHARED_PAUSE_US   1000 /* then */
#define TURNS_ALONE       16   /* in a row, until nobody else seems to talk */
#define TURNS_SINGLE      4    /* of one message, until the next seems to be one of those */
#define LOOK_AGAIN_EVERY  16   /* turns */

static void read_again(struct brig_wheel_node *node)
{
	struct brig_process *process =
		(struct brig_process *)((char *)node - offsetof(struct brig_process, pause));

	if (process->channel_watch && brig_watch_want_read(process->channel_watch, true) < 0)
		brig_process_kill(process, BRIG_EXIT_QUOTA, ENOMEM);
}

/* What it sends waits in its own socket, and it for that, until it is within its quota again. */
static void pause_reading(struct brig_process *process, uint64_t now_us, uint64_t us)
{
	struct brig_wheel *wheel = &process->broker->wheel;

	process->pause.due = read_again;
	brig_stats_add(&process->broker->stats, NULL, BRIG_STAT_PAUSES, 1);
	(void)brig_watch_want_read(process->channel_watch, false);
	brig_wheel_start(wheel, &process->pause, now_us + us);
}

bool brig_process_over_quota(struct brig_process *process, size_t n)
{
	const uint64_t now_us = brig_wheel_now(&process->broker->wheel);
	uint64_t us = brig_quota_charge(&process->quota, now_us, n);

	/* Each of a batch counts. */
	for (unsigned int i = 1; i < process->peer.taken; i++)
		us = brig_quota_charge(&process->quota, now_us, 0);

	if (us)
		pause_reading(process, now_us, us);
	return us;
}

/* Who floods is read little at a time while another child waits for its turn. */
int brig_process_share(const struct brig_process *process)
{
	struct brig_broker *broker = process->broker;

	if (broker->last_read != process->exit.instance) {
		broker->last_read = process->exit.instance;
		broker->turns_alone = 0;
	} else if (broker->turns_alone < TURNS_ALONE) {
		broker->turns_alone++;
	}
	/* Who waits for each answer has sent nothing more: looking would cost a system call. */
	if (process->singles >= TURNS_SINGLE && process->singles % LOOK_AGAIN_EVERY)
		return 1;
	return broker->turns_alone < TURNS_ALONE ? MESSAGES_SHARED : MESSAGES_PER_WAKE;
}

/*
 * Who has more to read than its share while others talk is read so much of, and then not for a
 * while: or it would keep the broker, and a CPU of its own, busy with itself.
 */
static void bound_backlog(struct brig_process *process, int n)
{
	process->backlog += (unsigned int)n;
	if (process->backlog < SHARED_MESSAGES || brig_wheel_runs(&process->pause))
		return;
	process->backlog = 0;
	pause_reading(process, brig_wheel_now(&process->broker->wheel), SHARED_PAUSE_US);
}

void brig_process_count_read(struct brig_process *process, int n, bool passed)
{
	if (n == 1)
		process->singles++;
	else if (n > 1)
		process->singles = 0;
	/* Descriptors on their way count for all children of their user: they are let in. */
	if (n >= MESSAGES_SHARED && !passed && process->broker->turns_alone < TURNS_ALONE &&
	    process->channel_watch && !process->ending)
		bound_backlog(process, n);
}
