#include "broker/monitor/journal.h"

#include "ipc/dispatch/redact.h"
#include "ipc/schema/services.brig.h"
#include "ipc/wire/journal.h"
#include "sandbox/base/cleanup.h"

#include <brig/journal.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX 1000 /* of one process in one directory */

struct brig_journal {
	FILE *out;
	unsigned int flags;
	uint64_t started_us;
	bool at_once; /* each record reaches the file before the next */
	int error;    /* the first, negative; nothing is written after it */
};

static void put(struct brig_journal *journal, const void *bytes, size_t n)
{
	if (n && !journal->error && fwrite(bytes, 1, n, journal->out) != n)
		journal->error = errno ? -errno : -EIO;
}

/* Both machines that Brig runs on are little-endian, as the format is. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records are written as they lie");

static void put_record(const struct brig_process *process, struct brig_journal_record *record,
		       const void *bytes, size_t n)
{
	struct brig_journal *journal = process->broker->journal;

	record->size = (uint32_t)(sizeof *record + n);
	record->time_us = brig_now_us() - journal->started_us;
	record->instance = process->exit.instance;
	put(journal, record, sizeof *record);
	put(journal, bytes, n);
	if (journal->at_once && !journal->error && fflush(journal->out))
		journal->error = -errno;
}

void brig_journal_child(const struct brig_process *process, bool lived)
{
	const struct brig_peer *peer = &process->peer;
	struct brig_journal_record record = { .kind = BRIG_JOURNAL_CHILD,
					      .code = (uint64_t)lived << 32 | peer->max_asked };
	uint8_t bytes[64 + 2 * (BRIG_SERVED_MAX + 2)] = { 0 };
	size_t n = strnlen(process->role->name, 63);

	if (!process->broker->journal)
		return;
	memcpy(bytes, process->role->name, n++);
	for (size_t i = 0; i < peer->n_served; i++, n += sizeof peer->served[i].service->id)
		memcpy(bytes + n, &peer->served[i].service->id, sizeof peer->served[i].service->id);
	put_record(process, &record, bytes, n);
}

void brig_journal_end(const struct brig_process *process)
{
	struct brig_journal_record record = { .kind = BRIG_JOURNAL_END,
					      .code = (uint64_t)process->exit.class_ << 32 |
						      (uint32_t)process->exit.code };

	if (process->broker->journal)
		put_record(process, &record, NULL, 0);
}

/* What the payload has to be, by the header that claims it; NULL: nobody knows. */
static const struct brig_message_rules *rules_of(const struct brig_peer *peer,
						 const struct brig_frame *frame)
{
	if (frame->kind == BRIG_KIND_ERROR)
		return &brig__ipc__refusal__rules;
	for (size_t i = 0; i < peer->n_served; i++) {
		const struct brig_service *service = peer->served[i].service;

		for (size_t m = 0; service->id == frame->service && m < service->n_methods; m++)
			if (service->methods[m].method == frame->method)
				return frame->kind == BRIG_KIND_REPLY ? service->methods[m].reply
								      : service->methods[m].request;
	}
	return NULL;
}

void brig_journal_message(void *user, bool from_broker, const uint8_t *bytes, size_t n,
			  size_t n_fds)
{
	const struct brig_process *process = user;
	const struct brig_journal *journal = process->broker->journal;
	struct brig_journal_record record = { .kind = BRIG_JOURNAL_MESSAGE,
					      .from_broker = from_broker,
					      .n_fds = (uint16_t)n_fds,
					      .code = n };
	static const uint8_t no_header[sizeof(struct brig_frame)];
	struct brig_frame frame;

	if (!journal)
		return;
	if (n < sizeof frame) { /* of what has none, nobody knows what it is */
		put_record(process, &record, no_header, n);
		return;
	}
	memcpy(&frame, bytes, sizeof frame);
	if (!(journal->flags & BRIG_JOURNAL_PAYLOADS)) {
		put_record(process, &record, bytes, sizeof frame);
		return;
	}
	uint8_t *copy = malloc(n);
	if (!copy)
		return;
	memcpy(copy, bytes, n);
	brig_redact(rules_of(&process->peer, &frame), copy + sizeof frame, n - sizeof frame);
	put_record(process, &record, copy, n);
	free(copy);
}

int brig_journal_close(struct brig_broker *broker)
{
	struct brig_journal *journal = broker->journal;
	int r = 0;

	if (!journal)
		return 0;
	r = journal->error;
	if (fclose(journal->out) && !r)
		r = -errno;
	free(journal);
	broker->journal = NULL;
	return r;
}

static int open_journal(struct brig_broker *broker, int fd, unsigned int flags)
{
	struct brig_journal_head head = { .magic = BRIG_JOURNAL_MAGIC, .flags = flags };
	struct timespec now;
	brig_auto_fd int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0)
		return -errno;
	struct brig_journal *journal = calloc(1, sizeof *journal);
	if (!journal)
		return -ENOMEM;
	journal->out = fdopen(copy, "we");
	if (!journal->out) {
		free(journal);
		return -errno;
	}
	(void)brig_steal_fd(&copy);
	journal->flags = flags;
	journal->started_us = brig_now_us();
	(void)clock_gettime(CLOCK_REALTIME, &now);
	head.started_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	put(journal, &head, sizeof head);
	if (fflush(journal->out))
		journal->error = -errno;
	broker->journal = journal;
	return journal->error ? brig_journal_close(broker) : 0;
}

int brig_broker_journal(struct brig_broker *broker, int fd, unsigned int flags)
{
	int r = brig_journal_close(broker);

	if (fd == -1)
		return r;
	if (fd < 0)
		return -EBADF;
	if (flags & ~BRIG_JOURNAL_PAYLOADS)
		return -EINVAL;
	r = open_journal(broker, fd, flags);
	for (const struct brig_process *process = broker->processes; !r && process;
	     process = process->next)
		brig_journal_child(process, true);
	return r;
}

/* Whoever is first with a name has it: brokers of one process, and of others with its number. */
static int create_file(int dir)
{
	char name[64];
	int fd = -1;

	for (unsigned int i = 1; fd < 0 && i <= FILES_MAX; i++) {
		(void)snprintf(name, sizeof name, "%d-%u.journal", (int)getpid(), i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	return fd < 0 ? -EEXIST : fd;
}

int brig_journal_by_environment(struct brig_broker *broker)
{
	const char *path = secure_getenv(BRIG_TRACE_DIR);
	const char *payloads = secure_getenv(BRIG_TRACE_PAYLOADS);
	const bool all = payloads && !strcmp(payloads, "1");

	if (!path || !*path)
		return 0;
	brig_auto_fd int dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	brig_auto_fd int fd = create_file(dir);
	if (fd < 0)
		return fd;
	int r = brig_broker_journal(broker, fd, all ? BRIG_JOURNAL_PAYLOADS : 0);
	if (!r && broker->journal)
		broker->journal->at_once = true;
	return r;
}
