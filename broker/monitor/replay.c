/*
 * A journal, executed again: include/brig/replay.h. It is read twice: first for what is to be known
 * of a child before any of it is replayed, such as which message was its last.
 */
#include "broker/monitor/replay.h"

#include "sandbox/base/cleanup.h"

#include <brig/exit.h>

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIVE_MOST 4096                /* more than a broker has, codecs and plugins included */
#define TIME_MOST (UINT64_C(1) << 52) /* microseconds, over a hundred years */

static int by_instance(const void *a, const void *b)
{
	const struct brig_replay_note *x = a, *y = b;

	return x->instance < y->instance ? -1 : x->instance > y->instance;
}

/* NULL: there is none, or no memory for one more. */
static struct brig_replay_note *find_note(struct brig_replay *replay, uint64_t instance, bool add)
{
	const struct brig_replay_note key = { .instance = instance };
	struct brig_replay_note *const *found = tfind(&key, &replay->notes, by_instance);

	if (found || !add)
		return found ? *found : NULL;
	struct brig_replay_note *note = calloc(1, sizeof *note);
	if (!note)
		return NULL;
	*note = key;
	if (tsearch(note, &replay->notes, by_instance))
		return note;
	free(note);
	return NULL;
}

/* ---- what can be a record ---- */

static bool is_message(const struct brig_journal_record *record, const uint8_t *bytes, size_t n)
{
	struct brig_frame frame;

	if (record->n_fds > BRIG_FDS_MAX || record->code > BRIG_PACKET_MAX || n > record->code ||
	    (n < record->code && n != sizeof frame))
		return false;
	if (!record->from_broker)
		return true;
	if (n < sizeof frame)
		return false;
	memcpy(&frame, bytes, sizeof frame);
	return frame.n_fds == record->n_fds && frame.length == record->code - sizeof frame;
}

static bool is_record(const struct brig_replay *replay, const struct brig_journal_record *record,
		      size_t n)
{
	if (record->time_us < replay->now_us || record->time_us > TIME_MOST ||
	    record->from_broker > 1)
		return false;
	return record->kind != BRIG_JOURNAL_MESSAGE || is_message(record, replay->bytes, n);
}

static int note(struct brig_replay *replay, const struct brig_journal_record *record)
{
	struct brig_replay_note *of = find_note(replay, record->instance, true);

	if (!of)
		return -ENOMEM;
	if (record->kind == BRIG_JOURNAL_MESSAGE && !record->from_broker)
		of->last = replay->records;
	if (record->kind == BRIG_JOURNAL_END) {
		of->ends = true;
		of->code = record->code;
	}
	return 0;
}

/* 0; or our own trouble. What the file is to blame for is kept for the end. */
static int look_ahead(struct brig_replay *replay)
{
	struct brig_journal_record record;
	size_t n;
	int r;

	while ((r = brig_journal_read(replay->in, &record, replay->bytes, &n)) > 0) {
		if (!is_record(replay, &record, n)) {
			replay->damage = -EBADMSG;
			return 0;
		}
		r = note(replay, &record);
		if (r)
			return r;
		replay->now_us = record.time_us;
		replay->records++;
	}
	if (r == -EBADMSG) {
		replay->damage = r;
		return 0;
	}
	return r;
}

/* ---- replaying ---- */

static int begin(struct brig_replay *replay, struct brig_replay_note *of, uint64_t code, size_t n)
{
	if (replay->n_live == LIVE_MOST)
		return -E2BIG;
	int r = brig_replayed_begin(replay, of, code, replay->bytes, n);
	replay->n_live += of->live ? 1 : 0;
	return r;
}

static void end(struct brig_replay *replay, struct brig_replay_note *of)
{
	if (!of->live)
		return;
	brig_replayed_end(of->live);
	brig_replayed_free(of->live);
	of->live = NULL;
	replay->n_live--;
}

static enum brig_unplayed why_not(struct brig_replay_note *of,
				  const struct brig_replay_message *message)
{
	struct brig_replayed *child = of->live;

	if (!child)
		return BRIG_UNPLAYED_CHILD;
	if (child->bad)
		return BRIG_UNPLAYED_AFTER;
	if (message->n >= sizeof message->frame && !brig_replayed_knows(child, &message->frame))
		return BRIG_UNPLAYED_SERVICE;
	return BRIG_UNPLAYED_COUNT;
}

