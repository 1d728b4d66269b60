/*
 * Journals that no broker wrote: reading and replaying them ends, with a result or a code, and the
 * same file gives the same result. The input is a journal, its head or what is behind that. Seeds:
 * tests/fuzz/journals, as 'brig trace --payloads -- brig render' and the greeter left them.
 */
#include "ipc/wire/journal.h"

#include <brig/journal.h>
#include <brig/replay.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(void *user, const struct brig_replay_difference *difference)
{
	uint64_t *sum = user;

	*sum = *sum * 31 + strlen(difference->expected) + strlen(difference->came) +
	       strlen(difference->role);
}

static int replay(int fd, struct brig_replay_result *ret, uint64_t *ret_sum)
{
	const struct brig_replay_options options = { .size = sizeof options,
						     .difference = look,
						     .user = ret_sum };

	*ret_sum = 0;
	return brig_replay(fd, &options, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	const struct brig_journal_head head = { .magic = BRIG_JOURNAL_MAGIC,
						.flags = BRIG_JOURNAL_PAYLOADS };
	struct brig_replay_result first, second;
	uint64_t sum, again;

	if (fd < 0)
		fd = memfd_create("journal", MFD_CLOEXEC);
	const bool whole = size >= sizeof head && !memcmp(data, &head, sizeof head.magic);
	const off_t at = whole ? 0 : sizeof head;
	if (fd < 0 || ftruncate(fd, 0) < 0 ||
	    pwrite(fd, &head, sizeof head, 0) != (ssize_t)sizeof head ||
	    pwrite(fd, data, size, at) != (ssize_t)size)
		abort();
	const int r = replay(fd, &first, &sum);
	if (r && r != -EBADMSG && r != -E2BIG)
		abort();
	if (replay(fd, &second, &again) != r || memcmp(&first, &second, sizeof first) ||
	    sum != again)
		abort();
	return 0;
}
