/* Numbers by the names that people know them by. */
#include "sandbox/policy/constants.h"
#include "sandbox/policy/tracked.h"

#include <stdio.h>
#include <string.h>

/* Where several names have a number, the shortest is the likeliest; but for these. */
static const char *const preferred[] = {
	"AF_NETLINK",    "AF_UNIX",           "F_DUPFD",      "F_GETFD",          "F_GETFL",
	"F_GETLK",       "F_SETFD",           "F_SETFL",      "F_SETLK",          "F_SETLKW",
	"F_SETOWN",      "RLIMIT_NOFILE",     "SIGABRT",      "SIGCHLD",          "SIGSYS",
	"TCP_CORK",      "TCP_DEFER_ACCEPT",  "TCP_KEEPIDLE", "TCP_KEEPINTVL",    "TCP_KEEPCNT",
	"TCP_LINGER2",   "TCP_MAXSEG",        "TCP_NODELAY",  "TCP_QUICKACK",     "TCP_SYNCNT",
	"TCP_FASTOPEN",  "TCP_CONGESTION",    "TCP_INFO",     "TCP_USER_TIMEOUT", "FUTEX_FD",
	"FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE",
};

static bool is_preferred(const char *name)
{
	for (size_t i = 0; i < sizeof preferred / sizeof *preferred; i++)
		if (!strcmp(preferred[i], name))
			return true;
	return false;
}

static bool better(const char *name, const char *than)
{
	if (is_preferred(name) != is_preferred(than))
		return is_preferred(name);
	return strlen(name) < strlen(than);
}

/* NULL if no constant with the prefix (@n bytes) has that value. */
static const char *find(enum brig_arch arch, const char *prefix, size_t n, uint64_t value)
{
	const char *best = NULL;
	size_t count;
	const struct brig_constant *constants = brig_constants(&count);

	for (size_t i = 0; i < count; i++)
		if (constants[i].known[arch] && constants[i].value[arch] == value &&
		    !strncmp(constants[i].name, prefix, n) &&
		    strncmp(constants[i].name, "SIG_", 4) != 0 &&
		    (!best || better(constants[i].name, best)))
			best = constants[i].name;
	return best;
}

/* Of several prefixes the first that has a name for it. */
static const char *find_any(enum brig_arch arch, const char *prefixes, uint64_t value)
{
	const char *name = NULL;

	while (prefixes && *prefixes && !name) {
		const size_t n = strcspn(prefixes, " ");

		name = find(arch, prefixes, n, value);
		prefixes += n + (prefixes[n] == ' ');
	}
	return name;
}

static void append(char *ret, size_t size, const char *word)
{
	const size_t n = strlen(ret);

	(void)snprintf(ret + n, size - n, "%s%s", n ? "|" : "", word);
}

static void append_number(char *ret, size_t size, uint64_t value)
{
	char word[32];

	(void)snprintf(word, sizeof word, value < 10 ? "%llu" : "0x%llx",
		       (unsigned long long)value);
	append(ret, size, word);
}

const char *brig_tracked_name(enum brig_arch arch, const struct brig_tracked *tracked,
			      uint64_t first, uint64_t value, char *ret, size_t size)
{
	const char *prefixes = tracked->prefixes, *name;
	uint64_t rest = value;

	for (const struct brig_tracked_names *row = tracked->depend; row && row->prefixes; row++)
		if (row->value == first)
			prefixes = row->prefixes;
	*ret = '\0';
	/* A protocol of 0 is the usual one, whatever is called so. */
	name = value || !tracked->depend ? find_any(arch, prefixes, value) : NULL;
	if (name && (!tracked->number || value <= tracked->number)) {
		append(ret, size, name);
		return ret;
	}
	for (unsigned int bit = 0; tracked->flags && bit < 64; bit++) {
		const uint64_t flag = 1ull << bit;

		name = rest & flag & ~tracked->number
			       ? find(arch, tracked->flags, strlen(tracked->flags), flag)
			       : NULL;
		if (name)
			append(ret, size, name);
		rest &= name ? ~flag : ~0ull;
	}
	name = rest && rest <= tracked->number ? find_any(arch, prefixes, rest) : NULL;
	if (name)
		append(ret, size, name);
	else if (rest || !*ret)
		append_number(ret, size, rest);
	return ret;
}

const char *brig_tracked_mask(const char *names, uint64_t mask, char *ret, size_t size)
{
	bool known = true;

	for (const char *word = names; *word; word += strspn(word, "|")) {
		const size_t n = strcspn(word, "|");

		known = known && brig_constant_find(word, n);
		word += n;
	}
	if (known)
		(void)snprintf(ret, size, "%s", names);
	else
		(void)snprintf(ret, size, "0x%llx", (unsigned long long)mask);
	return ret;
}
