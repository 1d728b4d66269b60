/*
 * What stops what: every attempt with all layers, without each group of them, and with each group
 * alone.
 */
#include "tools/selftest/selftest.h"

#include "tools/command.h"

#include <stdio.h>
#include <string.h>

#define BIT(layer) (1u << BRIG_LAYER_##layer)

#define SECCOMP_LAYERS BIT(SECCOMP)
#define NAMESPACE_LAYERS                                                                           \
	(BIT(USER_NS) | BIT(MOUNT_NS) | BIT(NET_NS) | BIT(IPC_NS) | BIT(UTS_NS) | BIT(CGROUP_NS) | \
	 BIT(ROOT) | BIT(PID_NS))
#define RIGHTS_LAYERS   (BIT(UID) | BIT(CAPS) | BIT(NO_NEW_PRIVS))
#define LANDLOCK_LAYERS BIT(LANDLOCK)
#define LIMITS_LAYERS   (BIT(RLIMITS) | BIT(PRIORITY) | BIT(CGROUP_LIMITS))
#define FDS_LAYERS      BIT(FDS)
#define MEMORY_LAYERS                                                                              \
	(BIT(MDWE) | BIT(DUMPABLE) | BIT(TSC) | BIT(SPECULATION) | BIT(CORE_SCHED) | BIT(MSEAL))
#define EVERY_LAYER ((1u << BRIG_LAYER_COUNT) - 1)

_Static_assert((SECCOMP_LAYERS | NAMESPACE_LAYERS | RIGHTS_LAYERS | LANDLOCK_LAYERS |
		LIMITS_LAYERS | FDS_LAYERS | MEMORY_LAYERS) == EVERY_LAYER,
	       "each layer is in a group");

/* The one table from a group's letter to its layers. */
static const struct group {
	char letter;
	const char *name;
	uint32_t layers;
	uint32_t needs; /* layers of others without which the kernel doesn't put it on */
} groups[] = {
	{ BRIG_GROUP_SECCOMP, "seccomp", SECCOMP_LAYERS, BIT(NO_NEW_PRIVS) },
	{ BRIG_GROUP_NAMESPACES, "namespaces and the empty root", NAMESPACE_LAYERS, 0 },
	{ BRIG_GROUP_RIGHTS, "capabilities, no_new_privs, uid", RIGHTS_LAYERS, 0 },
	{ BRIG_GROUP_LANDLOCK, "Landlock", LANDLOCK_LAYERS, BIT(NO_NEW_PRIVS) },
	{ BRIG_GROUP_LIMITS, "resource limits", LIMITS_LAYERS, 0 },
	{ BRIG_GROUP_FDS, "only the declared descriptors", FDS_LAYERS, 0 },
	{ BRIG_GROUP_MEMORY, "its own memory, and what it can measure", MEMORY_LAYERS, 0 },
};
#define N_GROUPS (sizeof groups / sizeof *groups)

uint32_t selftest_group_layers(char group)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		if (groups[i].letter == group)
			return groups[i].layers;
	return 0;
}

/* In this order: all layers, none, without each group, each group alone. */
enum { COLUMN_ALL, COLUMN_NONE, COLUMN_WITHOUT, COLUMN_ALONE = COLUMN_WITHOUT + N_GROUPS };

static void add(struct selftest *selftest, const struct brig_role *role, uint32_t off)
{
	selftest->columns[selftest->n_columns++] = (struct selftest_column){
		.tier = BRIG_LEVEL_FULL, .role = role, .off = off, .ablation = true
	};
}

void selftest_ablation_columns(struct selftest *selftest, const struct brig_role *role)
{
	add(selftest, role, 0);
	add(selftest, role, EVERY_LAYER);
	for (size_t i = 0; i < N_GROUPS; i++)
		add(selftest, role, groups[i].layers);
	for (size_t i = 0; i < N_GROUPS; i++)
		add(selftest, role, EVERY_LAYER & ~(groups[i].layers | groups[i].needs));
}

