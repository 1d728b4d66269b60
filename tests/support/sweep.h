/* tests/support/sweep.h - a list of system calls, as a document, and what came of each, as pixels.
 */
#ifndef TESTS_SUPPORT_SWEEP_H
#define TESTS_SUPPORT_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#define SWEEP_MAX   1400
#define SWEEP_INT80 80 /* by the door of 32-bit programs, where there is one */

/* Every argument is -1, but for one. Descriptor, pointer and size -1 do no harm to anybody. */
struct sweep_call {
	uint32_t number;
	uint32_t index; /* of the argument that is @value; over 5: none; or SWEEP_INT80 */
	uint64_t value;
};

/* Call each; errors[i] is the errno, 0 if it did not fail. Returns at the end only. */
void sweep_run(const struct sweep_call *calls, size_t n, uint16_t *errors);

#endif
