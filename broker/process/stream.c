/* A broker's ends of streams: include/brig/stream.h. */
#include "broker/process/direct.h"
#include "ipc/wire/chunk.h"
#include "sandbox/base/cleanup.h"

#include <brig/stream.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define CHUNKS_PER_WAKE 8 /* one stream must not starve the others */

struct brig_stream {
	struct brig_stream *next, **at; /* among the broker's */
	struct brig_broker *broker;
	struct brig_process *process; /* the other end's; NULL: it is dead */
	int fd;
	struct brig_watch *watch;
	struct brig_wheel_node deadline;
	bool from; /* the child writes */
	bool paused, finishing, finished;
	bool busy, cancelled; /* within a callback; that cancelled it */
	uint64_t bytes, max_bytes;
	struct brig_stream_listener listener;
	void *user;
	size_t held; /* of the chunk below: it did not fit the socket */
	unsigned char chunk[];
};

static void release(struct brig_stream *stream)
{
	if (stream->at)
		*stream->at = stream->next;
	if (stream->next)
		stream->next->at = stream->at;
	brig_wheel_stop(&stream->deadline);
	brig_watch_close(stream->watch);
	brig_close_fd(&stream->fd);
	free(stream);
}

/* The last thing that happens to it. */
static void end(struct brig_stream *stream, int error)
{
	const struct brig_stream_listener listener = stream->listener;

	stream->busy = true; /* it can't be cancelled any more */
	if (listener.on_end)
		listener.on_end(stream->user, stream, error, stream->bytes);
	release(stream);
}

static void breach(struct brig_stream *stream, enum brig_bad_message code, int error)
{
	struct brig_process *process = stream->process;

	if (process && !process->ending) {
		(void)snprintf(process->exit.detail, sizeof process->exit.detail,
			       "a stream that it %s", stream->from ? "writes" : "reads");
		brig_stats_add(&process->broker->stats, NULL, BRIG_STAT_BREACHES, 1);
		brig_process_kill(process, BRIG_EXIT_BAD_MESSAGE, (int)code);
	}
	end(stream, error);
}

/* After a callback, which may have cancelled it. */
static bool still_there(struct brig_stream *stream)
{
	stream->busy = false;
	if (stream->cancelled)
		release(stream);
	else
		return true;
	return false;
}

/* True: there may be more now. */
static bool read_chunk(struct brig_stream *stream)
{
	uint8_t *buffer = stream->broker->buffer; /* of one message at a time */
	size_t n = 0;
	const int r = brig_chunk_receive(stream->fd, buffer, BRIG_STREAM_CHUNK, false, &n);

	if (r == -EAGAIN)
		return false;
	if (r == -EPROTO) {
		breach(stream, BRIG_BAD_KIND, r);
		return false;
	}
	if (r < 0 || r == BRIG_CHUNK_END) {
		end(stream, r < 0 ? r : 0);
		return false;
	}
	if (n > stream->max_bytes - stream->bytes) {
		breach(stream, BRIG_BAD_SIZE, -EFBIG);
		return false;
	}
	stream->bytes += n;
	stream->busy = true;
	stream->listener.on_data(stream->user, stream, buffer, n);
	return still_there(stream);
}

/* The reader writes nothing: what its end says is that it is closed, and whether all was read. */
static bool other_end_is_there(struct brig_stream *stream)
{
	char byte;
	const ssize_t n = recv(stream->fd, &byte, sizeof byte, MSG_DONTWAIT);

	if (n > 0)
		breach(stream, BRIG_BAD_KIND, -EPROTO);
	else if (n == 0)
		end(stream, stream->finished ? 0 : -EPIPE);
	else if (errno != EAGAIN && errno != EINTR)
		end(stream, -EPIPE); /* ECONNRESET: it was closed before it had read all */
	else
		return true;
	return false;
}

/*
 * False: it is over. Where max_bytes are there, it is asked once more, with room: none would be
 * taken for the end of what it has, and what is cut off for whole.
 */
static bool fill(struct brig_stream *stream)
{
	const uint64_t left = stream->max_bytes - stream->bytes;
	const size_t room = left && left < BRIG_STREAM_CHUNK ? (size_t)left : BRIG_STREAM_CHUNK;

	stream->busy = true;
	const size_t n = stream->listener.on_room(stream->user, stream, stream->chunk, room);
	if (!still_there(stream))
		return false;
	if (n > room || n > left) {
		end(stream, n > room ? -EINVAL : -EFBIG);
		return false;
	}
	stream->held = n;
	if (!n && !stream->finishing)
		stream->paused = true;
	return true;
}

/* 0 there may be room for more; -EAGAIN there is none; -EPIPE. */
static int send_held(struct brig_stream *stream)
{
	const bool last = !stream->held;
	const int r = brig_chunk_send(stream->fd, last ? BRIG_CHUNK_END : BRIG_CHUNK_DATA,
				      stream->chunk, stream->held, false);

	if (r)
		return r;
	stream->bytes += stream->held;
	stream->held = 0;
	stream->finished = last;
	if (last) /* who reads behind the end would wait for us, and we for it to close */
		(void)shutdown(stream->fd, SHUT_WR);
	return 0;
}

/* True: there may be room for more. */
static bool write_chunk(struct brig_stream *stream)
{
	int r = -EAGAIN;

	if (!stream->held && !stream->finishing && !fill(stream))
		return false;
	if (stream->held || stream->finishing)
		r = send_held(stream);
	else
		(void)brig_watch_want_write(stream->watch, false); /* there is room, and no bytes */
	if (!r && stream->finished)
		(void)brig_watch_want_write(stream->watch, false);
	if (r && r != -EAGAIN)
		end(stream, -EPIPE);
	return !r && !stream->finished;
}

