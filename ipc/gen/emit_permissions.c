/* Who may call what, for people and for machines. */
#include "ipc/gen/emit.h"

#include <inttypes.h>

static void emit_strings(FILE *out, const char *name, char **strings, size_t n)
{
	fprintf(out, "\"%s\": [", name);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", strings[i]);
	fprintf(out, "]");
}

static void emit_kinds(FILE *out, const char *name, const Brig__Fd *kinds, size_t n)
{
	fprintf(out, "\"%s\": [", name);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\"%s\"", i ? ", " : "", gen_fd_name(kinds[i]) + 8);
	fprintf(out, "]");
}

static void emit_json_method(FILE *out, const struct gen_method *method, bool last)
{
	const Brig__MethodRules *rules = method->rules;

	fprintf(out,
		"        {\"name\": \"%s\", \"id\": %u, \"caller\": \"%s\", \"oneway\": %s,\n"
		"         \"request\": \"%s\", \"max_bytes\": %" PRIu64 ", \"max_inflight\": %u, "
		"\"rate\": %u,\n         \"deadline_ms\": %u, \"permission\": \"%s\", ",
		method->lower, rules->id, rules->caller == BRIG__CALLER__CHILD ? "child" : "broker",
		rules->oneway ? "true" : "false", method->request->full_name + 1,
		method->request->max_bytes,
		rules->oneway || rules->max_inflight ? rules->max_inflight : 1, rules->rate,
		rules->deadline_ms, rules->permission);
	emit_kinds(out, "fds_in", rules->fds_in, rules->n_fds_in);
	fprintf(out, ", ");
	emit_kinds(out, "fds_out", rules->fds_out, rules->n_fds_out);
	fprintf(out, "}%s\n", last ? "" : ",");
}

void gen_emit_permissions(FILE *out, struct gen *gen, const struct gen_file *file)
{
	(void)gen;
	fprintf(out, "{\n  \"file\": \"%s\",\n  \"hash\": \"%016" PRIx64 "\",\n  \"services\": [\n",
		file->proto->name, file->hash);
	for (size_t s = 0; s < file->n_services; s++) {
		const struct gen_service *service = &file->services[s];

		fprintf(out, "    {\"name\": \"%s\", \"id\": %u, \"version\": %u, ", service->name,
			service->rules->id, service->rules->version);
		emit_strings(out, "roles", service->rules->role, service->rules->n_role);
		fprintf(out, ",\n      \"methods\": [\n");
		for (size_t i = 0; i < service->n_methods; i++)
			emit_json_method(out, &service->methods[i], i + 1 == service->n_methods);
		fprintf(out, "      ]}%s\n", s + 1 == file->n_services ? "" : ",");
	}
	fprintf(out, "  ]\n}\n");
}

static void emit_cell(FILE *out, const Brig__Fd *kinds, size_t n)
{
	fprintf(out, " |");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s %s", i ? "," : "", gen_fd_name(kinds[i]) + 8);
}

static void emit_line(FILE *out, const struct gen_service *service, const struct gen_method *method)
{
	const Brig__MethodRules *rules = method->rules;

	fprintf(out, "| `%s.%s` |", service->name, method->lower);
	for (size_t i = 0; i < service->rules->n_role; i++)
		fprintf(out, "%s %s", i ? "," : "", service->rules->role[i]);
	fprintf(out, " | %s | %s | %" PRIu64,
		rules->caller == BRIG__CALLER__CHILD ? "child" : "broker",
		rules->permission[0] ? rules->permission : "its role", method->request->max_bytes);
	if (rules->oneway)
		fprintf(out, " | oneway |");
	else
		fprintf(out, " | %u ms | %u", rules->deadline_ms,
			rules->max_inflight ? rules->max_inflight : 1);
	emit_cell(out, rules->fds_in, rules->n_fds_in);
	emit_cell(out, rules->fds_out, rules->n_fds_out);
	fprintf(out, " |\n");
}

void gen_emit_matrix(FILE *out, struct gen *gen, const struct gen_file *file)
{
	(void)gen;
	fprintf(out, "| method | roles | caller | needs | bytes | time | in flight | descriptors "
		     "in | out |\n"
		     "|---|---|---|---|---|---|---|---|---|\n");
	for (size_t s = 0; s < file->n_services; s++)
		for (size_t i = 0; i < file->services[s].n_methods; i++)
			emit_line(out, &file->services[s], &file->services[s].methods[i]);
}
