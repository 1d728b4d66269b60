/* broker/monitor/journal.h - a broker's channels, written down. */
#ifndef BROKER_MONITOR_JOURNAL_H
#define BROKER_MONITOR_JOURNAL_H

#include "broker/process/process.h"

/* All do nothing while no journal is kept. */
/* @lived: it did before the journal began. */
void brig_journal_child(const struct brig_process *process, bool lived);
void brig_journal_end(const struct brig_process *process);
/* A channel's record hook; @user: the process. */
void brig_journal_message(void *user, bool from_broker, const uint8_t *bytes, size_t n,
			  size_t n_fds);

/* 0, or the -errno of the first write that failed. */
int brig_journal_close(struct brig_broker *broker);

/* What the environment wants recorded: include/brig/journal.h. 0 also if it wants nothing. */
int brig_journal_by_environment(struct brig_broker *broker);

#endif
