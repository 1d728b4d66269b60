/*
 * Calls that do what others do, which were seen: which of them libc makes changes with its version.
 * The file "sets" knows them.
 */
#include "tools/policy/learnt.h"

static bool was_seen(const struct record *record, const struct brig_call *call)
{
	return call->number[record->arch] != BRIG_CALL_NONE &&
	       record->calls[call->number[record->arch]].count;
}

/* May others stand for it: was it seen, and is it allowed whatever its arguments? */
static bool may_stand(const struct record *record, const struct brig_call_set *set)
{
	bool open = false;

	for (size_t i = 0; i < set->n; i++) {
		if (!was_seen(record, set->calls[i]))
			continue;
		/* What of one is refused, another must not give. */
		if (learnt_has_condition(record, set->calls[i]))
			return false;
		open = open || set->calls[i]->class_ == BRIG_CLASS_BENIGN;
	}
	return open;
}

/* One that doesn't exist (ENOSYS) libc does without. */
static bool is_missing_twin(const struct record *record, const struct brig_call *call)
{
	const uint64_t none[BRIG_CALL_ARGUMENTS] = { 0 };

	return call->number[record->arch] != BRIG_CALL_NONE && !was_seen(record, call) &&
	       call->class_ == BRIG_CLASS_BENIGN && !learnt_is_timely(call) &&
	       !record_base_allows(record, (uint32_t)call->number[record->arch], none);
}

static void write_twins(const struct record *record, const struct brig_call_set *set, FILE *out)
{
	const char *sign = "";

	if (!set->twins || !may_stand(record, set))
		return;
	for (size_t i = 0; i < set->n; i++) {
		if (!is_missing_twin(record, set->calls[i]))
			continue;
		(void)fprintf(out, "%s%s", sign, set->calls[i]->name);
		sign = ", ";
	}
	if (!*sign)
		return;
	(void)fputs(": allow # not made, but libc's version decides whether it is this or", out);
	sign = " ";
	for (size_t i = 0; i < set->n; i++) {
		if (!was_seen(record, set->calls[i]))
			continue;
		(void)fprintf(out, "%s%s", sign, set->calls[i]->name);
		sign = ", ";
	}
	(void)fputc('\n', out);
}

int learnt_twins(const struct record *record, FILE *out)
{
	static const char text[] = "role twins\ninclude sets\n";
	const struct brig_policy_options options = { .size = sizeof options, .skip_proof = 1 };
	struct brig_policy *policy = NULL;
	int r = brig_policy_parse("twins", text, sizeof text - 1, &options, &policy, NULL);

	for (size_t i = 0; !r && i < policy->text.n_sets; i++)
		write_twins(record, &policy->text.sets[i], out);
	brig_policy_unref(policy);
	return r;
}
