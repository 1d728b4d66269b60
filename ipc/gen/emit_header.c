/* What people include: handlers to fill in, replies to give, calls to make. */
#include "ipc/gen/emit.h"

#include <string.h>

static void emit_fds(FILE *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, n == 1 ? ", int fd" : ", int fd%zu", i);
}

static const char *reply_type(const struct gen_method *method)
{
	return method->reply->c_name;
}

void gen_emit_call_prototype(FILE *out, const struct gen_service *service,
			     const struct gen_method *method)
{
	fprintf(out, "%s %s_%s(struct brig_peer *peer, const %s *request",
		method->rules->oneway ? "int" : "int64_t", service->lower, method->lower,
		method->request->c_name);
	emit_fds(out, method->rules->n_fds_in);
	if (!method->rules->oneway)
		fprintf(out, ", %s_%s_done *on_reply, void *user", service->lower, method->lower);
	fprintf(out, ")");
}

void gen_emit_sync_prototype(FILE *out, const struct gen_service *service,
			     const struct gen_method *method)
{
	fprintf(out, "int %s_%s_sync(struct brig_peer *peer, const %s *request", service->lower,
		method->lower, method->request->c_name);
	emit_fds(out, method->rules->n_fds_in);
	fprintf(out, ", struct brig_answer *ret, const %s **ret_reply)", reply_type(method));
}

void gen_emit_reply_prototype(FILE *out, const struct gen_service *service,
			      const struct gen_method *method)
{
	fprintf(out, "int %s_%s_reply(const struct brig_request *call, const %s *reply",
		service->lower, method->lower, reply_type(method));
	emit_fds(out, method->rules->n_fds_out);
	fprintf(out, ")");
}

bool gen_has_caller(const struct gen_service *service, Brig__Caller caller)
{
	for (size_t i = 0; i < service->n_methods; i++)
		if (service->methods[i].rules->caller == caller)
			return true;
	return false;
}

/* All of them by name of the method, so that one which is forgotten is not compiled. */
static void emit_handlers_macro(FILE *out, const struct gen_service *service, Brig__Caller caller)
{
	const char *between = "";

	fprintf(out, "#define %s%s_HANDLERS(", service->upper,
		caller == BRIG__CALLER__BROKER ? "_CHILD" : "");
	for (size_t i = 0; i < service->n_methods; i++) {
		if (service->methods[i].rules->caller != caller)
			continue;
		fprintf(out, "%s%s_", between, service->methods[i].lower);
		between = ", ";
	}
	fprintf(out, ") \\\n\t{");
	between = " ";
	for (size_t i = 0; i < service->n_methods; i++) {
		if (service->methods[i].rules->caller != caller)
			continue;
		fprintf(out, "%s.%s = (%s_)", between, service->methods[i].lower,
			service->methods[i].lower);
		between = ", ";
	}
	fprintf(out, " }\n\n");
}

static void emit_handlers(FILE *out, const struct gen_service *service, Brig__Caller caller)
{
	const bool child = caller == BRIG__CALLER__BROKER;

	if (!gen_has_caller(service, caller))
		return;
	fprintf(out,
		"/*\n * What %s does when %s calls. Each returns 0 (answered, or to be answered "
		"later;\n"
		" * oneway: done), -errno (refused), or BRIG_BREACH_... (the caller is ended). "
		"@user is\n"
		" * that of struct brig_served; @request is gone when it returns.\n */\n",
		child ? "a child" : "a broker", child ? "its broker" : "a child");
	fprintf(out, "struct %s%s_handlers {\n", service->lower, child ? "_child" : "");
	for (size_t i = 0; i < service->n_methods; i++)
		if (service->methods[i].rules->caller == caller)
			fprintf(out,
				"\tint (*%s)(void *user, struct brig_request *call, const %s "
				"*request);\n",
				service->methods[i].lower, service->methods[i].request->c_name);
	fprintf(out, "};\n\n");
	emit_handlers_macro(out, service, caller);
}

