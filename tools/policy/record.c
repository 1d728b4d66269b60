#include "tools/policy/record.h"

#include <errno.h>
#include <string.h>

unsigned int record_argument(const struct brig_call *call, const char *name,
			     struct brig_call_argument *ret)
{
	for (unsigned int i = 0; i < BRIG_CALL_ARGUMENTS && brig_call_argument(call, i, ret); i++)
		if (!strcmp(ret->name, name))
			return i;
	return BRIG_CALL_ARGUMENTS;
}

static uint64_t tracked_value(const struct brig_call *call, const struct brig_tracked *tracked,
			      const uint64_t *args)
{
	struct brig_call_argument argument = { .bits = 64 };
	const unsigned int i = record_argument(call, tracked->argument, &argument);
	uint64_t value = i < BRIG_CALL_ARGUMENTS ? args[i] : 0;

	value = argument.bits == 32 ? (uint32_t)value : value;
	if (tracked->kind != BRIG_TRACKED_ZERO)
		return value & ~tracked->ignored;
	return (value & (tracked->looked_at ? tracked->looked_at : ~0ull)) != 0;
}

/* Does a policy that allows @a allow @b? */
static bool covers(const struct brig_tracked_call *tracked, const uint64_t *a, const uint64_t *b)
{
	for (int i = 0; i < BRIG_TRACKED_MAX && tracked->arguments[i].argument; i++) {
		const enum brig_tracked_kind kind = tracked->arguments[i].kind;

		if (kind == BRIG_TRACKED_SUBSET ? (b[i] & ~a[i]) != 0
		    : kind == BRIG_TRACKED_ZERO ? b[i] > a[i]
						: b[i] != a[i])
			return false;
	}
	return true;
}

static int compare(const uint64_t *a, const uint64_t *b)
{
	for (int i = 0; i < BRIG_TRACKED_MAX; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static void insert(struct record_call *record, const struct brig_tracked_call *tracked,
		   const uint64_t tuple[BRIG_TRACKED_MAX])
{
	unsigned int kept = 0, at = 0;

	for (unsigned int i = 0; i < record->n_tuples; i++)
		if (covers(tracked, record->tuples[i], tuple))
			return;
	for (unsigned int i = 0; i < record->n_tuples; i++)
		if (!covers(tracked, tuple, record->tuples[i]))
			memmove(record->tuples[kept++], record->tuples[i], sizeof *record->tuples);
	record->n_tuples = kept;
	if (kept == RECORD_TUPLES) {
		record->any = true;
		return;
	}
	while (at < kept && compare(record->tuples[at], tuple) < 0)
		at++;
	memmove(record->tuples[at + 1], record->tuples[at], (kept - at) * sizeof *record->tuples);
	memcpy(record->tuples[at], tuple, sizeof *record->tuples);
	record->n_tuples++;
}

void record_add(struct record *record, const struct brig_call *call,
		const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	const struct brig_tracked_call *tracked = brig_tracked_find(call->name);
	uint64_t tuple[BRIG_TRACKED_MAX] = { 0 };

	if (!tracked)
		return;
	for (int i = 0; i < BRIG_TRACKED_MAX && tracked->arguments[i].argument; i++)
		tuple[i] = tracked_value(call, &tracked->arguments[i], args);
	insert(&record->calls[call->number[record->arch]], tracked, tuple);
}

static void see_stranger(struct record *record, uint32_t arch, int number)
{
	for (unsigned int i = 0; i < record->n_strangers; i++)
		if (record->strangers[i].arch == arch && record->strangers[i].number == number) {
			record->strangers[i].count++;
			return;
		}
	if (record->n_strangers == RECORD_STRANGERS)
		record->more_strangers++;
	else
		record->strangers[record->n_strangers++] =
			(struct record_stranger){ arch, number, 1 };
}

bool record_base_allows(const struct record *record, uint32_t number,
			const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	if (!record->base)
		return false;
	for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++) {
		if (!brig_policy_has_stage(record->base, (enum brig_policy_stage)stage))
			continue;
		const struct brig_verdict verdict =
			brig_model_verdict(&record->base->text.models[stage],
					   brig_arch_audit(record->arch), number, args, NULL);
		if (verdict.action != BRIG_ACTION_ALLOW && verdict.action != BRIG_ACTION_LOG)
			return false;
	}
	return true;
}

int record_see(void *user, const struct seccomp_data *data)
{
	struct record *record = user;
	uint64_t args[BRIG_CALL_ARGUMENTS];

	if (data->arch != brig_arch_audit(record->arch) || data->nr < 0 ||
	    data->nr >= RECORD_NUMBERS) {
		see_stranger(record, data->arch, data->nr);
		return 0;
	}
	struct record_call *seen = &record->calls[data->nr];
	const struct brig_call *call = brig_call_by_number(record->arch, (uint32_t)data->nr);
	for (int i = 0; i < BRIG_CALL_ARGUMENTS; i++)
		args[i] = data->args[i];
	seen->count++;
	seen->lacking = seen->lacking || !record_base_allows(record, (uint32_t)data->nr, args);
	if (call && !seen->any)
		record_add(record, call, args);
	/* Its flags lie in memory, where no filter sees them: libc falls back to clone. */
	return call && !strcmp(call->name, "clone3") ? ENOSYS : 0;
}
