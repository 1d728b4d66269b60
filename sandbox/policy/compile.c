#include "sandbox/policy/policy.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>

static uint32_t row_action(const struct brig_syscall_row *row)
{
	switch (row->verdict) {
	case BRIG_ALLOW:
		return SCMP_ACT_ALLOW;
	case BRIG_ERRNO:
		return SCMP_ACT_ERRNO((uint32_t)row->error);
	case BRIG_KILL:
		break;
	}
	return SCMP_ACT_KILL_PROCESS;
}

static int add_row(scmp_filter_ctx ctx, const struct brig_syscall_row *row)
{
	struct scmp_arg_cmp compare[BRIG_ROW_ARGUMENTS];

	for (unsigned int i = 0; i < row->n_arguments; i++) {
		compare[i].arg = row->arguments[i].index;
		compare[i].op = SCMP_CMP_MASKED_EQ;
		compare[i].datum_a = row->arguments[i].mask;
		compare[i].datum_b = row->arguments[i].value;
	}
	return seccomp_rule_add_exact_array(ctx, row_action(row), row->number, row->n_arguments,
					    compare);
}

/* libseccomp combines a conditional and an unconditional verdict for one call without an error. */
static bool rows_consistent(const struct brig_policy_model *model)
{
	for (size_t i = 0; i < model->n_rows; i++)
		for (size_t j = i + 1; j < model->n_rows; j++) {
			const struct brig_syscall_row *a = &model->rows[i], *b = &model->rows[j];

			if (a->number == b->number && (!a->n_arguments || !b->n_arguments))
				return false;
		}
	return true;
}

static int fill_context(scmp_filter_ctx ctx, const struct brig_policy_model *model)
{
	/* The default for a foreign architecture kills one thread only. */
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (!r) /* a binary tree */
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; !r && i < model->n_rows; i++)
		r = add_row(ctx, &model->rows[i]);
	return r;
}

static int read_program(int fd, struct brig_policy *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	size_t size = (size_t)st.st_size;
	if (!size || size % sizeof(struct sock_filter) ||
	    size / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return -EINVAL;
	brig_auto_free struct sock_filter *program = malloc(size);
	if (!program)
		return -ENOMEM;
	if (pread(fd, program, size, 0) != (ssize_t)size)
		return -EIO;
	ret->length = (unsigned short)(size / sizeof *program);
	ret->program = program;
	program = NULL;
	return 0;
}

int brig_policy_compile(const struct brig_policy_model *model, struct brig_policy *ret)
{
	if (!rows_consistent(model))
		return -EINVAL;
	uint32_t unlisted = model->unlisted_errno ? SCMP_ACT_ERRNO((uint32_t)model->unlisted_errno)
						  : SCMP_ACT_ALLOW;
	scmp_filter_ctx ctx = seccomp_init(unlisted);
	if (!ctx)
		return -ENOMEM;
	int r = fill_context(ctx, model);
	brig_auto_fd int fd = r ? -1 : memfd_create("brig-policy", MFD_CLOEXEC);
	if (!r && fd < 0)
		r = -errno;
	if (!r)
		r = seccomp_export_bpf(ctx, fd);
	if (!r)
		r = read_program(fd, ret);
	seccomp_release(ctx);
	return r;
}

void brig_policy_finish(struct brig_policy *policy)
{
	free(policy->program);
	policy->program = NULL;
	policy->length = 0;
}
