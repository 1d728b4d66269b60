#include "ipc/wire/chunk.h"

#include <brig/stream.h>

#include <errno.h>
#include <sys/socket.h>

int brig_chunk_send(int fd, enum brig_chunk kind, const void *bytes, size_t n, bool wait)
{
	unsigned char first = (unsigned char)kind;
	struct iovec iov[] = { { .iov_base = &first, .iov_len = 1 },
			       { .iov_base = (void *)(uintptr_t)bytes, .iov_len = n } };
	const struct msghdr message = { .msg_iov = iov, .msg_iovlen = n ? 2 : 1 };
	ssize_t r;

	do {
		r = sendmsg(fd, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

/* Without room for control messages the kernel drops descriptors, and says MSG_CTRUNC. */
int brig_chunk_receive(int fd, void *bytes, size_t room, bool wait, size_t *ret_n)
{
	unsigned char first = 0;
	struct iovec iov[] = { { .iov_base = &first, .iov_len = 1 },
			       { .iov_base = bytes, .iov_len = room } };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	do {
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	const int odd = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
	if (n == 0 && !odd)
		return -EPIPE;
	if (odd || !((first == BRIG_CHUNK_DATA && n > 1) || (first == BRIG_CHUNK_END && n == 1)))
		return -EPROTO;
	*ret_n = (size_t)n - 1;
	return first;
}

int64_t brig_stream_read(int fd, void *buffer, size_t n)
{
	size_t got = 0;

	if (n < BRIG_STREAM_CHUNK)
		return -EINVAL;
	const int r = brig_chunk_receive(fd, buffer, BRIG_STREAM_CHUNK, true, &got);
	if (r < 0)
		return r == -EAGAIN ? -ETIMEDOUT : r;
	return r == BRIG_CHUNK_END ? 0 : (int64_t)got;
}

int brig_stream_write(int fd, const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	int r = 0;

	while (n && !r) {
		const size_t part = n < BRIG_STREAM_CHUNK ? n : BRIG_STREAM_CHUNK;

		r = brig_chunk_send(fd, BRIG_CHUNK_DATA, at, part, true);
		at += part;
		n -= part;
	}
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

int brig_stream_write_end(int fd)
{
	const int r = brig_chunk_send(fd, BRIG_CHUNK_END, NULL, 0, true);

	return r == -EAGAIN ? -ETIMEDOUT : r;
}
