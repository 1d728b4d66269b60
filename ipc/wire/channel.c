#include "ipc/wire/channel.h"

#include "ipc/wire/batch.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* SCM_MAX_FD of the kernel: room for all that can arrive, so that none is lost unseen. */
#define FDS_RECEIVED_MAX 253

struct brig_queued {
	struct brig_queued *next;
	int fds[BRIG_FDS_MAX];
	size_t n_fds;
	bool answer;
	size_t n;
	uint8_t bytes[];
};

int brig_channel_pair(bool child, int *ret_ours, int *ret_theirs)
{
	const struct timeval tick = { .tv_sec = BRIG_TICK_MS / 1000 };
	const int on = 1;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	brig_auto_fd int ours = sv[0];
	brig_auto_fd int theirs = sv[1];
	if (child && (setsockopt(ours, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
		      setsockopt(theirs, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick) < 0))
		return -errno;
	*ret_ours = brig_steal_fd(&ours);
	*ret_theirs = brig_steal_fd(&theirs);
	return 0;
}

void brig_channel_init(struct brig_channel *channel, int fd)
{
	memset(channel, 0, sizeof *channel);
	channel->fd = fd;
	channel->last = &channel->first;
	channel->last_held = &channel->held;
}

static void queued_free(struct brig_queued *queued)
{
	for (size_t i = 0; i < queued->n_fds; i++)
		(void)close(queued->fds[i]);
	free(queued);
}

static void list_clear(struct brig_queued **first)
{
	while (*first) {
		struct brig_queued *queued = *first;

		*first = queued->next;
		queued_free(queued);
	}
}

static void queue_clear(struct brig_channel *channel)
{
	list_clear(&channel->first);
	list_clear(&channel->held);
	channel->last = &channel->first;
	channel->last_held = &channel->held;
	channel->queued = channel->n_held = channel->n_answers = 0;
	channel->cost_waiting = channel->least_waiting = 0;
}

void brig_channel_finish(struct brig_channel *channel)
{
	queue_clear(channel);
	brig_close_fd(&channel->fd);
}

void brig_packet_close(struct brig_packet *packet)
{
	for (size_t i = 0; i < packet->n_fds; i++)
		(void)close(packet->fds[i]);
	packet->n_fds = 0;
}

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(FDS_RECEIVED_MAX * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

/* Takes what fits into the packet; the rest is closed and counted, so that the count shows it. */
static size_t take_fds(const struct cmsghdr *cmsg, struct brig_packet *packet)
{
	size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < n; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof fd, sizeof fd);
		if (packet->n_fds < BRIG_FDS_MAX)
			packet->fds[packet->n_fds++] = fd;
		else
			(void)close(fd);
	}
	return n;
}

static size_t take_control(struct msghdr *message, struct brig_packet *packet)
{
	size_t n_fds = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(message); cmsg;
	     cmsg = CMSG_NXTHDR(message, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET)
			continue;
		if (cmsg->cmsg_type == SCM_RIGHTS)
			n_fds += take_fds(cmsg, packet);
		if (cmsg->cmsg_type == SCM_CREDENTIALS) {
			struct ucred credentials;

			memcpy(&credentials, CMSG_DATA(cmsg), sizeof credentials);
			packet->sender = credentials.pid;
		}
	}
	return n_fds;
}

/* A receiver at its own limit sees MSG_CTRUNC from an honest sender. */
static bool short_of_fds(void)
{
	brig_auto_fd int probe = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	return probe < 0 && errno == EMFILE;
}

/* An empty packet reads like the end. Sealed children may not ask; their peer sends none. */
static bool hung_up(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLRDHUP };

	return poll(&end, 1, 0) < 0 || (end.revents & (POLLRDHUP | POLLHUP));
}

bool brig_channel_waits_on(struct brig_channel *channel)
{
	return !channel->own_time && (!channel->ticks || --channel->ticks);
}

static ssize_t receive_message(struct brig_channel *channel, struct msghdr *message, bool wait)
{
	ssize_t n;

	if (wait && channel->poll_us) {
		n = brig_channel_poll(channel, message, MSG_CMSG_CLOEXEC);
		if (n >= 0 || (errno != EAGAIN && errno != ECONNRESET))
			return n;
	}
	/* A peer that closed without having read all it was sent resets its end, and that is told
	 * once, before what it sent itself. */
	do {
		n = recvmsg(channel->fd, message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET ||
			   (errno == EAGAIN && wait && brig_channel_waits_on(channel))));
	return n;
}

