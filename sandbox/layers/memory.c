/* What is loaded stays as it is: mseal(2), Linux 6.10; glibc has no wrapper for it. */
#include "sandbox/layers/seal.h"

#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static int seal_range(uintptr_t start, uintptr_t end)
{
	if (end <= start)
		return 0;
	return syscall(SYS_mseal, start, end - start, 0) < 0 ? -errno : 0;
}

/* Code and constants, and what was constant once it was relocated. */
static int seal_object(struct dl_phdr_info *object, size_t size, void *user)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	int *r = user;
	(void)size;

	for (ElfW(Half) i = 0; !*r && i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t start = (uintptr_t)(object->dlpi_addr + segment->p_vaddr);
		uintptr_t end = start + segment->p_memsz;

		start &= ~(page - 1);
		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
			*r = seal_range(start, (end + page - 1) & ~(page - 1));
		else if (segment->p_type == PT_GNU_RELRO) /* its last part page stays writable */
			*r = seal_range(start, end & ~(page - 1));
	}
	return *r;
}

int brig_step_mseal(struct brig_seal *seal)
{
	int r = 0;
	(void)seal;

	(void)dl_iterate_phdr(seal_object, &r);
	return r;
}
