/*
 * What the kernel says of its own Landlock (landlock_create_ruleset(2); errata/ beside its source).
 * None of the errata changes what is put on; docs/THREAT_MODEL.md says why.
 */
#include "sandbox/selftest/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What one so old doesn't hold. */
static const struct {
	int abi;
	const char *holds;
} later[] = {
	{ 3, "truncating" },
	{ 4, "TCP" },
	{ 5, "device ioctls" },
	{ 6, "signals and abstract sockets" },
};

/* Which ABI brought what is wrong. */
static const struct {
	int number, abi;
} known[] = {
	{ 1, 4 }, /* other streams are taken for TCP */
	{ 2, 6 }, /* threads of a process, in different domains, can't signal each other */
	{ 3, 1 }, /* rename and link, in a directory that was moved out of a mount */
};

__attribute__((format(printf, 3, 4))) static void append(char *ret, size_t size, const char *format,
							 ...)
{
	const size_t n = strlen(ret);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(ret + n, size - n, format, arguments);
	va_end(arguments);
}

static void describe_errata(int abi, unsigned int corrected, char *ret, size_t size)
{
	const char *head = "; errata corrected:";

	for (int number = 1; number <= 31; number++)
		if (corrected & (1u << (number - 1))) {
			append(ret, size, "%s %d", head, number);
			head = "";
		}
	head = "; not:";
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (abi >= known[i].abi && !(corrected & (1u << (known[i].number - 1)))) {
			append(ret, size, "%s %d", head, known[i].number);
			head = "";
		}
}

void brig_landlock_describe(int abi, int errata, char *ret, size_t size)
{
	const char *between = ", which can't stop ";

	(void)snprintf(ret, size, "ABI %d", abi);
	for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
		if (abi >= later[i].abi)
			continue;
		append(ret, size, "%s%s", between, later[i].holds);
		between = ", ";
	}
	if (errata < 0)
		append(ret, size, "; it can't tell which errata are corrected");
	else
		describe_errata(abi, (unsigned int)errata, ret, size);
}