static void message(struct brig_replay *replay, struct brig_replay_note *of, uint64_t number,
		    const struct brig_journal_record *record, size_t n)
{
	struct brig_replay_message said = {
		.record = record, .bytes = replay->bytes, .n = n, .length = record->code
	};

	if (n >= sizeof said.frame)
		memcpy(&said.frame, replay->bytes, sizeof said.frame);
	said.last = of->ends && of->last == number && of->code >> 32 == BRIG_EXIT_BAD_MESSAGE;
	const enum brig_unplayed why = why_not(of, &said);
	if (why != BRIG_UNPLAYED_COUNT) {
		replay->result.unplayed[why]++;
		return;
	}
	brig_replayed_pass(of->live);
	if (record->from_broker)
		brig_replayed_said(of->live, &said);
	else
		brig_replayed_hears(of->live, &said);
}

static int replay_record(struct brig_replay *replay, uint64_t number)
{
	struct brig_journal_record record;
	size_t n;
	int r = brig_journal_read(replay->in, &record, replay->bytes, &n);

	if (r <= 0)
		return r ? r : -EBADMSG; /* it was there before */
	struct brig_replay_note *of = find_note(replay, record.instance, false);
	if (!of || !is_record(replay, &record, n))
		return -EBADMSG;
	replay->now_us = replay->result.span_us = record.time_us;
	if (replay->options->child && replay->options->child != record.instance)
		return 0;
	if (record.kind == BRIG_JOURNAL_CHILD)
		return begin(replay, of, record.code, n);
	if (record.kind == BRIG_JOURNAL_END)
		end(replay, of);
	else if (record.kind == BRIG_JOURNAL_MESSAGE)
		message(replay, of, number, &record, n);
	return replay->error;
}

static int replay_all(struct brig_replay *replay)
{
	int r = look_ahead(replay);

	if (!r && fseeko(replay->in, sizeof replay->head, SEEK_SET))
		r = -errno;
	replay->now_us = 0;
	for (uint64_t i = 0; !r && i < replay->records; i++)
		r = replay_record(replay, i);
	return r ? r : replay->damage;
}

/* ---- what it takes ---- */

static int open_all(struct brig_replay *replay, int fd)
{
	brig_auto_fd int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0 || lseek(copy, 0, SEEK_SET) < 0)
		return -errno;
	replay->in = fdopen(copy, "re");
	if (!replay->in)
		return -errno;
	(void)brig_steal_fd(&copy);
	if (pipe2(replay->right, O_CLOEXEC) < 0)
		return -errno;
	replay->wrong = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return replay->wrong < 0 ? -errno : brig_journal_read_head(replay->in, &replay->head);
}

static void free_note(void *of)
{
	brig_replayed_free(((struct brig_replay_note *)of)->live);
	free(of);
}

static void close_all(struct brig_replay *replay)
{
	tdestroy(replay->notes, free_note);
	brig_replay_schema_free(&replay->schema);
	brig_close_fd(&replay->right[0]);
	brig_close_fd(&replay->right[1]);
	brig_close_fd(&replay->wrong);
	if (replay->in)
		(void)fclose(replay->in);
	free(replay);
}

int brig_replay(int fd, const struct brig_replay_options *options, struct brig_replay_result *ret)
{
	static const struct brig_replay_options all = { .size = sizeof all };

	if (!ret || (options && options->size != sizeof *options))
		return -EINVAL;
	*ret = (struct brig_replay_result){ 0 };
	struct brig_replay *replay = calloc(1, sizeof *replay);
	if (!replay)
		return -ENOMEM;
	replay->options = options ? options : &all;
	replay->right[0] = replay->right[1] = replay->wrong = -1;
	int r = brig_replay_schema_make(&replay->schema, replay->options->services);
	if (!r)
		r = open_all(replay, fd);
	if (!r)
		r = replay_all(replay);
	*ret = replay->result;
	close_all(replay);
	return r;
}