static enum selftest_verdict verdict(const struct selftest *selftest, size_t column, size_t attempt)
{
	return selftest->results[column * selftest->n_attempts + attempt].verdict;
}

static bool stopped(const struct selftest *selftest, size_t column, size_t attempt)
{
	const enum selftest_verdict v = verdict(selftest, column, attempt);

	return v == SELFTEST_HELD || v == SELFTEST_OTHERWISE;
}

/* Of one attempt: which groups stop it alone. */
struct finding {
	char alone[N_GROUPS + 1];
	bool anyway; /* stopped with no layer at all: by the kernel, or by the broker's checks */
	bool untried, escaped;
};

static struct finding look(const struct selftest *selftest, size_t attempt)
{
	struct finding finding = { .anyway = stopped(selftest, COLUMN_NONE, attempt),
				   .escaped = verdict(selftest, COLUMN_ALL, attempt) ==
					      SELFTEST_ESCAPED };
	size_t n = 0;

	for (size_t i = 0; i < N_GROUPS; i++)
		if (!finding.anyway && stopped(selftest, COLUMN_ALONE + i, attempt))
			finding.alone[n++] = groups[i].letter;
	for (size_t c = 0; c < selftest->n_columns; c++)
		finding.untried |= verdict(selftest, c, attempt) == SELFTEST_UNTRIED;
	return finding;
}

static const char *mark(const struct selftest *selftest, size_t column, size_t attempt)
{
	static const char *const marks[] = {
		[SELFTEST_UNTRIED] = "?",   [SELFTEST_LEFT_OUT] = "-", [SELFTEST_HELD] = "x",
		[SELFTEST_OTHERWISE] = "x", [SELFTEST_ESCAPED] = ".",
	};

	return marks[verdict(selftest, column, attempt)];
}

static void print_alone(const struct finding *finding)
{
	if (finding->anyway)
		(void)printf("anyway");
	else if (!finding->alone[0])
		(void)printf("together");
	else
		(void)printf("%s%s", finding->alone, finding->alone[1] ? "" : " only");
}

static void print_row(const struct selftest *selftest, size_t attempt, bool markdown)
{
	const struct finding finding = look(selftest, attempt);
	const char *between = markdown ? " | " : " ";
	const struct brig_attempt *row = brig_attempt_at(attempt);

	if (markdown)
		(void)printf("| %s | %s | ", row->id, row->what);
	else
		(void)printf("%-22s ", row->id);
	for (size_t c = 0; c < selftest->n_columns; c++)
		(void)printf("%s%s", mark(selftest, c, attempt), between);
	print_alone(&finding);
	(void)puts(markdown ? " |" : "");
}

static void print_head(const struct selftest *selftest, bool markdown)
{
	const char *between = markdown ? " | " : " ";

	(void)printf(markdown ? "| attempt | what it tries | all | none" : "%-22s A 0", "attempt");
	for (size_t i = 0; i < N_GROUPS; i++)
		(void)printf("%s%s%c", between, markdown ? "-" : "", groups[i].letter);
	for (size_t i = 0; i < N_GROUPS; i++)
		(void)printf("%s%c", between, groups[i].letter);
	(void)puts(markdown ? " | stopped by |" : " stopped by");
	if (!markdown)
		return;
	for (size_t c = 0; c < selftest->n_columns + 3; c++)
		(void)printf("|---");
	(void)puts("|");
}

static void print_groups(void)
{
	for (size_t i = 0; i < N_GROUPS; i++) {
		(void)printf("| %c | %s |", groups[i].letter, groups[i].name);
		for (int layer = 0; layer < BRIG_LAYER_COUNT; layer++)
			if (groups[i].layers & (1u << layer))
				(void)printf(" %s", brig_layer_name((enum brig_layer)layer));
		(void)puts(" |");
	}
}

