/*
 * Models to programs. libseccomp builds the architecture check and the binary tree of numbers; it
 * can't be given conditional and unconditional verdicts for one call safely (FACTS are in
 * docs/POLICY.md), so every call gets a marker for a verdict, and we link at the markers.
 */
#include "sandbox/policy/program.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Markers are SECCOMP_RET_TRACE with a number: no model has that verdict. */
#define MARKERS_MAX  1024
#define MARKER(i)    SCMP_ACT_TRACE((uint16_t)(i))
#define IS_MARKER(k) (((k)&SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
#define MARKER_OF(k) ((k)&SECCOMP_RET_DATA)

struct marker {
	bool looks; /* at arguments: number's block; else it returns code */
	uint32_t number, code;
};

struct linker {
	const struct brig_model *model;
	const struct brig_model *home; /* NULL: it stands alone */
	uint32_t unlisted;             /* SECCOMP_RET_… of what the tree doesn't name */
	bool hot_apart;                /* the tree needn't name what is compared before it */
	struct marker markers[MARKERS_MAX];
	size_t n;
	uint32_t *ret_number;
};

static int marker_for(struct linker *linker, const struct marker *wanted, uint32_t *ret)
{
	for (size_t i = 0; i < linker->n; i++) {
		const struct marker *marker = &linker->markers[i];

		if (marker->looks == wanted->looks && marker->code == wanted->code &&
		    (!wanted->looks || marker->number == wanted->number)) {
			*ret = MARKER(i);
			return 0;
		}
	}
	if (linker->n == MARKERS_MAX)
		return -E2BIG;
	linker->markers[linker->n] = *wanted;
	*ret = MARKER(linker->n++);
	return 0;
}

static struct marker marker_of(const struct brig_model *model, uint32_t number)
{
	size_t n, first = brig_model_rules(model, number, &n);
	struct brig_verdict verdict =
		n ? model->rules[first].verdict : brig_model_default(model, number);

	if (n && model->rules[first].test >= 0)
		return (struct marker){ .looks = true, .number = number };
	return (struct marker){ .code = brig_verdict_code(model, verdict) };
}

/* Does the filter below make of what is unlisted here what it is to be? */
static bool home_says(const struct linker *linker, const struct marker *wanted, uint32_t number)
{
	if (!linker->home || wanted->looks)
		return false;
	const struct marker below = marker_of(linker->home, number);
	return !below.looks && brig_program_compose(linker->unlisted, below.code) == wanted->code;
}

static bool is_hot(const struct brig_model *model, uint32_t number)
{
	for (size_t i = 0; i < model->n_hot; i++)
		if (model->hot[i] == number)
			return true;
	return false;
}

static int add_number(struct linker *linker, scmp_filter_ctx ctx, uint32_t number,
		      uint32_t unlisted)
{
	const struct marker marker = marker_of(linker->model, number);
	uint32_t action = 0;

	if (home_says(linker, &marker, number) ||
	    (linker->hot_apart && is_hot(linker->model, number)))
		return 0;
	int r = marker_for(linker, &marker, &action);
	/* libseccomp takes the numbers of the machine that it runs on as they are. */
	return r || action == unlisted ? r : seccomp_rule_add_exact(ctx, action, (int)number, 0);
}

/* Every number that the table has, and those that rules have beyond it. */
static int add_numbers(struct linker *linker, scmp_filter_ctx ctx, uint32_t unlisted)
{
	const struct brig_model *model = linker->model;
	size_t n;
	const struct brig_call *calls = brig_calls(&n);
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		if (calls[i].number[model->arch] != BRIG_CALL_NONE)
			r = add_number(linker, ctx, (uint32_t)calls[i].number[model->arch],
				       unlisted);
	for (size_t i = 0; !r && i < model->n_rules; i++) {
		uint32_t number = model->rules[i].number;

		if (!brig_call_by_number(model->arch, number) &&
		    (!i || model->rules[i - 1].number != number))
			r = add_number(linker, ctx, number, unlisted);
	}
	return r;
}

static int read_program(int fd, struct sock_filter code[BPF_MAXINSNS], unsigned short *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	size_t size = (size_t)st.st_size;
	if (!size || size % sizeof *code || size / sizeof *code > BPF_MAXINSNS)
		return -E2BIG;
	if (pread(fd, code, size, 0) != (ssize_t)size)
		return -EIO;
	*ret = (unsigned short)(size / sizeof *code);
	return 0;
}

