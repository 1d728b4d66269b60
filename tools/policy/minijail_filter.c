/*
 * Filters: what stands behind a statement's colon. Of "call: expression; action" the two readers of
 * such files think differently: minijail0(5) does the action if the expression does not hold, its
 * newer compiler if it holds. Without braces, which the older reader doesn't know, it is read as
 * the manual says; inside of them, as the compiler does.
 */
#include "tools/policy/minijail.h"

#include "sandbox/base/cleanup.h"
#include "sandbox/policy/constants.h"
#include "tools/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void minijail_warn(const struct minijail_file *file, unsigned int line, const char *text,
		   const char *word, size_t n)
{
	char safe[256];

	(void)complain(0, "%s:%u: %.*s%s", escape_text(file->name, safe, sizeof safe), line, (int)n,
		       word, text);
}

/* ---- actions ---- */

static int parse_errno(struct minijail *m, struct minijail_file *file, struct brig_verdict *ret)
{
	const struct minijail_token token = *minijail_peek(file);
	uint64_t value = 0;
	int r = 0;

	*ret = (struct brig_verdict){ .action = BRIG_ACTION_ERRNO };
	if (token.kind == MINIJAIL_WORD)
		ret->error = brig_errno_number(token.text, token.n);
	if (ret->error) {
		file->at++;
		return 0;
	}
	r = minijail_constant(m, file, &value);
	if (!r && (value == 0 || value > 4095 || !brig_errno_name((int)value)))
		r = minijail_fail(m, file, &token, "'%.*s' is no errno that has a name",
				  (int)token.n, token.text);
	ret->error = (int)value;
	return r;
}

static const struct {
	const char *name;
	enum brig_action action;
	bool refuses; /* may be a default */
} actions[] = {
	{ "1", BRIG_ACTION_ALLOW, false },          { "allow", BRIG_ACTION_ALLOW, false },
	{ "log", BRIG_ACTION_LOG, false },          { "kill", BRIG_ACTION_KILL, true },
	{ "kill-process", BRIG_ACTION_KILL, true }, { "kill-thread", BRIG_ACTION_KILL, true },
	{ "trap", BRIG_ACTION_TRAP, true },         { "user-notify", BRIG_ACTION_NOTIFY, true },
	{ "trace", BRIG_ACTION_ERRNO, false },
};

int minijail_action(struct minijail *m, struct minijail_file *file, bool fallback,
		    struct brig_verdict *ret)
{
	const struct minijail_token token = *minijail_peek(file);

	if (!fallback && minijail_accept(file, "return"))
		return parse_errno(m, file, ret);
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
		if (!minijail_accept(file, actions[i].name))
			continue;
		*ret = (struct brig_verdict){ .action = actions[i].action };
		if (fallback && !actions[i].refuses)
			return minijail_fail(m, file, &token,
					     "a default that lets what is unlisted pass is no "
					     "list of what is allowed");
		if (minijail_is(&token, "kill-thread") && !m->told_thread) {
			m->told_thread = true;
			minijail_warn(file, token.line, ": the whole process is killed", token.text,
				      token.n);
		}
		if (!minijail_is(&token, "trace"))
			return 0;
		/* What seccomp(2) makes of it when nobody traces. */
		ret->error = ENOSYS;
		if (!m->told_trace)
			minijail_warn(file, token.line,
				      ": there is no tracer, so the call fails by ENOSYS",
				      token.text, token.n);
		m->told_trace = true;
		return 0;
	}
	return minijail_fail(m, file, &token,
			     "an expression or an action was expected: allow, 1, return ERRNO, "
			     "kill, kill-process, kill-thread, trap, log, trace, user-notify");
}

static const char *verdict_text(struct brig_verdict verdict, char ret[48])
{
	(void)snprintf(ret, 48, "%s%s%s", brig_action_name(verdict.action),
		       verdict.action == BRIG_ACTION_ERRNO ? " " : "",
		       verdict.action == BRIG_ACTION_ERRNO ? brig_errno_name(verdict.error) : "");
	return ret;
}

/* ---- rows ---- */

void minijail_end_row(struct minijail *m, const struct minijail_file *file, unsigned int line)
{
	char remark[256], safe[1024];

	(void)snprintf(remark, sizeof remark, "%.*s", (int)file->n_remark,
		       file->n_remark ? file->remark : "");
	(void)fprintf(m->rows, " # %s%s", escape_text(remark, safe, sizeof safe),
		      *remark ? " (" : "");
	(void)fprintf(m->rows, "%s:%u%s\n", escape_text(file->name, safe, sizeof safe), line,
		      *remark ? ")" : "");
}

/* "read: allow if …" of a filter; *ret_final: it leaves nothing to later ones. */
static int parse_single(struct minijail *m, struct minijail_file *file,
			const struct brig_call *call, bool braces, bool *ret_final)
{
	struct brig_verdict verdict = { .action = BRIG_ACTION_ALLOW }, otherwise;
	const struct minijail_token token = *minijail_peek(file);
	brig_auto_free char *condition = NULL;
	bool conditional = token.n > 3 && !memcmp(token.text, "arg", 3), never = false, other;
	char text[48];
	size_t n;
	FILE *out;
	int r = 0;

	if (conditional) {
		out = open_memstream(&condition, &n);
		if (!out)
			return -ENOMEM;
		r = minijail_condition(m, file, call, out, &never);
		if (fclose(out) && !r)
			r = -ENOMEM;
	}
	other = !r && conditional && minijail_accept(file, ";");
	if (!r && (other || !conditional))
		r = minijail_action(m, file, false, other && !braces ? &otherwise : &verdict);
	other = other && !braces;
	*ret_final = !conditional || other;
	if (r || !call || (never && !other))
		return r;
	if (never)
		verdict = otherwise;
	(void)fprintf(m->rows, "%s: %s", call->name, verdict_text(verdict, text));
	if (conditional && !never)
		(void)fprintf(m->rows, " if %s", condition);
	if (other && !never)
		(void)fprintf(m->rows, " else %s", verdict_text(otherwise, text));
	minijail_end_row(m, file, token.line);
	return 0;
}

static int decide(struct minijail *m, struct minijail_file *file,
		  const struct minijail_token *token, const struct brig_call *call, bool final)
{
	size_t n;
	struct minijail_place *place = call ? &m->decided[call - brig_calls(&n)] : NULL;

	if (!place)
		return 0;
	if (place->file)
		return minijail_fail(m, file, token,
				     "%s has a verdict for all that is left already (%s:%u)",
				     call->name, place->file, place->line);
	if (!final)
		return 0;
	place->file = strdup(file->name);
	place->line = token->line;
	return place->file ? 0 : -ENOMEM;
}

int minijail_filter(struct minijail *m, struct minijail_file *file, const struct brig_call *call)
{
	const bool braces = minijail_accept(file, "{");
	int r;

	do {
		const struct minijail_token token = *minijail_peek(file);
		bool final = false;

		r = parse_single(m, file, call, braces, &final);
		if (!r)
			r = decide(m, file, &token, call, final);
	} while (!r && braces && minijail_accept(file, ","));
	if (!r && braces && !minijail_accept(file, "}"))
		r = minijail_fail(m, file, NULL, "'}' or ',' was expected");
	if (!r && file->at < file->n_tokens)
		r = minijail_fail(m, file, NULL, "'%.*s' where the statement should end",
				  (int)minijail_peek(file)->n, minijail_peek(file)->text);
	return r;
}
