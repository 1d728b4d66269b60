/*
 * policyc - build step: role files in, C tables out. Every role is compiled and proven for every
 * architecture; the build fails where a proof does.
 *
 *	policyc OUT OVERLAY ZYGOTE_OVERLAY ROLE.policy... [-- FILE.policy...]
 *
 * OVERLAY is "-", or what outweighs every role but the zygote, for which that is ZYGOTE_OVERLAY.
 * Files behind "--" are built in as text only: others include them.
 */
#include "sandbox/policy/policy.h"
#include "sandbox/policy/shipped.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The tool reads files only. */
const struct brig_shipped brig_shipped_roles[] = { { NULL, NULL } };

struct made {
	char name[32];
	struct brig_policy *policies[BRIG_ARCH_COUNT];
};

struct maker {
	FILE *out;
	const char *overlay, *zygote_overlay; /* NULL: none */
	struct made roles[16];
	size_t n_roles;
};

static int complain(const struct brig_policy_error *error)
{
	(void)fprintf(stderr, "%s:%u:%u: error: %s\n", error->file, error->line, error->column,
		      error->message);
	return 1;
}

/* No role of a sealed child's. */
static bool is_home(const char *name)
{
	return !strcmp(name, "zygote") || !strcmp(name, "helper") || !strcmp(name, "broker");
}

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void base_name(const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	(void)snprintf(ret, size, "%.*s", (int)(dot ? dot - name : (long)strlen(name)), name);
}

/* What is laid over a role; NULL: nothing. The lists of what is refused need nothing. */
static const char *overlay_of(const struct maker *maker, const char *name)
{
	if (!strcmp(name, "helper") || !strcmp(name, "broker"))
		return NULL;
	return strcmp(name, "zygote") ? maker->overlay : maker->zygote_overlay;
}

static int read_sources(const char *path, const char *over, struct brig_text_file *file,
			struct brig_text_file *overlay)
{
	int r = brig_source_read(NULL, path, NULL, file);

	if (!r && over)
		r = brig_source_read(NULL, over, NULL, overlay);
	if (r)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
	return r;
}

static int make_one(const struct maker *maker, const char *path, struct made *role,
		    enum brig_arch arch)
{
	const struct brig_policy_options options = { .size = sizeof options,
						     .audit_arch = brig_arch_audit(arch) };
	const char *over = overlay_of(maker, role->name);
	struct brig_text_file file = { 0 }, overlay = { 0 };
	struct brig_policy_error error = { 0 };
	const double started = now_ms();
	int r = read_sources(path, over, &file, &overlay);

	if (r)
		return r;
	r = brig_policy_make(&file, over ? &overlay : NULL, &options, &role->policies[arch],
			     &error);
	if (r)
		return complain(&error);
	const struct brig_policy *policy = role->policies[arch];
	(void)printf("%-9s %-8s %4u instructions, %6lu cases proven in %.0f ms\n", role->name,
		     brig_arch_name(arch), policy->programs[BRIG_AFTER_READY].length,
		     policy->evaluations, now_ms() - started);
	return 0;
}

static int make_role(struct maker *maker, const char *path)
{
	struct made *role = &maker->roles[maker->n_roles];
	int r = 0;

	if (maker->n_roles == sizeof maker->roles / sizeof *maker->roles)
		return 1;
	base_name(path, role->name, sizeof role->name);
	for (int arch = 0; !r && arch < BRIG_ARCH_COUNT; arch++)
		r = make_one(maker, path, role, (enum brig_arch)arch);
	maker->n_roles += !r;
	return r;
}

static const struct made *find_role(const struct maker *maker, const char *name)
{
	for (size_t i = 0; i < maker->n_roles; i++)
		if (!strcmp(maker->roles[i].name, name))
			return &maker->roles[i];
	return NULL;
}

/* The filter of the process that forks a role's children stands in them, under the role's own. */
static int make_above(const struct maker *maker, const struct made *role)
{
	const bool forked = role->policies[0]->text.launch == BRIG_LAUNCH_FORK;
	const struct made *home = find_role(maker, forked ? "zygote" : "helper");
	struct brig_policy_error error = { 0 };

	/* Their root is empty when they are forked: it can't be written any more. */
	if (forked && home &&
	    role->policies[0]->text.oom_score_adj != home->policies[0]->text.oom_score_adj) {
		(void)fprintf(stderr, "%s: error: its oom-score must be that of its zygote\n",
			      role->name);
		return 1;
	}
	for (int arch = 0; home && arch < BRIG_ARCH_COUNT; arch++)
		if (brig_policy_make_above(role->policies[arch], home->policies[arch], &error))
			return complain(&error);
	if (home)
		(void)printf("%-9s above the %s's filter: %u instructions\n", role->name,
			     home->name, role->policies[0]->programs[BRIG_AFTER_READY].length);
	return home ? 0 : 1;
}

