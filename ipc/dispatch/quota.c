#include "ipc/dispatch/quota.h"

#define NS_PER_S  1000000000u
#define NS_PER_US 1000u
#define WINDOW_NS (NS_PER_S / 4)

void brig_quota_init(struct brig_quota *quota, uint32_t messages_per_s, uint32_t bytes_per_s)
{
	*quota = (struct brig_quota){
		.messages_per_s = messages_per_s ? messages_per_s : BRIG_MESSAGES_PER_S,
		.bytes_per_s = bytes_per_s ? bytes_per_s : BRIG_BYTES_PER_S,
	};
}

/* Returns by how much it is over. */
static uint64_t charge(uint64_t *full_ns, uint64_t now_ns, uint64_t cost_ns)
{
	if (*full_ns < now_ns)
		*full_ns = now_ns;
	*full_ns += cost_ns;
	return *full_ns - now_ns > WINDOW_NS ? *full_ns - now_ns - WINDOW_NS : 0;
}

uint64_t brig_quota_charge(struct brig_quota *quota, uint64_t now_us, uint64_t bytes)
{
	const uint64_t now_ns = now_us * NS_PER_US;
	const uint64_t by_messages =
		charge(&quota->messages_ns, now_ns, NS_PER_S / quota->messages_per_s);
	const uint64_t by_bytes =
		charge(&quota->bytes_ns, now_ns, bytes * NS_PER_S / quota->bytes_per_s);
	const uint64_t over_ns = by_messages > by_bytes ? by_messages : by_bytes;

	return (over_ns + NS_PER_US - 1) / NS_PER_US;
}

bool brig_rate_take(uint64_t *full_ns, uint64_t now_us, uint64_t per_s)
{
	const uint64_t now_ns = now_us * NS_PER_US;
	const uint64_t from_ns = *full_ns > now_ns ? *full_ns : now_ns;
	const uint64_t full_after_ns = from_ns + NS_PER_S / per_s;

	if (full_after_ns - now_ns > NS_PER_S)
		return false;
	*full_ns = full_after_ns;
	return true;
}
