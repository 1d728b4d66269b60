/* broker/monitor/witness.h - what procfs shows of a thread that waits in a forbidden call. */
#ifndef BROKER_MONITOR_WITNESS_H
#define BROKER_MONITOR_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BRIG_WITNESS_NAME 16 /* TASK_COMM_LEN */
#define BRIG_WITNESS_PATH 1024
/* A child can have many mappings: what stands behind these bytes isn't read. */
#define BRIG_WITNESS_MAPS 65536

/* Bytes of the child's or of files' names: to be quoted. */
struct brig_witness {
	char thread[BRIG_WITNESS_NAME];
	size_t n_thread;
	char path[BRIG_WITNESS_PATH]; /* of the file that is mapped where the call was made; "" */
	dev_t device;
	ino_t inode;         /* 0: it is no file */
	uint64_t offset;     /* in that file */
	const char *unknown; /* why there is no path; NULL: there is one */
};

/* Bounded, and never waits for the child. @process is the thread's; 0: not known. */
void brig_witness_see(struct brig_witness *ret, pid_t process, pid_t thread, uint64_t address);

/* Which of the mappings in @maps (of /proc/PID/maps, changed) has @address? False: none of them. */
bool brig_witness_find(struct brig_witness *ret, char *maps, uint64_t address);

#endif
