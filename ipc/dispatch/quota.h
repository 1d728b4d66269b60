/*
 * ipc/dispatch/quota.h - how much a second: token buckets, each of them one number, the time at
 * which it is full again.
 */
#ifndef IPC_DISPATCH_QUOTA_H
#define IPC_DISPATCH_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Of one peer, where its offer says nothing else: several times what one core can have handled, so
 * that none meets them but who floods. A quarter of a second's worth may come at once.
 */
#define BRIG_MESSAGES_PER_S 200000u
#define BRIG_BYTES_PER_S    (1024u << 20)

struct brig_quota {
	uint32_t messages_per_s, bytes_per_s;
	uint64_t messages_ns, bytes_ns; /* when its buckets are full again */
};

/* 0: the default. */
void brig_quota_init(struct brig_quota *quota, uint32_t messages_per_s, uint32_t bytes_per_s);

/* One message was taken. Returns the µs until the next may be; 0: at once. */
uint64_t brig_quota_charge(struct brig_quota *quota, uint64_t now_us, uint64_t bytes);

/* One of @per_s, of which a second's worth may come at once. False, and not counted: it is more. */
bool brig_rate_take(uint64_t *full_ns, uint64_t now_us, uint64_t per_s);

#endif