static int make_all_above(const struct maker *maker)
{
	int r = 0;

	for (size_t i = 0; !r && i < maker->n_roles; i++)
		if (!is_home(maker->roles[i].name))
			r = make_above(maker, &maker->roles[i]);
	return r;
}

static void write_program(FILE *out, const struct made *role, const char *stage, int arch,
			  const struct brig_program *program)
{
	if (!program->length)
		return;
	(void)fprintf(out, "static const struct sock_filter %s_%s_%s[] = {\n", role->name, stage,
		      brig_arch_name((enum brig_arch)arch));
	for (unsigned int i = 0; i < program->length; i++)
		(void)fprintf(out, "\t{ 0x%02x, %u, %u, 0x%08x },\n", program->code[i].code,
			      program->code[i].jt, program->code[i].jf, program->code[i].k);
	(void)fprintf(out, "};\n");
}

static const char *const stage_names[BRIG_POLICY_STAGES] = { "before", "after" };

static void write_filters(FILE *out, const struct made *role)
{
	static const char *const macros[BRIG_ARCH_COUNT] = { "__x86_64__", "__aarch64__" };

	for (int arch = 0; arch < BRIG_ARCH_COUNT; arch++) {
		(void)fprintf(out, "#%s defined(%s)\n", arch ? "elif" : "if", macros[arch]);
		for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++)
			write_program(out, role, stage_names[stage], arch,
				      &role->policies[arch]->programs[stage]);
		for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++)
			if (role->policies[arch]->programs[stage].length)
				(void)fprintf(out, "#define %s_%s { %s_%s_%s, %u, %d }\n",
					      role->name, stage_names[stage], role->name,
					      stage_names[stage],
					      brig_arch_name((enum brig_arch)arch),
					      role->policies[arch]->programs[stage].length,
					      role->policies[arch]->text.audit);
	}
	(void)fprintf(out, "#endif\n");
}

static void write_limits(FILE *out, const struct made *role)
{
	const struct brig_text *text = &role->policies[0]->text;

	(void)fprintf(out, "static const struct brig_limit_row %s_limits[] = {\n", role->name);
	for (size_t i = 0; i < text->n_limits; i++)
		(void)fprintf(out, "\t{ %d, %lluu, \"\" },\n", text->limits[i].resource,
			      (unsigned long long)text->limits[i].value);
	(void)fprintf(out, "\t{ 0, 0, \"\" } /* none */\n};\n");
}

static bool connects(const struct brig_model *model)
{
	static const char name[] = "connect";
	const struct brig_call *call = brig_call_find(name, strlen(name));
	size_t n = 0, first = brig_model_rules(model, (uint32_t)call->number[model->arch], &n);
	bool passes = false;

	for (size_t i = first; i < first + n; i++)
		passes = passes || model->rules[i].verdict.action == BRIG_ACTION_ALLOW ||
			 (model->rules[i].has_otherwise &&
			  model->rules[i].otherwise.action == BRIG_ACTION_ALLOW);
	return passes;
}

