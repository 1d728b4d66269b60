#include "sandbox/policy/spell.h"

#include "sandbox/policy/constants.h"
#include "sandbox/policy/tracked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLAIN_MAX    1024 /* above it numbers are hexadecimal */
#define ADDRESS_MIN  (1ull << 32)
#define ERRNO_LOWEST (-4095ll)
#define VALUE_ROOM   320

struct out {
	char *text;
	size_t size, n;
	bool full;
};

static void put(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct out *out, const char *format, ...)
{
	va_list arguments;

	if (out->full)
		return;
	va_start(arguments, format);
	int n = vsnprintf(out->text + out->n, out->size - out->n, format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= out->size - out->n) {
		out->full = true;
		out->text[out->n] = '\0';
		return;
	}
	out->n += (size_t)n;
}

/* One argument of one call. */
struct value {
	const struct brig_call *call;
	struct brig_call_argument argument;
	bool pointer;
	uint64_t bits;  /* as many as the kernel reads */
	int64_t number; /* the same with its sign */
};

/* Is the type of argument @index declared with a '*'? */
static bool is_pointer(const struct brig_call *call, unsigned int index)
{
	const char *text = call->arguments;

	for (; index; index--)
		text = strchr(text, ',') + 1;
	return memchr(text, '*', strcspn(text, ","));
}

static bool value_get(const struct brig_call *call, unsigned int index, const uint64_t *args,
		      struct value *ret)
{
	if (index >= BRIG_CALL_ARGUMENTS || !brig_call_argument(call, index, &ret->argument))
		return false;
	ret->call = call;
	ret->pointer = is_pointer(call, index);
	ret->bits = ret->argument.bits == 32 ? (uint32_t)args[index] : args[index];
	ret->number = ret->argument.bits == 32 ? (int32_t)ret->bits : (int64_t)ret->bits;
	return true;
}

static const struct brig_tracked *tracked_argument(const struct value *value, uint64_t *ret_first,
						   const uint64_t *args)
{
	const struct brig_tracked_call *tracked = brig_tracked_find(value->call->name);
	struct value first = { 0 };

	for (int i = 0; tracked && i < BRIG_TRACKED_MAX && tracked->arguments[i].argument; i++) {
		if (strcmp(tracked->arguments[i].argument, value->argument.name) != 0)
			continue;
		for (unsigned int at = 0; value_get(value->call, at, args, &first); at++)
			if (!strcmp(first.argument.name, tracked->arguments[0].argument))
				*ret_first = first.bits;
		return &tracked->arguments[i];
	}
	return NULL;
}

/* "FUTEX_WAIT|FUTEX_PRIVATE_FLAG": policies don't look at the latter, people do. */
static void put_ignored(struct out *out, enum brig_arch arch, const struct brig_tracked *tracked,
			uint64_t bits)
{
	uint64_t rest = bits & tracked->ignored;

	for (const char *word = tracked->ignored_names; rest && word && *word;) {
		const size_t n = strcspn(word, "|");
		const struct brig_constant *constant = brig_constant_find(word, n);

		if (constant && constant->known[arch] && rest & constant->value[arch]) {
			put(out, "|%.*s", (int)n, word);
			rest &= ~constant->value[arch];
		}
		word += n + (word[n] == '|');
	}
	if (rest)
		put(out, "|0x%llx", (unsigned long long)rest);
}

static bool put_name(struct out *out, enum brig_arch arch, const struct value *value,
		     const uint64_t *args)
{
	uint64_t first = 0;
	const struct brig_tracked *tracked = tracked_argument(value, &first, args);
	char name[VALUE_ROOM];

	if (!tracked) {
		const size_t n = strlen(value->argument.name);

		if (n < 3 || strcmp(value->argument.name + n - 3, "dfd") != 0 ||
		    value->number != AT_FDCWD)
			return false;
		put(out, "AT_FDCWD");
		return true;
	}
	struct brig_tracked spelt = *tracked;
	if (tracked->looked_at) { /* of open's flags a policy looks at those that write */
		spelt.prefixes = "O_RDONLY O_WRONLY O_RDWR";
		spelt.flags = "O_";
		spelt.number = O_ACCMODE;
	}
	if (!spelt.prefixes && !spelt.flags && !spelt.depend)
		return false;
	(void)brig_tracked_name(arch, &spelt, first, value->bits & ~spelt.ignored, name,
				sizeof name);
	if (strlen(name) + 1 == sizeof name) /* cut off: more flags than anyone could mean */
		return false;
	put(out, "%s", name);
	put_ignored(out, arch, tracked, value->bits);
	return true;
}

static void put_number(struct out *out, uint64_t bits)
{
	put(out, bits < PLAIN_MAX ? "%llu" : "0x%llx", (unsigned long long)bits);
}

static void put_value(struct out *out, enum brig_arch arch, const struct value *value,
		      const uint64_t *args)
{
	if (value->pointer && value->bits)
		put(out, "0x%llx", (unsigned long long)value->bits);
	else if (value->pointer)
		put(out, "NULL");
	else if (put_name(out, arch, value, args))
		return;
	else if (value->argument.is_signed && value->number < 0 && value->number >= ERRNO_LOWEST)
		put(out, "%lld", (long long)value->number);
	else
		put_number(out, value->bits);
}