static void print_untried(const struct selftest *selftest, size_t attempt)
{
	for (size_t c = 0; c < selftest->n_columns; c++) {
		const struct selftest_result *result =
			&selftest->results[c * selftest->n_attempts + attempt];
		char safe[512];

		if (result->verdict == SELFTEST_UNTRIED && result->why[0])
			(void)printf("%s, layers off %#x: %s %s\n", brig_attempt_at(attempt)->id,
				     selftest->columns[c].off, result->got,
				     escape_text(result->why, safe, sizeof safe));
	}
}

struct summary {
	size_t attempts, many, one, together, anyway, untried, escaped;
	size_t only[N_GROUPS];
};

static void sum(struct summary *summary, const struct finding *finding)
{
	const size_t n = strlen(finding->alone);

	summary->attempts++;
	summary->untried += finding->untried;
	summary->escaped += finding->escaped;
	summary->anyway += finding->anyway;
	summary->many += n > 1;
	summary->one += n == 1;
	summary->together += !n && !finding->anyway;
	for (size_t i = 0; n == 1 && i < N_GROUPS; i++)
		summary->only[i] += groups[i].letter == finding->alone[0];
}

static void print_summary(const struct summary *summary)
{
	(void)printf("%zu attempts: %zu are stopped by several groups, each alone; %zu by one "
		     "group only (",
		     summary->attempts, summary->many, summary->one);
	for (size_t i = 0; i < N_GROUPS; i++)
		(void)printf("%s%c %zu", i ? ", " : "", groups[i].letter, summary->only[i]);
	(void)printf("); %zu by groups together; %zu with no layer at all, by the kernel or the "
		     "broker's checks. %zu escaped",
		     summary->together, summary->anyway, summary->escaped);
	if (summary->untried)
		(void)printf("; %zu could not be tried everywhere", summary->untried);
	(void)puts(".");
}

static const char markdown_head[] =
	"# Which layer stops what\n"
	"\n"
	"Made by `scripts/renew-ablation`, which runs `brig selftest --ablation --markdown`: every "
	"attempt in a\n"
	"real sealed %s with all layers, with none, without each group of layers, and with each "
	"group alone.\n"
	"A test makes it again and compares. `x` stopped, `.` not stopped, `-` not tried.\n"
	"\n";

static const char markdown_notes[] =
	"\n"
	"- `-S` is everything but S; `S` is S alone. The kernel puts a filter or a Landlock domain "
	"on "
	"an\n"
	"  unprivileged process only after no_new_privs, so S and L alone have that, too.\n"
	"- \"only\": no other group stops it alone, so this one may not fail. \"together\": no "
	"group alone does.\n"
	"- \"anyway\": with no layer at all the kernel refuses it to an ordinary user, or what the "
	"broker checks\n"
	"  of every message and descriptor stops it.\n"
	"\n";

int selftest_ablation_report(const struct selftest *selftest, bool markdown)
{
	struct summary summary = { 0 };

	for (size_t a = 0; a < selftest->n_attempts; a++) {
		const struct finding finding = look(selftest, a);

		if (selftest_shown(selftest, a))
			sum(&summary, &finding);
	}
	if (markdown) {
		(void)printf(markdown_head, selftest->columns[0].role->name);
		print_summary(&summary);
		(void)puts("\n| group | what | layers |\n|---|---|---|");
		print_groups();
		(void)fputs(markdown_notes, stdout);
	}
	print_head(selftest, markdown);
	for (size_t a = 0; a < selftest->n_attempts; a++)
		if (selftest_shown(selftest, a))
			print_row(selftest, a, markdown);
	if (!markdown) {
		for (size_t a = 0; a < selftest->n_attempts; a++)
			print_untried(selftest, a);
		(void)puts("\nA all layers, 0 none, then without each group, then each alone: x "
			   "stopped, . not\n");
		print_summary(&summary);
	}
	return summary.escaped || summary.untried ? EXIT_SOME_FAILED : EXIT_OK;
}
