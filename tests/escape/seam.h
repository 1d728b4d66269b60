/*
 * tests/escape/seam.h - a helper whose system calls can be made to fail, one at a time.
 *
 * seam_child is brig-child with the linker's --wrap around every function of libc by which the
 * set-up asks the kernel: the code under test has no seam of its own. Test and helpers share one
 * struct seam, a memfd at SEAM_FD that the helper inherits and maps before it closes what it
 * inherited; a sealed child has the mapping alone.
 */
#ifndef TESTS_ESCAPE_SEAM_H
#define TESTS_ESCAPE_SEAM_H

#include <stdatomic.h>
#include <stdint.h>

#define SEAM_FD        200
#define SEAM_CALLS_MAX 512
#define SEAM_LABEL_MAX 56

/* Which process: of a helper, or of the child that it forks. */
enum seam_phase {
	SEAM_ENTER,     /* as spawned */
	SEAM_INSIDE,    /* as exec'd inside its user namespace */
	SEAM_CHILD,     /* until its role's main runs */
	SEAM_VANISHING, /* whose directory becomes the root where nothing may be mounted */
	SEAM_OFF,
};

struct seam_call {
	uint32_t phase;
	uint32_t n; /* among the calls of this phase, from 0 */
	char label[SEAM_LABEL_MAX];
};

struct seam {
	uint32_t role;           /* enum brig_role_id of the helper that is meant */
	uint32_t record;         /* write down every call */
	uint32_t mounts_nothing; /* as where mount(2) is refused */
	uint32_t phase, n;
	int32_t error;     /* with which the call of these fails, once; 0: none does; or: */
#define SEAM_THREAD (-1)   /* a thread is started in its stead, and it goes on */
	int32_t thread;    /* what came of that: 0 or a positive errno */
	uint32_t more;     /* how many threads "workers" starts beyond what it declares; may wrap */
	uint32_t unsynced; /* filters are put over the calling thread alone */
	atomic_uint failed;
	atomic_uint n_calls;
	struct seam_call calls[SEAM_CALLS_MAX];
};

/* In the test: the memory, at SEAM_FD for helpers to inherit; NULL if it can't be had. */
struct seam *seam_share(void);
void seam_unshare(struct seam *seam);

/* In the helper: before anything else; and when a role's main runs. */
void seam_open(int argc, char **argv);
void seam_over(void);
/* seam.more; 0 where there is no test. */
unsigned int seam_more(void);

#endif
