/*
 * broker/process/cgroup.h - children in groups of their own, below a cgroup v2 directory that the
 * embedder names: DIR/brig-<random>/<instance>. Ours is locked (flock(2)) as long as we live: one
 * that isn't is a dead broker's.
 */
#ifndef BROKER_PROCESS_CGROUP_H
#define BROKER_PROCESS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct brig_process;

struct brig_cgroup {
	int named; /* what the embedder named; -1: nothing */
	int own;   /* ours in it; -1: none */
	char name[32];
	bool optional; /* children run where it can't bind them */
	bool leftover; /* some child's group could not be removed yet */
};

/*
 * 0, or -errno: -EMEDIUMTYPE no cgroup v2; -EOPNOTSUPP no memory or pids controller; -EBUSY it has
 * processes of its own, so that none can be enabled; what open(2) and mkdir(2) say.
 */
int brig_cgroup_open(struct brig_cgroup *cgroup, const char *path, bool optional);
/* Whatever still runs in it is killed. */
void brig_cgroup_close(struct brig_cgroup *cgroup);

/* Remove groups of children that could not be removed when they ended. */
void brig_cgroup_sweep(struct brig_cgroup *cgroup);

/* Write to, or read, DIR/@group/@file; @group may be "." . 0, or -errno. */
int brig_cgroup_write(int directory, const char *group, const char *file, const char *text);
int brig_cgroup_read(int directory, const char *group, const char *file, char *ret, size_t size);
/* Is it one of the words of @text? */
bool brig_cgroup_has_word(const char *text, const char *word);

/*
 * broker/process/cgroup_child.c: known before it is forked; put on as soon as it is; looked at
 * (@proc: its /proc/<pid>); and gone once it was reaped. Where no cgroup is named none of them
 * makes a system call.
 */
void brig_process_want_group(struct brig_process *process);
void brig_process_put_group(struct brig_process *process);
void brig_attest_group(struct brig_process *process, int proc);
/* Killed because its group was out of memory? By the kernel's count. */
bool brig_process_group_oom(const struct brig_process *process);
void brig_process_drop_group(struct brig_process *process);

#endif
