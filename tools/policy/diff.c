/* diff: what one role allows that another doesn't, down to the arguments. */
#include "tools/policy/tool.h"

#include <string.h>

struct difference {
	struct brig_verdict a, b;
	uint64_t args[BRIG_CALL_ARGUMENTS];
};

#define DIFFERENCES_MAX 32

struct comparer {
	const struct brig_model *a, *b;
	uint32_t number;
	struct difference found[DIFFERENCES_MAX];
	int n;
	bool whole; /* no arguments make them agree */
};

static bool same(struct brig_verdict a, struct brig_verdict b)
{
	return a.action == b.action && a.error == b.error;
}

static int compare(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	struct comparer *c = user;
	const uint32_t arch = brig_arch_audit(c->a->arch);
	struct difference now = { .a = brig_model_verdict(c->a, arch, c->number, args, NULL),
				  .b = brig_model_verdict(c->b, arch, c->number, args, NULL) };

	if (same(now.a, now.b)) {
		c->whole = false;
		return 0;
	}
	for (int i = 0; i < c->n; i++)
		if (same(c->found[i].a, now.a) && same(c->found[i].b, now.b))
			return 0;
	memcpy(now.args, args, sizeof now.args);
	if (c->n < DIFFERENCES_MAX)
		c->found[c->n++] = now;
	return 0;
}

static void print_difference(const struct comparer *c, const struct difference *d,
			     const char *const names[2])
{
	char name[32], args[300] = "", a[32], b[32];

	if (!c->whole || c->n > 1)
		tool_format_args(args, sizeof args, c->a->arch, c->number,
				 brig_model_looks(c->a, c->number) |
					 brig_model_looks(c->b, c->number),
				 d->args);
	(void)printf("%-20s %-40s %s: %s, %s: %s\n", tool_call_name(c->a->arch, c->number, name),
		     args, names[0], brig_verdict_spell(d->a, a), names[1],
		     brig_verdict_spell(d->b, b));
}

static json_t *difference_json(const struct comparer *c, const struct difference *d)
{
	char name[32], args[300] = "", a[32], b[32];

	tool_format_args(args, sizeof args, c->a->arch, c->number,
			 brig_model_looks(c->a, c->number) | brig_model_looks(c->b, c->number),
			 d->args);
	return json_pack("{s:s, s:i, s:s, s:b, s:s, s:s}", "call",
			 tool_call_name(c->a->arch, c->number, name), "number", (int)c->number,
			 "args", args, "always", c->whole && c->n == 1, "a",
			 brig_verdict_spell(d->a, a), "b", brig_verdict_spell(d->b, b));
}

/* Every number that the table knows, and those that either has rows for beyond it. */
static size_t numbers_of(const struct brig_model *a, const struct brig_model *b, uint32_t *numbers,
			 size_t room)
{
	const struct brig_model *const models[] = { a, b };
	size_t n, count = 0;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n && count < room; i++)
		if (calls[i].number[a->arch] != BRIG_CALL_NONE)
			numbers[count++] = (uint32_t)calls[i].number[a->arch];
	for (int m = 0; m < 2; m++)
		for (size_t i = 0; i < models[m]->n_rules && count < room; i++) {
			uint32_t number = models[m]->rules[i].number;
			bool there = brig_call_by_number(a->arch, number) != NULL;

			for (size_t j = 0; j < count; j++)
				there = there || numbers[j] == number;
			if (!there)
				numbers[count++] = number;
		}
	return count;
}

static int diff_models(const struct tool *tool, const struct brig_model *a,
		       const struct brig_model *b, json_t *list)
{
	const struct brig_stack stack = { .models = { a, b }, .n = 2 };
	const char *const names[2] = { tool->arguments[0], tool->arguments[1] };
	uint32_t numbers[4096];
	const size_t n = numbers_of(a, b, numbers, sizeof numbers / sizeof *numbers);
	int status = EXIT_OK;

	for (size_t i = 0; i < n; i++) {
		struct comparer c = { .a = a, .b = b, .number = numbers[i], .whole = true };

		if (brig_each_witness(&stack, c.number, compare, &c) < 0)
			return complain(EXIT_USAGE, "call %u: too many cases", c.number);
		for (int j = 0; j < c.n; j++) {
			status = EXIT_SOME_FAILED;
			if (tool->json)
				(void)json_array_append_new(list, difference_json(&c, &c.found[j]));
			else
				print_difference(&c, &c.found[j], names);
		}
	}
	return status;
}

int tool_diff(struct tool *tool)
{
	int status;
	struct brig_policy *a = tool_open(tool, tool->arguments[0], false, &status);
	struct brig_policy *b = a ? tool_open(tool, tool->arguments[1], false, &status) : NULL;
	json_t *list = json_array();

	if (a && b)
		status = diff_models(tool, tool_model(tool, a), tool_model(tool, b), list);
	else
		status = EXIT_USAGE; /* 1 would say that they differ */
	if (a && b && tool->json)
		status = tool_print_json(json_pack("{s:i, s:s, s:s, s:O}", "schema", 1, "a",
						   tool->arguments[0], "b", tool->arguments[1],
						   "differences", list),
					 status);
	json_decref(list);
	brig_policy_unref(a);
	brig_policy_unref(b);
	return status;
}
