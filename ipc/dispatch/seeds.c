/* A journal as inputs of brig_fuzz_message(): include/brig/fuzz.h. */
#include "ipc/wire/frame.h"
#include "ipc/wire/journal.h"
#include "sandbox/base/cleanup.h"

#include <brig/fuzz.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVICES_MOST 256 /* of what one byte can tell apart */
#define METHODS_MOST  128
#define PREFIX        2

struct seeds {
	const struct brig_service *const *services;
	void (*seed)(void *user, const struct brig_method *method, const uint8_t *data, size_t n);
	void *user;
	uint8_t bytes[PREFIX + BRIG_JOURNAL_MOST];
};

/* NULL, or the method with the two bytes that brig_fuzz_message() finds it by. */
static const struct brig_method *find(const struct seeds *seeds, const struct brig_frame *frame,
				      uint8_t prefix[PREFIX])
{
	const bool reply = frame->kind == BRIG_KIND_REPLY;

	for (size_t i = 0; i < SERVICES_MOST && seeds->services[i]; i++) {
		const struct brig_service *service = seeds->services[i];

		for (size_t m = 0;
		     service->id == frame->service && m < service->n_methods && m < METHODS_MOST;
		     m++) {
			const struct brig_method *method = &service->methods[m];

			if (method->method != frame->method || (reply && !method->reply))
				continue;
			prefix[0] = (uint8_t)i;
			prefix[1] = (uint8_t)(m << 1 | (size_t)reply);
			return method;
		}
	}
	return NULL;
}

/* 1 it was one. Behind the record lie header and payload; the prefix takes the header's end. */
static int tell(struct seeds *seeds, const struct brig_journal_record *record, size_t n)
{
	uint8_t *bytes = seeds->bytes + PREFIX;
	struct brig_frame frame;

	if (record->kind != BRIG_JOURNAL_MESSAGE || record->from_broker || n < sizeof frame ||
	    n != record->code)
		return 0;
	memcpy(&frame, bytes, sizeof frame);
	if (frame.flags & BRIG_FRAME_SPILLED)
		return 0; /* it isn't what lies here */
	if (frame.kind != BRIG_KIND_REQUEST && frame.kind != BRIG_KIND_EVENT &&
	    frame.kind != BRIG_KIND_REPLY)
		return 0;
	uint8_t *data = bytes + sizeof frame - PREFIX;
	const struct brig_method *method = find(seeds, &frame, data);
	if (!method)
		return 0;
	seeds->seed(seeds->user, method, data, PREFIX + n - sizeof frame);
	return 1;
}

static int64_t read_all(struct seeds *seeds, FILE *in)
{
	struct brig_journal_record record;
	struct brig_journal_head head;
	int64_t told = 0;
	size_t n;
	int r = brig_journal_read_head(in, &head);

	if (r)
		return r;
	while ((r = brig_journal_read(in, &record, seeds->bytes + PREFIX, &n)) > 0)
		told += tell(seeds, &record, n);
	return r ? r : told;
}

int64_t brig_fuzz_seeds(const struct brig_service *const *services, int fd,
			void (*seed)(void *user, const struct brig_method *method,
				     const uint8_t *data, size_t n),
			void *user)
{
	if (!services || !seed)
		return -EINVAL;
	brig_auto_fd int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0 || lseek(copy, 0, SEEK_SET) < 0)
		return -errno;
	FILE *in = fdopen(copy, "re");
	if (!in)
		return -errno;
	(void)brig_steal_fd(&copy);
	struct seeds *seeds = calloc(1, sizeof *seeds);
	int64_t told = -ENOMEM;
	if (seeds) {
		*seeds = (struct seeds){ .services = services, .seed = seed, .user = user };
		told = read_all(seeds, in);
	}
	free(seeds);
	(void)fclose(in);
	return told;
}
