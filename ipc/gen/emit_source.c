/* The dispatch table of each service, and the functions that people call. */
#include "ipc/gen/emit.h"

#include <inttypes.h>
#include <string.h>

static const char *const fd_names[] = {
	[BRIG__FD__ANY_FD] = "BRIG_FD_NONE",
	[BRIG__FD__REGULAR_RO] = "BRIG_FD_REGULAR_RO",
	[BRIG__FD__REGULAR_RW] = "BRIG_FD_REGULAR_RW",
	[BRIG__FD__MEMFD_SEALED] = "BRIG_FD_MEMFD_SEALED",
	[BRIG__FD__PIPE] = "BRIG_FD_PIPE",
	[BRIG__FD__SOCKETPAIR] = "BRIG_FD_SOCKETPAIR",
	[BRIG__FD__LISTENING_SOCKET] = "BRIG_FD_LISTENING_SOCKET",
	[BRIG__FD__EVENTFD] = "BRIG_FD_EVENTFD",
	[BRIG__FD__LISTENER] = "BRIG_FD_LISTENER",
};

const char *gen_fd_name(Brig__Fd kind)
{
	return fd_names[kind];
}

/* The table is of one type: each row's own is put back here. */
static void emit_run(FILE *out, const struct gen_service *service, const struct gen_method *method)
{
	const bool child = method->rules->caller == BRIG__CALLER__BROKER;

	fprintf(out,
		"static int run_%s_%s(const void *handlers, void *user, struct brig_request "
		"*call,\n"
		"\t\t\t const void *request)\n{\n\tconst struct %s%s_handlers *h = handlers;\n\n"
		"\treturn h->%s(user, call, request);\n}\n\n",
		service->lower, method->lower, service->lower, child ? "_child" : "",
		method->lower);
}

static void emit_done(FILE *out, const struct gen_service *service, const struct gen_method *method)
{
	fprintf(out,
		"static void done_%s_%s(brig_any_fn *on_reply, void *user, struct brig_answer "
		"*answer)\n"
		"{\n\t((%s_%s_done *)on_reply)(user, answer, answer->reply);\n}\n\n",
		service->lower, method->lower, service->lower, method->lower);
}

static void emit_fd_row(FILE *out, const char *name, const Brig__Fd *kinds, size_t n)
{
	if (!n)
		return;
	fprintf(out, "\t  .n_%s = %zu,\n\t  .%s = {", name, n, name);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s %s", i ? "," : "", fd_names[kinds[i]]);
	fprintf(out, " },\n");
}

static void emit_states(FILE *out, const Brig__MethodRules *rules)
{
	static const char *const names[] = { [BRIG__STATE__LOCKED] = "BRIG_IN_LOCKED",
					     [BRIG__STATE__LAUNCHING] = "BRIG_IN_LAUNCHING",
					     [BRIG__STATE__READY] = "BRIG_IN_READY" };

	fprintf(out, "\t  .states = ");
	if (!rules->n_state)
		fprintf(out, "BRIG_IN_LOCKED");
	for (size_t i = 0; i < rules->n_state; i++)
		fprintf(out, "%s%s", i ? " | " : "", names[rules->state[i]]);
	fprintf(out, ",\n");
}

static void emit_row(FILE *out, const struct gen_service *service, const struct gen_method *method)
{
	const Brig__MethodRules *rules = method->rules;

	fprintf(out, "\t{ .name = \"%s.%s\",\n\t  .service = %s_ID,\n\t  .method = %s_%s,\n",
		service->name, method->lower, service->upper, service->upper, method->upper);
	if (rules->caller == BRIG__CALLER__BROKER)
		fprintf(out, "\t  .caller = BRIG_FROM_BROKER,\n");
	if (rules->spill)
		fprintf(out, "\t  .flags = BRIG_METHOD_SPILL,\n");
	if (rules->oneway)
		fprintf(out, "\t  .flags = BRIG_METHOD_ONEWAY%s,\n",
			rules->slow == BRIG__SLOW__DROP ? " | BRIG_METHOD_DROP" : "");
	emit_fd_row(out, "fds_in", rules->fds_in, rules->n_fds_in);
	emit_fd_row(out, "fds_out", rules->fds_out, rules->n_fds_out);
	emit_states(out, rules);
	fprintf(out, "\t  .max_bytes = %" PRIu64 ",\n",
		rules->max_bytes && rules->max_bytes < method->request->max_bytes
			? (uint64_t)rules->max_bytes
			: method->request->max_bytes);
	if (!rules->oneway)
		fprintf(out, "\t  .max_inflight = %u,\n\t  .deadline_ms = %u,\n",
			rules->max_inflight ? rules->max_inflight : 1, rules->deadline_ms);
	if (rules->rate)
		fprintf(out, "\t  .rate = %u,\n", rules->rate);
	if (rules->permission[0])
		fprintf(out, "\t  .permission = \"%s\",\n", rules->permission);
	fprintf(out, "\t  .request = &%s__rules,\n", method->request->c_lower);
	if (!rules->oneway)
		fprintf(out, "\t  .reply = &%s__rules,\n", method->reply->c_lower);
	if (!rules->oneway)
		fprintf(out, "\t  .done = done_%s_%s,\n", service->lower, method->lower);
	fprintf(out, "\t  .run = run_%s_%s },\n", service->lower, method->lower);
}