static int build_tree(struct linker *linker, struct sock_filter code[BPF_MAXINSNS],
		      unsigned short *ret)
{
	const struct marker others = { .code = linker->unlisted };
	uint32_t unlisted = 0;
	int r = marker_for(linker, &others, &unlisted);
	scmp_filter_ctx ctx = r ? NULL : seccomp_init(unlisted);

	if (!ctx)
		return r ? r : -ENOMEM;
	/* The default for a foreign architecture kills one thread only. */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!r) /* a binary tree */
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!r)
		r = add_numbers(linker, ctx, unlisted);
	brig_auto_fd int fd = r ? -1 : memfd_create("brig-policy", MFD_CLOEXEC);
	if (!r && fd < 0)
		r = -errno;
	if (!r)
		r = seccomp_export_bpf(ctx, fd);
	if (!r)
		r = read_program(fd, code, ret);
	seccomp_release(ctx);
	return r;
}

/* The tree was built for this machine: another's differs in two instructions. */
static void retarget(struct sock_filter *code, unsigned short length, enum brig_arch arch)
{
	for (unsigned short i = 0; i < length; i++) {
		struct sock_filter *at = &code[i];

		if (at->code == (BPF_JMP | BPF_JEQ | BPF_K) &&
		    at->k == brig_arch_audit(brig_arch_native()))
			at->k = brig_arch_audit(arch);
		/* The x32 ABI is x86-64's alone: elsewhere those numbers are merely unknown. */
		if (at->code == (BPF_JMP | BPF_JGE | BPF_K) && at->k == BRIG_X32_BIT &&
		    arch != BRIG_ARCH_X86_64)
			at->jt = at->jf;
	}
}

static int link_block(struct linker *linker, const struct marker *marker,
		      struct sock_filter code[BPF_MAXINSNS], unsigned short *length)
{
	struct brig_argument_block block;
	int r = brig_argument_block(linker->model, marker->number, &block);

	if (!r && *length + block.length > BPF_MAXINSNS)
		r = -E2BIG;
	if (r < 0) {
		*linker->ret_number = marker->number;
		return r;
	}
	memcpy(code + *length, block.code, block.length * sizeof *code);
	*length = (unsigned short)(*length + block.length);
	return 0;
}

/* The first instruction behind the last look at the number's kind: where the tree begins. */
static unsigned short tree_start(const struct sock_filter *code, unsigned short length)
{
	unsigned short at = 0;

	while (at < length && !(code[at].code == (BPF_LD | BPF_W | BPF_ABS) &&
				code[at].k == offsetof(struct seccomp_data, nr)))
		at++;
	at++;
	/* x86-64: two comparisons for the x32 ABI, and what they return. */
	if (at + 2 < length && code[at].code == (BPF_JMP | BPF_JGE | BPF_K) &&
	    code[at].k == BRIG_X32_BIT && code[at + 2].code == (BPF_RET | BPF_K))
		at = (unsigned short)(at + 3);
	return at;
}

/* Jumps over the gap become as much longer; false if one can't. */
static bool stretch(struct sock_filter *code, unsigned short gap, unsigned short n)
{
	for (unsigned short at = 0; at < gap; at++) {
		if (BPF_CLASS(code[at].code) != BPF_JMP || code[at].code == (BPF_JMP | BPF_JA))
			continue;
		const int true_over = at + 1 + code[at].jt > gap ? n : 0;
		const int false_over = at + 1 + code[at].jf > gap ? n : 0;

		if (code[at].jt + true_over > UINT8_MAX || code[at].jf + false_over > UINT8_MAX)
			return false;
		code[at].jt = (uint8_t)(code[at].jt + true_over);
		code[at].jf = (uint8_t)(code[at].jf + false_over);
	}
	return true;
}

/*
 * The hot numbers are compared before the tree is gone through: the kernel remembers what a filter
 * makes of a number alone, but asks every filter each time where arguments are looked at.
 */
