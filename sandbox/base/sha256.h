/* sandbox/base/sha256.h - FIPS 180-4, for names of texts: nothing secret is hashed. */
#ifndef SANDBOX_BASE_SHA256_H
#define SANDBOX_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct brig_sha256 {
	uint32_t state[8];
	uint64_t bytes;
	uint8_t block[64];
};

void brig_sha256_init(struct brig_sha256 *hash);
void brig_sha256_add(struct brig_sha256 *hash, const void *bytes, size_t n);
/* 64 digits and NUL; the hash is used up. */
void brig_sha256_end(struct brig_sha256 *hash, char ret[65]);

#endif
