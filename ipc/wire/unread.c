/*
 * How much a peer has not read. The kernel says how much memory that takes, not how many messages
 * it is, and a message takes what its allocators round it to: sock_alloc_send_pskb()
 * (net/core/sock.c) by way of kmalloc(), up to twice what it has and the kernel's own part.
 */
#include "ipc/wire/channel.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#define MESSAGE_LEAST 512 /* bytes: the smallest takes more (768 on x86-64) */
/* Of struct sk_buff and skb_shared_info: 576; 1024 where a kernel has the most fragments. */
#define OWN_MOST 1024

static uint64_t in_socket(const struct brig_channel *channel)
{
	int bytes = 0;

	return ioctl(channel->fd, SIOCOUTQ, &bytes) < 0 ? UINT64_MAX : (uint64_t)bytes;
}

size_t brig_channel_unread(const struct brig_channel *channel)
{
	const size_t waiting = channel->queued - channel->n_held;

	if (channel->fd < 0)
		return channel->unread + waiting;
	const uint64_t bytes = in_socket(channel);
	return bytes == UINT64_MAX ? SIZE_MAX
				   : (size_t)(bytes + MESSAGE_LEAST - 1) / MESSAGE_LEAST + waiting;
}

uint64_t brig_message_cost(size_t n)
{
	return 2 * ((uint64_t)n + OWN_MOST);
}

uint64_t brig_message_least(size_t n)
{
	return (uint64_t)n + MESSAGE_LEAST;
}

void brig_channel_charge(struct brig_channel *channel, size_t n)
{
	channel->cost += brig_message_cost(n);
	channel->least += brig_message_least(n);
}

/* It, and all that came later, would take more. */
bool brig_channel_was_read(const struct brig_channel *channel, uint64_t least)
{
	const uint64_t later = channel->least - least;
	const uint64_t unread = channel->fd < 0 ? channel->unread : in_socket(channel);

	return later >= channel->least_waiting &&
	       later - channel->least_waiting + MESSAGE_LEAST > unread;
}

/* They are read in their order: what takes more than all that came later can has it, too. */
enum brig_unread brig_channel_has_unread(const struct brig_channel *channel, uint64_t cost)
{
	const uint64_t later = channel->cost - cost;
	const uint64_t unread = channel->fd < 0 ? channel->unread : in_socket(channel);

	if (later < channel->cost_waiting || unread > later - channel->cost_waiting)
		return BRIG_IT_IS_UNREAD;
	return unread || channel->cost_waiting ? BRIG_SOME_IS_UNREAD : BRIG_ALL_IS_READ;
}
