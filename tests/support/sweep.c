#include "tests/support/sweep.h"

#include <errno.h>
#include <unistd.h>

static uint16_t call(const struct sweep_call *what)
{
	long a[6] = { -1, -1, -1, -1, -1, -1 };

	if (what->index < 6)
		a[what->index] = (long)what->value;
#if defined(__x86_64__)
	if (what->index == SWEEP_INT80) {
		long got = (long)what->number;

		__asm__ volatile("int $0x80" : "+a"(got) : "b"(-1l), "c"(-1l), "d"(-1l) : "memory");
		return (uint16_t)-got;
	}
#endif
	errno = 0;
	long r = syscall((long)what->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return r == -1 ? (uint16_t)errno : 0;
}

void sweep_run(const struct sweep_call *calls, size_t n, uint16_t *errors)
{
	for (size_t i = 0; i < n; i++)
		errors[i] = call(&calls[i]);
}
