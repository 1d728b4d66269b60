#include "sandbox/policy/policy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static bool kills(const struct brig_policy_model *model, int number)
{
	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].number == number && model->rows[i].verdict == BRIG_KILL &&
		    !model->rows[i].n_arguments)
			return true;
	return false;
}

int brig_policy_compile_above(const struct brig_policy_model *model,
			      const struct brig_policy_model *below, struct brig_policy *ret)
{
	struct brig_syscall_row *rows = calloc(model->n_rows, sizeof *rows);
	struct brig_policy_model shorter = { rows, 0, model->unlisted_errno };

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < model->n_rows; i++)
		if (model->rows[i].verdict != BRIG_KILL || !kills(below, model->rows[i].number))
			rows[shorter.n_rows++] = model->rows[i];
	int r = brig_policy_compile(&shorter, ret);
	free(rows);
	return r;
}