static void record_sent(const struct brig_channel *channel, const uint8_t *bytes, size_t n,
			size_t n_fds)
{
	const size_t head = sizeof(struct brig_frame);
	struct brig_frame frame;
	const uint8_t *one;
	size_t at = 0;

	if (!channel->record)
		return;
	if (!brig_packet_is_batch(bytes, n)) {
		channel->record(channel->record_user, true, bytes, n, n_fds);
		return;
	}
	while (brig_batch_next(bytes + head, n - head, &at, &frame, &one))
		channel->record(channel->record_user, true, one, head + frame.length, 0);
}

int brig_channel_receive(struct brig_channel *channel, uint8_t *buffer, bool wait,
			 struct brig_packet *ret)
{
	union control control;
	struct iovec iov = { .iov_base = buffer, .iov_len = BRIG_PACKET_MAX };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = control.bytes,
				  .msg_controllen = sizeof control.bytes };

	if (channel->plain)
		return brig_plain_receive(channel, buffer, ret);
	ssize_t n = receive_message(channel, &message, wait);
	if (n < 0)
		return -errno;
	*ret = (struct brig_packet){ .bytes = buffer, .n = (size_t)n };
	size_t n_fds = take_control(&message, ret);
	if (n == 0 && n_fds == 0 && hung_up(channel->fd))
		return 0;
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || n_fds > BRIG_FDS_MAX) {
		bool ours = (message.msg_flags & MSG_CTRUNC) && short_of_fds();

		brig_packet_close(ret);
		return ours ? -EMFILE : -EBADMSG;
	}
	if (channel->tap)
		channel->tap(channel->tap_user, ret->bytes, ret->n);
	return 1;
}

