/*
 * brig/journal.h - a broker's channels, written down: what was said, by whom, when. For people who
 * look for what went wrong; docs/JOURNAL.md has the format, `brig trace` reads it, brig/replay.h
 * executes it again.
 *
 * Threads: the broker's. Signal handlers: no. Blocking: on the file system, as it says.
 * Minimum kernel: that of brig/broker.h.
 */
#ifndef BRIG_JOURNAL_H
#define BRIG_JOURNAL_H

#include <brig/broker.h>

BRIG_BEGIN_DECLS

/*
 * Without a line in a program its brokers are recorded where the environment names a directory, as
 * `brig trace -- COMMAND` does: each makes a file PID-N.journal in it, which is its owner's alone,
 * and brig_broker_create() fails with the errno of what can't be done about that. It is looked at
 * when a broker is created, by secure_getenv(3): not where a program has more rights than its user.
 * Children have none of the environment. brig_broker_journal() takes such a journal's place.
 */
#define BRIG_TRACE_DIR      "BRIG_TRACE_DIR"      /* a directory, no symbolic link; "": none */
#define BRIG_TRACE_PAYLOADS "BRIG_TRACE_PAYLOADS" /* "1": BRIG_JOURNAL_PAYLOADS */

#define BRIG_JOURNAL_PAYLOADS 0x1u /* what messages carry, too, not their headers alone */

/**
 * Record every message of every child from here on, those that live included.
 *
 * @fd    borrowed, duplicated; open for writing. -1: stop.
 * @flags 0, or BRIG_JOURNAL_PAYLOADS. Fields that a schema calls secret are zeros in it, as is
 *        what no schema is known of, or breaks one that has secrets; descriptors are counted,
 *        never kept.
 *
 * Headers and lengths tell of what children do: the file is as private as that.
 *
 * Returns 0, or -EINVAL unknown flags, -EBADF, -EMFILE, -ENOMEM, -EIO it can't be written (from
 * then on nothing is recorded; a later failure is told by the stop's return value).
 * Blocks: on the file system, here and whenever a message is recorded.
 */
BRIG_API BRIG_MUST_USE int brig_broker_journal(struct brig_broker *broker, int fd,
					       unsigned int flags);

BRIG_END_DECLS

#endif