void brig_call_spell(enum brig_arch arch, uint32_t number, const uint64_t args[BRIG_CALL_ARGUMENTS],
		     char *ret, size_t size)
{
	const struct brig_call *call = brig_call_by_number(arch, number);
	struct out out = { .text = ret, .size = size - sizeof "...)" };
	struct value value;

	*ret = '\0';
	if (call) {
		put(&out, "%s(", call->name);
		for (unsigned int i = 0; value_get(call, i, args, &value); i++) {
			put(&out, "%s%s=", i ? ", " : "", value.argument.name);
			put_value(&out, arch, &value, args);
		}
	} else {
		put(&out, "%u(", number);
		for (unsigned int i = 0; i < BRIG_CALL_ARGUMENTS; i++)
			put(&out, "%s0x%llx", i ? ", " : "", (unsigned long long)args[i]);
	}
	(void)snprintf(ret + out.n, size - out.n, "%s)", out.full ? "..." : "");
}

/* Could the next process have the same value there? Where libraries lie is chosen at random. */
static bool is_pinned(const struct value *value)
{
	if (value->pointer)
		return false;
	return value->bits < ADDRESS_MIN || (value->number < 0 && value->number >= ERRNO_LOWEST);
}

static bool put_condition(struct out *out, enum brig_arch arch, const struct brig_call *call,
			  const uint64_t *args)
{
	struct value value;
	bool any = false;

	for (unsigned int i = 0; call && value_get(call, i, args, &value); i++) {
		if (!is_pinned(&value))
			continue;
		put(out, "%s%s == ", any ? " and " : " if ", value.argument.name);
		if (!put_name(out, arch, &value, args))
			put_number(out, value.bits);
		any = true;
	}
	return any;
}

#define PLACEHOLDER "why it is needed, which a person has to say"

/* What an included file says of other arguments: behind a nearer row it would say nothing. */
static void put_old_row(struct out *out, const struct brig_call *call, const struct brig_rule *rule)
{
	char verdict[32], otherwise[32];

	put(out, "\n%s: %s", call->name, brig_verdict_spell(rule->verdict, verdict));
	if (*rule->condition)
		put(out, " if %s", rule->condition);
	if (rule->has_otherwise)
		put(out, " else %s", brig_verdict_spell(rule->otherwise, otherwise));
	put(out, " # %s", rule->why);
}

int brig_rows_suggest(const struct brig_text *text, uint32_t number,
		      const uint64_t args[BRIG_CALL_ARGUMENTS], char *ret, size_t size,
		      unsigned int *ret_line)
{
	const struct brig_model *model = &text->models[BRIG_AFTER_READY];
	const struct brig_call *call = brig_call_by_number(text->arch, number);
	size_t n, first = brig_model_rules(model, number, &n);
	const struct brig_rule *rules = model->rules + first;
	const bool own =
		n && rules->file == 0; /* in the outermost file: first come, first served */
	struct out out = { .text = ret, .size = size };
	char verdict[32];

	if (call)
		put(&out, "%s: allow", call->name);
	else
		put(&out, "%u: allow", number);
	bool others = put_condition(&out, text->arch, call, args) && !own;
	bool one = others && n == 1 && rules->test < 0;
	if (one)
		put(&out, " else %s", brig_verdict_spell(rules->verdict, verdict));
	put(&out, " # " PLACEHOLDER);
	for (size_t i = 0; others && !one && i < n; i++)
		put_old_row(&out, call, &rules[i]);
	if (out.full)
		return -E2BIG;
	*ret_line = own ? rules->line : 0;
	return 0;
}

const char *brig_verdict_spell(struct brig_verdict verdict, char ret[32])
{
	const char *name = brig_errno_name(verdict.error);

	if (verdict.action != BRIG_ACTION_ERRNO)
		(void)snprintf(ret, 32, "%s", brig_action_name(verdict.action));
	else if (name)
		(void)snprintf(ret, 32, "errno %s", name);
	else
		(void)snprintf(ret, 32, "errno %d", verdict.error);
	return ret;
}

const char *brig_class_name(enum brig_arch arch, uint32_t number)
{
	static const char *const names[] = {
		[BRIG_CLASS_BENIGN] = "benign",
		[BRIG_CLASS_DANGEROUS] = "dangerous",
		[BRIG_CLASS_UNKNOWN] = "unknown",
	};
	const struct brig_call *call = brig_call_by_number(arch, number);

	return names[call ? call->class_ : BRIG_CLASS_UNKNOWN];
}

const char *brig_class_reason(enum brig_arch arch, uint32_t number)
{
	const struct brig_call *call = brig_call_by_number(arch, number);

	if (arch == BRIG_ARCH_X86_64 && number >= BRIG_X32_BIT && number != BRIG_NO_CALL)
		return "a number of the x32 ABI, which nothing here uses";
	if (!call)
		return "no row names it, and the table doesn't know it";
	if (call->why)
		return call->why;
	return call->class_ == BRIG_CLASS_UNKNOWN
		       ? "no row names it; its callers cope when it doesn't exist"
		       : "no row names it";
}
