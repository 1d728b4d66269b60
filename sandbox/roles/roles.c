/* What the role files' generated tables leave to be said in C. */
#include "sandbox/roles/role.h"

#include <stddef.h>

const char *brig_interface_name(unsigned int bit)
{
	static const char *const names[] = {
		NULL, "lifecycle", "job", "surface", "files", "plugin", "codec", "join",
	};

	return bit < sizeof names / sizeof *names ? names[bit] : NULL;
}
