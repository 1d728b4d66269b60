/* A packet that is about to come is cheaper to wait for awake, where its sender has another CPU. */
#include "ipc/wire/channel.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

unsigned int brig_cpus_online(void)
{
	const long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned int)n : 1;
}

void brig_channel_poll_first(struct brig_channel *channel, unsigned int max_us, unsigned int cpus)
{
	channel->poll_us = cpus > 1 ? max_us : 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

ssize_t brig_channel_poll(struct brig_channel *channel, struct msghdr *message, int flags)
{
	const uint64_t until = now_ns() + (uint64_t)channel->poll_us * 1000;
	ssize_t n;

	for (;;) {
		n = recvmsg(channel->fd, message, flags | MSG_DONTWAIT);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		channel->polls++;
		if (now_ns() >= until)
			break;
	}
	errno = EAGAIN;
	return n;
}