static int put_hot_first(struct linker *linker, struct sock_filter code[BPF_MAXINSNS],
			 unsigned short *length)
{
	const struct brig_model *model = linker->model;
	const unsigned short gap = tree_start(code, *length),
			     n = (unsigned short)(2 * model->n_hot);

	if (*length + n > BPF_MAXINSNS)
		return -E2BIG;
	if (gap >= *length || !stretch(code, gap, n))
		return linker->hot_apart ? -EXFULL : 0; /* slower, and right */
	memmove(code + gap + n, code + gap, (size_t)(*length - gap) * sizeof *code);
	*length = (unsigned short)(*length + n);
	for (size_t i = 0; i < model->n_hot; i++) {
		const struct marker marker = marker_of(model, model->hot[i]);
		struct sock_filter *at = &code[gap + 2 * i];
		uint32_t action = 0;
		int r = marker_for(linker, &marker, &action);

		if (r)
			return r;
		at[0] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, model->hot[i], 0,
						     1);
		at[1] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_TRACE | (action & SECCOMP_RET_DATA));
	}
	return 0;
}

/* Where the same block stands already, from @tree on; else @start. Blocks only jump inside. */
static unsigned short find_block(const struct sock_filter *code, unsigned short tree,
				 unsigned short start, unsigned short length)
{
	const size_t size = (size_t)(length - start) * sizeof *code;

	for (unsigned short at = tree; at + (length - start) <= start; at++)
		if (!memcmp(code + at, code + start, size))
			return at;
	return start;
}

/* A marker's return becomes the verdict's, or a jump to the block of its call. */
static int link_markers(struct linker *linker, struct sock_filter code[BPF_MAXINSNS],
			unsigned short *length)
{
	unsigned short starts[MARKERS_MAX] = { 0 };
	const unsigned short tree = *length;
	int r = 0;

	for (unsigned short i = 0; !r && i < tree; i++) {
		if (code[i].code != (BPF_RET | BPF_K) || !IS_MARKER(code[i].k))
			continue;
		const uint32_t index = MARKER_OF(code[i].k);
		const struct marker *marker = &linker->markers[index];

		if (!marker->looks) {
			code[i].k = marker->code;
			continue;
		}
		if (!starts[index]) {
			const unsigned short start = *length;

			r = link_block(linker, marker, code, length);
			starts[index] = find_block(code, tree, start, *length);
			if (starts[index] != start)
				*length = start;
		}
		code[i] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
						       (uint32_t)(starts[index] - i - 1));
	}
	return r;
}

/* Of numbers that neither table knows: notify, if the filter below refuses them as they are to be.
 */
static uint32_t unlisted_for(const struct brig_model *model, const struct brig_model *home)
{
	const uint32_t wanted = brig_verdict_code(model, model->defaults[BRIG_CLASS_UNKNOWN]);
	const uint32_t below =
		home ? brig_verdict_code(home, home->defaults[BRIG_CLASS_UNKNOWN]) : 0;

	return home && brig_program_compose(SECCOMP_RET_USER_NOTIF, below) == wanted
		       ? (uint32_t)SECCOMP_RET_USER_NOTIF
		       : wanted;
}

static int build_code(struct linker *linker, struct sock_filter code[BPF_MAXINSNS],
		      unsigned short *length)
{
	int r = build_tree(linker, code, length);

	if (r)
		return r;
	retarget(code, *length, linker->model->arch);
	return put_hot_first(linker, code, length);
}

static int compile(const struct brig_model *model, const struct brig_model *home,
		   struct brig_program *ret, uint32_t *ret_number)
{
	struct linker *linker = calloc(1, sizeof *linker);
	struct sock_filter *code = calloc(BPF_MAXINSNS, sizeof *code);
	unsigned short length = 0;
	int r = linker && code ? 0 : -ENOMEM;

	*ret_number = BRIG_NO_CALL;
	if (!r) {
		linker->model = model;
		linker->home = home;
		linker->unlisted = unlisted_for(model, home);
		linker->ret_number = ret_number;
		linker->hot_apart = true;
		r = build_code(linker, code, &length);
	}
	if (r == -EXFULL) { /* a jump can't reach over them: the tree must name all */
		linker->hot_apart = false;
		r = build_code(linker, code, &length);
	}
	if (!r)
		r = link_markers(linker, code, &length);
	free(linker);
	if (r < 0) {
		free(code);
		return r;
	}
	ret->code = code;
	ret->length = length;
	return 0;
}

int brig_program_compile(const struct brig_model *model, struct brig_program *ret,
			 uint32_t *ret_number)
{
	return compile(model, NULL, ret, ret_number);
}

int brig_program_compile_above(const struct brig_model *model, const struct brig_model *home,
			       struct brig_program *ret, uint32_t *ret_number)
{
	return compile(model, home, ret, ret_number);
}
