/* Priorities: one row each. */
#include "sandbox/layers/priority.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICE_MOST 19

static const struct {
	const char *name;
	int nice; /* added */
	int ioprio;
	unsigned int weight;
} priorities[BRIG_PRIORITY_COUNT] = {
	[BRIG_PRIORITY_ROLE] = { "role", 0, 0, 100 },
	[BRIG_PRIORITY_USER_BLOCKING] = { "user-blocking", 0, 0, 100 },
	[BRIG_PRIORITY_USER_VISIBLE] = { "user-visible", 5, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5),
					 50 },
	[BRIG_PRIORITY_BEST_EFFORT] = { "best-effort", 15, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0),
					10 },
};

const char *brig_priority_name(enum brig_priority priority)
{
	return (unsigned int)priority < BRIG_PRIORITY_COUNT ? priorities[priority].name : "?";
}

enum brig_priority brig_priority_find(const char *name)
{
	int i = 0;

	while (i < BRIG_PRIORITY_COUNT && strcmp(name, priorities[i].name) != 0)
		i++;
	return (enum brig_priority)i;
}

unsigned int brig_priority_weight(enum brig_priority priority)
{
	return priorities[priority].weight;
}

int brig_urgency_read(pid_t pid, struct brig_urgency *ret)
{
	errno = 0;
	const int nice = getpriority(PRIO_PROCESS, (id_t)pid);
	if (errno)
		return -errno;
	const long ioprio = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
	if (ioprio < 0)
		return -errno;
	*ret = (struct brig_urgency){ .nice = nice, .ioprio = (int)ioprio };
	return 0;
}

struct brig_urgency brig_urgency_of(enum brig_priority priority, const struct brig_urgency *own)
{
	const int nice = own->nice + priorities[priority].nice;
	const int ioprio = priorities[priority].ioprio;

	return (struct brig_urgency){ .nice = nice < NICE_MOST ? nice : NICE_MOST,
				      .ioprio = ioprio > own->ioprio ? ioprio : own->ioprio };
}

int brig_urgency_set(pid_t pid, const struct brig_urgency *urgency)
{
	if (setpriority(PRIO_PROCESS, (id_t)pid, urgency->nice) < 0)
		return -errno;
	return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, urgency->ioprio) < 0 ? -errno : 0;
}

bool brig_urgency_within(const struct brig_urgency *seen, const struct brig_urgency *most)
{
	return seen->nice >= most->nice && seen->ioprio >= most->ioprio;
}