int brig_packet_send(int fd, const void *bytes, size_t n, const int *fds, size_t n_fds, bool wait)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(BRIG_FDS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = n };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r;

	if (n_fds > BRIG_FDS_MAX)
		return -EINVAL;
	if (n_fds) {
		memset(&control, 0, sizeof control);
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	}
	do {
		r = sendmsg(fd, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int send_bytes(const struct brig_channel *channel, const void *bytes, size_t n,
		      const int *fds, size_t n_fds, bool wait)
{
	const int r = channel->plain ? brig_plain_send(channel, bytes, n, n_fds)
				     : brig_packet_send(channel->fd, bytes, n, fds, n_fds, wait);

	/* A peer that is gone isn't one that doesn't read. */
	return r == -ECONNRESET ? -EPIPE : r;
}

size_t brig_packet_size(const ProtobufCMessage *message)
{
	return sizeof(struct brig_frame) +
	       (message ? protobuf_c_message_get_packed_size(message) : 0);
}

size_t brig_packet_write(uint8_t *to, const struct brig_frame *frame,
			 const ProtobufCMessage *message, size_t n_fds)
{
	struct brig_frame header = *frame;
	const size_t length = message ? protobuf_c_message_pack(message, to + sizeof header) : 0;

	header.version = BRIG_FRAME_VERSION;
	header.length = (uint32_t)length;
	header.n_fds = (uint16_t)n_fds;
	memcpy(to, &header, sizeof header);
	return sizeof header + length;
}

static bool is_answer(const uint8_t *bytes)
{
	struct brig_frame frame;

	memcpy(&frame, bytes, sizeof frame);
	return frame.kind == BRIG_KIND_REPLY || frame.kind == BRIG_KIND_ERROR;
}

/* A copy, with descriptors of its own. 0 or -errno. */
static int queued_create(const uint8_t *bytes, size_t n, const int *fds, size_t n_fds,
			 struct brig_queued **ret)
{
	struct brig_queued *queued = malloc(sizeof *queued + n);

	if (!queued)
		return -ENOMEM;
	queued->next = NULL;
	queued->n_fds = 0;
	queued->answer = is_answer(bytes);
	queued->n = n;
	memcpy(queued->bytes, bytes, n);
	for (size_t i = 0; i < n_fds; i++) {
		const int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		const int error = errno;

		if (fd < 0) {
			queued_free(queued);
			return -error;
		}
		queued->fds[queued->n_fds++] = fd;
	}
	*ret = queued;
	return 0;
}

/* Behind all that waits. */
static void enqueue(struct brig_channel *channel, struct brig_queued *queued)
{
	*channel->last = queued;
	channel->last = &queued->next;
	brig_channel_charge(channel, queued->n);
	channel->cost_waiting += brig_message_cost(queued->n);
	channel->least_waiting += brig_message_least(queued->n);
}

static void dequeue(struct brig_channel *channel)
{
	struct brig_queued *queued = channel->first;

	channel->first = queued->next;
	if (!channel->first)
		channel->last = &channel->first;
	channel->cost_waiting -= brig_message_cost(queued->n);
	channel->least_waiting -= brig_message_least(queued->n);
	channel->queued--;
	channel->n_answers -= queued->answer;
	queued_free(queued);
}

static int flush(struct brig_channel *channel, bool wait)
{
	while (channel->first) {
		struct brig_queued *queued = channel->first;
		int r = channel->fd < 0 ? 0
					: send_bytes(channel, queued->bytes, queued->n, queued->fds,
						     queued->n_fds, wait);

		channel->crowded = r == -ETOOMANYREFS;
		if (r == -EAGAIN || channel->crowded)
			return 1;
		if (r < 0) {
			queue_clear(channel); /* it never will be sent */
			return r;
		}
		dequeue(channel);
	}
	return 0;
}

int brig_channel_flush(struct brig_channel *channel)
{
	return flush(channel, false);
}

int brig_channel_flush_waiting(struct brig_channel *channel)
{
	return flush(channel, true);
}

/* What need not wait takes no memory. -EAGAIN: it must. */
static int send_now(struct brig_channel *channel, const uint8_t *bytes, size_t n, const int *fds,
		    size_t n_fds)
{
	if (channel->first || channel->fd < 0)
		return -EAGAIN;
	const int r = send_bytes(channel, bytes, n, fds, n_fds, false);
	if (r == -EAGAIN || r == -ETOOMANYREFS)
		return -EAGAIN;
	record_sent(channel, bytes, n, n_fds);
	if (!r)
		brig_channel_charge(channel, n);
	return r;
}

bool brig_channel_full(const struct brig_channel *channel)
{
	return channel->queued - channel->n_answers >= BRIG_CHANNEL_QUEUE;
}

int brig_channel_send(struct brig_channel *channel, const uint8_t *bytes, size_t n, const int *fds,
		      size_t n_fds)
{
	struct brig_queued *queued = NULL;
	int r = n_fds > BRIG_FDS_MAX ? -EMSGSIZE : send_now(channel, bytes, n, fds, n_fds);

	if (r != -EAGAIN)
		return r;
	if (is_answer(bytes) ? channel->n_answers >= BRIG_CHANNEL_QUEUE
			     : brig_channel_full(channel))
		return -ENOBUFS;
	r = queued_create(bytes, n, fds, n_fds, &queued);
	if (!queued)
		return r;
	enqueue(channel, queued);
	channel->queued++;
	channel->n_answers += queued->answer;
	record_sent(channel, bytes, n, n_fds);
	return brig_channel_flush(channel);
}

int brig_channel_hold(struct brig_channel *channel, const uint8_t *bytes, size_t n, const int *fds,
		      size_t n_fds)
{
	struct brig_queued *queued = NULL;

	if (brig_channel_full(channel))
		return -ENOBUFS;
	const int r =
		n_fds > BRIG_FDS_MAX ? -EMSGSIZE : queued_create(bytes, n, fds, n_fds, &queued);
	if (!queued)
		return r;
	*channel->last_held = queued;
	channel->last_held = &queued->next;
	channel->queued++;
	channel->n_held++;
	record_sent(channel, bytes, n, n_fds);
	return 0;
}

int brig_channel_release(struct brig_channel *channel, unsigned int n)
{
	for (; n && channel->held; n--) {
		struct brig_queued *queued = channel->held;

		channel->held = queued->next;
		if (!channel->held)
			channel->last_held = &channel->held;
		channel->n_held--;
		queued->next = NULL;
		enqueue(channel, queued);
	}
	return brig_channel_flush(channel);
}

int brig_channel_send_waiting(struct brig_channel *channel, const uint8_t *bytes, size_t n,
			      const int *fds, size_t n_fds)
{
	return send_bytes(channel, bytes, n, fds, n_fds, true);
}