static void emit_service(FILE *out, const struct gen_file *file, const struct gen_service *service)
{
	const Brig__ServiceRules *rules = service->rules;

	for (size_t i = 0; i < service->n_methods; i++) {
		emit_run(out, service, &service->methods[i]);
		if (!service->methods[i].rules->oneway)
			emit_done(out, service, &service->methods[i]);
	}
	fprintf(out, "static const struct brig_method methods_%s[] = {\n", service->lower);
	for (size_t i = 0; i < service->n_methods; i++)
		emit_row(out, service, &service->methods[i]);
	fprintf(out, "};\n\nstatic const char *const roles_%s[] = {", service->lower);
	for (size_t i = 0; i < rules->n_role; i++)
		fprintf(out, " \"%s\",", rules->role[i]);
	fprintf(out,
		" NULL };\n\nconst struct brig_service %s_service = {\n\t.name = \"%s\",\n"
		"\t.id = %s_ID,\n\t.version = %u,\n\t.oldest = %u,\n"
		"\t.hash = UINT64_C(0x%016" PRIx64 "),\n"
		"\t.roles = roles_%s,\n\t.methods = methods_%s,\n\t.n_methods = %zu,\n};\n\n",
		service->lower, service->name, service->upper, rules->version,
		rules->oldest ? rules->oldest : rules->version, file->hash, service->lower,
		service->lower, service->n_methods);
}

void gen_emit_methods(FILE *out, struct gen *gen, const struct gen_file *file)
{
	(void)gen;
	for (size_t i = 0; i < file->n_services; i++)
		emit_service(out, file, &file->services[i]);
}

/* "const int fds[] = { fd };" and how to pass it on. */
static const char *emit_fd_array(FILE *out, size_t n)
{
	if (!n)
		return "NULL, 0";
	fprintf(out, "\tconst int fds[] = {");
	for (size_t i = 0; i < n; i++)
		fprintf(out, n == 1 ? " fd" : "%s fd%zu", i ? "," : "", i);
	fprintf(out, " };\n\n");
	return n == 1 ? "fds, 1" : n == 2 ? "fds, 2" : n == 3 ? "fds, 3" : "fds, 4";
}

static void emit_call(FILE *out, const struct gen_service *service, const struct gen_method *method,
		      size_t index)
{
	gen_emit_call_prototype(out, service, method);
	fprintf(out, "\n{\n");
	const char *fds = emit_fd_array(out, method->rules->n_fds_in);
	if (method->rules->oneway)
		fprintf(out, "\treturn brig_tell(peer, &methods_%s[%zu], request, %s);\n}\n\n",
			service->lower, index, fds);
	else
		fprintf(out,
			"\treturn brig_call_start(peer, &methods_%s[%zu], request, %s,\n"
			"\t\t\t       (brig_any_fn *)on_reply, user);\n}\n\n",
			service->lower, index, fds);
}

static void emit_sync(FILE *out, const struct gen_service *service, const struct gen_method *method,
		      size_t index)
{
	gen_emit_sync_prototype(out, service, method);
	fprintf(out, "\n{\n");
	const char *fds = emit_fd_array(out, method->rules->n_fds_in);
	fprintf(out,
		"\tint r = brig_call_sync(peer, &methods_%s[%zu], request, %s, ret);\n\n"
		"\t*ret_reply = r ? NULL : ret->reply;\n\treturn r;\n}\n\n",
		service->lower, index, fds);
}

static void emit_reply(FILE *out, const struct gen_service *service,
		       const struct gen_method *method, size_t index)
{
	gen_emit_reply_prototype(out, service, method);
	fprintf(out, "\n{\n");
	const char *fds = emit_fd_array(out, method->rules->n_fds_out);
	fprintf(out, "\treturn brig_reply(call, &methods_%s[%zu], reply, %s);\n}\n\n",
		service->lower, index, fds);
}

void gen_emit_stubs(FILE *out, struct gen *gen, const struct gen_file *file)
{
	(void)gen;
	for (size_t s = 0; s < file->n_services; s++) {
		const struct gen_service *service = &file->services[s];

		for (size_t i = 0; i < service->n_methods; i++) {
			const struct gen_method *method = &service->methods[i];

			emit_call(out, service, method, i);
			if (method->rules->sync)
				emit_sync(out, service, method, i);
			if (!method->rules->oneway)
				emit_reply(out, service, method, i);
		}
	}
}

void gen_emit_source(FILE *out, struct gen *gen, const struct gen_file *file)
{
	fprintf(out,
		"/* Made by protoc-gen-brig of %s; edit that. */\n#include \"%s.brig.h\"\n\n"
		"#include <stdint.h>\n\n"
		"/* What unpacking takes at most: memory comes in sixteens. Of many fields "
		"protobuf-c's own,\n"
		" * which an embedder may use, takes notes: each piece twice as large as the one "
		"before. */\n"
		"#define ROUND(n)   (((n) + 15ull) / 16 * 16)\n"
		"#define ELEMENT    (sizeof(ProtobufCBinaryData))\n"
		"#define SCANNED(n) ((n) > 16 ? 4 * (n) * 40 : 0)\n\n",
		file->proto->name, file->stem);
	gen_emit_rules(out, gen, file);
	gen_emit_methods(out, gen, file);
	gen_emit_stubs(out, gen, file);
}
