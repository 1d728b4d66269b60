/* sandbox/policy/constants.c - one table of the rows that scripts/make-constants makes. */
#include "sandbox/policy/constants.h"

/* clang-format off */
#define BOTH(name, value) { name, { value, value }, { true, true } }
#define DIFFER(name, x86_64, aarch64) { name, { x86_64, aarch64 }, { true, true } }
#define X86_64(name, value) { name, { value, 0 }, { true, false } }
#define AARCH64(name, value) { name, { 0, value }, { false, true } }

/* Sorted by name as a whole: so in this order. */
static const struct brig_constant constants[] = {
#include "sandbox/policy/constants_a_to_l.inc"
#include "sandbox/policy/constants_m_to_z.inc"
};
/* clang-format on */

const struct brig_constant *brig_constants(size_t *ret_n)
{
	*ret_n = sizeof constants / sizeof *constants;
	return constants;
}
