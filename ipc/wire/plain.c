/* Messages by read(2) and write(2): of who is left no other calls. They carry no descriptors. */
#include "ipc/wire/channel.h"

#include <errno.h>
#include <unistd.h>

/* Descriptors that came along are closed by the kernel (unix(7)), and missed by their count. */
int brig_plain_receive(struct brig_channel *channel, uint8_t *buffer, struct brig_packet *ret)
{
	ssize_t n;

	do {
		n = read(channel->fd, buffer, BRIG_PACKET_MAX);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET ||
			   (errno == EAGAIN && brig_channel_waits_on(channel))));
	if (n < 0)
		return -errno;
	*ret = (struct brig_packet){ .bytes = buffer, .n = (size_t)n };
	return n > 0;
}

int brig_plain_send(const struct brig_channel *channel, const void *bytes, size_t n, size_t n_fds)
{
	ssize_t r;

	if (n_fds)
		return -EPERM;
	do {
		r = write(channel->fd, bytes, n);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}