static void emit_fd_comment(FILE *out, const char *what, const Brig__Fd *kinds, size_t n)
{
	if (!n)
		return;
	fprintf(out, " %s:", what);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s %s", i ? "," : "", gen_fd_name(kinds[i]));
	fprintf(out, ".");
}

static void emit_method(FILE *out, const struct gen_service *service,
			const struct gen_method *method)
{
	const Brig__MethodRules *rules = method->rules;

	fprintf(out, "/* %s.%s:", service->name, method->lower);
	if (rules->oneway)
		fprintf(out, " oneway.");
	else
		fprintf(out, " at most %u ms, %u in flight.", rules->deadline_ms,
			rules->max_inflight ? rules->max_inflight : 1);
	emit_fd_comment(out, "With the request", rules->fds_in, rules->n_fds_in);
	emit_fd_comment(out, "With the reply", rules->fds_out, rules->n_fds_out);
	fprintf(out, " */\n");
	if (rules->oneway) {
		gen_emit_call_prototype(out, service, method);
		fprintf(out, ";\n\n");
		return;
	}
	fprintf(out,
		"typedef void %s_%s_done(void *user, struct brig_answer *answer, const %s "
		"*reply);\n",
		service->lower, method->lower, reply_type(method));
	gen_emit_call_prototype(out, service, method);
	fprintf(out, ";\n");
	if (rules->sync) {
		gen_emit_sync_prototype(out, service, method);
		fprintf(out, ";\n");
	}
	gen_emit_reply_prototype(out, service, method);
	fprintf(out, ";\n\n");
}

static void emit_service(FILE *out, const struct gen_service *service)
{
	fprintf(out, "extern const struct brig_service %s_service;\n\n", service->lower);
	fprintf(out, "enum %s_number {\n\t%s_ID = %u,\n", service->lower, service->upper,
		service->rules->id);
	for (size_t i = 0; i < service->n_methods; i++)
		fprintf(out, "\t%s_%s = %u,\n", service->upper, service->methods[i].upper,
			service->methods[i].rules->id);
	fprintf(out, "};\n\n");
	emit_handlers(out, service, BRIG__CALLER__CHILD);
	emit_handlers(out, service, BRIG__CALLER__BROKER);
	for (size_t i = 0; i < service->n_methods; i++)
		emit_method(out, service, &service->methods[i]);
}

static void emit_guard(FILE *out, const char *stem)
{
	fprintf(out, "BRIG_GENERATED_");
	for (; *stem; stem++)
		fputc((*stem >= 'a' && *stem <= 'z') || (*stem >= 'A' && *stem <= 'Z') ||
				      (*stem >= '0' && *stem <= '9')
			      ? *stem
			      : '_',
		      out);
	fprintf(out, "_H\n");
}

void gen_emit_header(FILE *out, struct gen *gen, const struct gen_file *file)
{
	struct gen_message *message = NULL;

	fprintf(out, "/* Made by protoc-gen-brig of %s; edit that. */\n#ifndef ",
		file->proto->name);
	emit_guard(out, file->stem);
	fprintf(out, "#define ");
	emit_guard(out, file->stem);
	fprintf(out, "\n#include \"%s.pb-c.h\"\n", file->stem);
	for (size_t i = 0; i < file->proto->n_dependency; i++) {
		const struct gen_file *imported = gen_imported(gen, file->proto->dependency[i]);

		if (imported)
			fprintf(out, "#include \"%s.brig.h\"\n", imported->stem);
	}
	fprintf(out, "\n#include <brig/ipc.h>\n\nBRIG_BEGIN_DECLS\n\n");
	while ((message = gen_next_message(gen, file, message)))
		fprintf(out, "extern const struct brig_message_rules %s__rules;\n",
			message->c_lower);
	fprintf(out, "\n");
	for (size_t i = 0; i < file->n_services; i++)
		emit_service(out, &file->services[i]);
	fprintf(out, "BRIG_END_DECLS\n\n#endif\n");
}