static void write_role(FILE *out, const struct made *role, size_t id)
{
	const struct brig_policy *policy = role->policies[0];
	const struct brig_text *text = &policy->text;
	unsigned int filters = is_home(role->name) ? 0 : 1; /* its zygote's or helper's */

	write_filters(out, role);
	write_limits(out, role);
	(void)fprintf(out,
		      "const struct brig_role brig_role_%s = {\n\t.id = %zu, .name = \"%s\", "
		      ".process_name = \"%s\",\n\t.launch = %d, .root = %d, .layers = {",
		      role->name, id, text->name, text->process_name, (int)text->launch,
		      (int)text->root);
	for (int i = 0; i < BRIG_LAYER_COUNT; i++)
		(void)fprintf(out, " %d,", (int)text->layers[i]);
	(void)fprintf(out, " },\n\t.limits = %s_limits, .n_limits = %zu,\n\t.filters = {",
		      role->name, text->n_limits);
	for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++) {
		bool has = policy->programs[stage].length > 0;

		(void)fprintf(out, " [%d] = ", stage);
		if (has)
			(void)fprintf(out, "%s_%s,", role->name, stage_names[stage]);
		else
			(void)fprintf(out, "{ NULL, 0, false },");
		filters += has;
	}
	(void)fprintf(out,
		      " },\n\t.n_filters = %u, .listens = %d, .connects = %d, .plain_channel = %d, "
		      ".fds = %u, "
		      ".threads = %u, "
		      ".interfaces = 0x%xu, .oom_score_adj = %d, .priority = %d,\n"
		      "\t.group_limits = { %lluu, %lluu },\n};\n",
		      filters, !text->report_kills, connects(&text->models[BRIG_AFTER_READY]),
		      text->plain_channel, text->fds, text->threads, text->interfaces,
		      text->oom_score_adj, (int)text->priority,
		      (unsigned long long)text->group_limits[BRIG_CGROUP_MEMORY],
		      (unsigned long long)text->group_limits[BRIG_CGROUP_PROCESSES]);
}

static void write_text(FILE *out, int index, const struct brig_text_file *file)
{
	(void)fprintf(out, "static const char text_%d[] = {", index);
	for (size_t i = 0; i < file->n; i++)
		(void)fprintf(out, "%s%d,", i % 20 ? "" : "\n\t", file->text[i]);
	(void)fprintf(out, "\n\t0\n};\n");
}

static int write_texts(FILE *out, char **paths, int n)
{
	char name[64];

	for (int i = 0; i < n; i++) {
		struct brig_text_file file;

		if (!strcmp(paths[i], "--"))
			continue;
		int r = brig_source_read(NULL, paths[i], NULL, &file);
		if (r)
			return r;
		write_text(out, i, &file);
		free(file.name);
		free(file.text);
	}
	(void)fprintf(out, "const struct brig_shipped brig_shipped_roles[] = {\n");
	for (int i = 0; i < n; i++) {
		base_name(paths[i], name, sizeof name);
		if (strcmp(paths[i], "--"))
			(void)fprintf(out, "\t{ \"%s\", text_%d },\n", name, i);
	}
	(void)fprintf(out, "\t{ NULL, NULL }\n};\n");
	return 0;
}

static int write_all(const struct maker *maker, char **paths, int n)
{
	FILE *out = maker->out;

	(void)fprintf(out, "/* Made by policyc from sandbox/roles: change the files there. */\n"
			   "#include \"sandbox/policy/shipped.h\"\n"
			   "#include \"sandbox/roles/role.h\"\n\n");
	for (size_t i = 0; i < maker->n_roles; i++)
		write_role(out, &maker->roles[i], i);
	(void)fprintf(out, "static const struct brig_role *const roles[BRIG_ROLE_COUNT] = {\n");
	for (size_t i = 0; i < maker->n_roles; i++)
		(void)fprintf(out, "\t&brig_role_%s,\n", maker->roles[i].name);
	(void)fprintf(out, "};\n\nconst struct brig_role *brig_role_get(uint32_t id)\n{\n"
			   "\treturn id < BRIG_ROLE_COUNT ? roles[id] : NULL;\n}\n");
	return write_texts(out, paths, n);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		(void)fprintf(stderr, "usage: policyc OUT OVERLAY ZYGOTE_OVERLAY ROLE.policy... "
				      "[-- FILE...]\n");
		return 2;
	}
	struct maker *maker = calloc(1, sizeof *maker);
	int r = maker ? 0 : 1;
	if (!r) {
		maker->overlay = strcmp(argv[2], "-") ? argv[2] : NULL;
		maker->zygote_overlay = strcmp(argv[3], "-") ? argv[3] : NULL;
	}
	for (int i = 4; !r && i < argc && strcmp(argv[i], "--"); i++)
		r = make_role(maker, argv[i]);
	if (!r)
		r = make_all_above(maker);
	if (!r) {
		maker->out = fopen(argv[1], "we");
		r = maker->out ? write_all(maker, argv + 4, argc - 4) : 1;
		if (maker->out && fclose(maker->out))
			r = 1;
	}
	for (size_t i = 0; maker && i < maker->n_roles; i++)
		for (int arch = 0; arch < BRIG_ARCH_COUNT; arch++)
			brig_policy_unref(maker->roles[i].policies[arch]);
	free(maker);
	return r ? 1 : 0;
}