static void write_chunks(struct brig_stream *stream)
{
	int n = 0;

	if (!other_end_is_there(stream) || stream->finished)
		return;
	if (stream->paused && !stream->held)
		(void)brig_watch_want_write(stream->watch, false);
	else
		while (n < CHUNKS_PER_WAKE && (stream->held || !stream->paused) &&
		       write_chunk(stream))
			n++;
}

static void ready(void *user)
{
	struct brig_stream *stream = user;
	int n = 0;

	if (!stream->from)
		write_chunks(stream);
	else
		while (n < CHUNKS_PER_WAKE && !stream->paused && read_chunk(stream))
			n++;
}

static void time_is_up(struct brig_wheel_node *node)
{
	end((struct brig_stream *)((char *)node - offsetof(struct brig_stream, deadline)),
	    -ETIMEDOUT);
}

/* ---- made and ended ---- */

static bool options_valid(const struct brig_stream_options *o, bool from)
{
	return o && o->size == sizeof *o && o->child && o->max_bytes && o->timeout_ms >= 0 &&
	       !o->reserved && o->listener &&
	       (from ? o->listener->on_data != NULL : o->listener->on_room != NULL);
}

static unsigned int count(const struct brig_process *process)
{
	unsigned int n = 0;

	for (const struct brig_stream *s = process->broker->streams; s; s = s->next)
		n += s->process == process;
	return n;
}

static int make_ends(struct brig_stream *stream, int timeout_ms, int *ret_fd)
{
	const struct timeval time = { .tv_sec = timeout_ms / 1000,
				      .tv_usec = timeout_ms % 1000 * 1000 };
	brig_auto_fd int theirs = -1;
	int r = brig_channel_pair(false, &stream->fd, &theirs);

	if (r)
		return r;
	brig_refuse_rights(stream->fd);
	brig_refuse_rights(theirs);
	if (setsockopt(theirs, SOL_SOCKET, stream->from ? SO_SNDTIMEO : SO_RCVTIMEO, &time,
		       sizeof time) < 0)
		return -errno;
	/* A writer that reads by mistake doesn't wait for us. */
	if (stream->from && shutdown(stream->fd, SHUT_WR) < 0)
		return -errno;
	r = brig_watch_open(stream->broker->loop, stream->fd, ready, stream, &stream->watch);
	if (!r && !stream->from)
		r = brig_watch_want_write(stream->watch, true);
	if (r)
		return r;
	*ret_fd = brig_steal_fd(&theirs);
	return 0;
}

static int start(const struct brig_stream_options *o, bool from, struct brig_stream **ret,
		 int *ret_fd)
{
	if (!options_valid(o, from) || !ret || !ret_fd)
		return -EINVAL;
	struct brig_process *process = brig_child_process(o->child);
	if (process->state != BRIG_STATE_LOCKED || process->ending)
		return -ENOTCONN;
	if (count(process) >= BRIG_STREAMS_MAX)
		return -EAGAIN;
	struct brig_stream *stream = calloc(1, sizeof *stream + (from ? 0 : BRIG_STREAM_CHUNK));
	if (!stream)
		return -ENOMEM;
	stream->broker = process->broker;
	stream->process = process;
	stream->fd = -1;
	stream->from = from;
	stream->max_bytes = o->max_bytes;
	stream->listener = *o->listener;
	stream->user = o->user;
	const int r = make_ends(stream, o->timeout_ms, ret_fd);
	if (r) {
		release(stream);
		return r;
	}
	stream->deadline.due = time_is_up;
	if (o->timeout_ms)
		brig_wheel_start(&stream->broker->wheel, &stream->deadline,
				 brig_wheel_now(&stream->broker->wheel) +
					 (uint64_t)o->timeout_ms * 1000);
	stream->at = &stream->broker->streams;
	stream->next = *stream->at;
	if (stream->next)
		stream->next->at = &stream->next;
	*stream->at = stream;
	*ret = stream;
	return 0;
}

int brig_stream_from(const struct brig_stream_options *options, struct brig_stream **ret,
		     int *ret_fd)
{
	return start(options, true, ret, ret_fd);
}

int brig_stream_to(const struct brig_stream_options *options, struct brig_stream **ret, int *ret_fd)
{
	return start(options, false, ret, ret_fd);
}

void brig_stream_pause(struct brig_stream *stream)
{
	stream->paused = true;
	if (stream->from)
		(void)brig_watch_want_read(stream->watch, false);
}

int brig_stream_resume(struct brig_stream *stream)
{
	stream->paused = false;
	if (stream->from)
		return brig_watch_want_read(stream->watch, true);
	return stream->finished ? 0 : brig_watch_want_write(stream->watch, true);
}

int brig_stream_finish(struct brig_stream *stream)
{
	if (stream->from)
		return -EINVAL;
	stream->finishing = true;
	return brig_stream_resume(stream);
}

void brig_stream_cancel(struct brig_stream *stream)
{
	if (!stream)
		return;
	if (stream->busy)
		stream->cancelled = true;
	else
		release(stream);
}

void brig_streams_orphan(const struct brig_process *process)
{
	for (struct brig_stream *s = process->broker->streams; s; s = s->next)
		if (s->process == process)
			s->process = NULL;
}

void brig_streams_end(struct brig_broker *broker)
{
	for (struct brig_stream *stream = broker->streams; stream; stream = broker->streams) {
		broker->streams = stream->next;
		if (stream->next)
			stream->next->at = &broker->streams;
		stream->at = NULL;
		stream->next = NULL;
		end(stream, -ECANCELED);
	}
}
