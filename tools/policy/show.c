/* check, show, score, rows: a role as tables. */
#include "tools/policy/tool.h"

#include "sandbox/policy/shipped.h"

#include <string.h>

int tool_check(struct tool *tool)
{
	int worst = EXIT_OK;
	json_t *list = json_array();

	for (int i = 0; i < tool->n_arguments; i++) {
		int status;
		struct brig_policy *policy = tool_open(tool, tool->arguments[i], true, &status);
		unsigned int length = policy ? policy->programs[BRIG_AFTER_READY].length : 0;

		worst = status > worst ? status : worst;
		(void)json_array_append_new(
			list, json_pack("{s:s, s:b, s:i, s:i}", "file", tool->arguments[i], "ok",
					policy != NULL, "instructions", (int)length, "cases",
					policy ? (int)policy->evaluations : 0));
		if (policy && !tool->json)
			(void)printf("%s: ok, %u instructions, %lu cases proven for %s\n",
				     tool->arguments[i], length, policy->evaluations,
				     brig_arch_name(tool->arch));
		brig_policy_unref(policy);
	}
	if (tool->json)
		return tool_print_json(json_pack("{s:i, s:o}", "schema", 1, "files", list), worst);
	json_decref(list);
	return worst;
}

static const char *verdict_text(const struct brig_rule *rule, char *ret, size_t size)
{
	char verdict[32], otherwise[32];

	(void)snprintf(ret, size, "%s%s%s%s%s", brig_verdict_spell(rule->verdict, verdict),
		       *rule->condition ? " if " : "", rule->condition,
		       rule->has_otherwise ? " else " : "",
		       rule->has_otherwise ? brig_verdict_spell(rule->otherwise, otherwise) : "");
	return ret;
}

static json_t *show_json(const struct brig_policy *policy, const struct brig_model *model)
{
	json_t *rows = json_array();
	char name[32], text[600];

	for (size_t i = 0; i < model->n_rules; i++) {
		const struct brig_rule *rule = &model->rules[i];

		(void)json_array_append_new(
			rows,
			json_pack("{s:s, s:i, s:s, s:s, s:s, s:i}", "call",
				  tool_call_name(model->arch, rule->number, name), "number",
				  (int)rule->number, "verdict",
				  verdict_text(rule, text, sizeof text), "why", rule->why, "file",
				  policy->text.files[rule->file].name, "line", (int)rule->line));
	}
	return json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "role", policy->text.name, "arch",
			 brig_arch_name(model->arch), "rows", rows);
}

int tool_show(struct tool *tool)
{
	char name[32], text[600], place[300];
	int status;
	struct brig_policy *policy = tool_open(tool, tool->arguments[0], false, &status);

	if (!policy)
		return status;
	const struct brig_model *model = tool_model(tool, policy);
	if (tool->json) {
		status = tool_print_json(show_json(policy, model), EXIT_OK);
		brig_policy_unref(policy);
		return status;
	}
	for (size_t i = 0; i < model->n_rules; i++) {
		const struct brig_rule *rule = &model->rules[i];

		(void)printf("%-18s %-50s %-18s %s\n",
			     tool_call_name(model->arch, rule->number, name),
			     verdict_text(rule, text, sizeof text),
			     tool_place(policy, rule, place, sizeof place), rule->why);
	}
	for (int class = 0; class < 3; class ++) {
		static const char *const classes[] = { "(other benign)", "(other dangerous)",
						       "(unknown)" };

		(void)printf("%-18s %s\n", classes[class],
			     brig_verdict_spell(model->defaults[class], text));
	}
	brig_policy_unref(policy);
	return EXIT_OK;
}

/* ---- score ---- */

struct score {
	unsigned int allowed, checked, dangerous, instructions;
};

static bool lets(struct brig_verdict verdict)
{
	return verdict.action == BRIG_ACTION_ALLOW || verdict.action == BRIG_ACTION_LOG;
}

struct scorer {
	const struct brig_model *model;
	uint32_t number;
	bool some, all;
};

static int note_outcome(void *user, const uint64_t args[BRIG_CALL_ARGUMENTS])
{
	struct scorer *scorer = user;
	bool may = lets(brig_model_verdict(scorer->model, brig_arch_audit(scorer->model->arch),
					   scorer->number, args, NULL));

	scorer->some = scorer->some || may;
	scorer->all = scorer->all && may;
	return 0;
}

static struct score score_of(const struct brig_policy *policy, const struct brig_model *model,
			     json_t *dangerous)
{
	struct score score = { .instructions = policy->programs[BRIG_AFTER_READY].length };
	const struct brig_stack stack = { .models = { model }, .n = 1 };
	size_t n;
	const struct brig_call *calls = brig_calls(&n);

	for (size_t i = 0; i < n; i++) {
		struct scorer scorer = { model, (uint32_t)calls[i].number[model->arch], false,
					 true };

		if (calls[i].number[model->arch] == BRIG_CALL_NONE)
			continue;
		(void)brig_each_witness(&stack, scorer.number, note_outcome, &scorer);
		score.allowed += scorer.all;
		score.checked += scorer.some && !scorer.all;
		if (scorer.some && calls[i].class_ == BRIG_CLASS_DANGEROUS) {
			score.dangerous++;
			(void)json_array_append_new(dangerous,
						    json_pack("{s:s, s:s}", "call", calls[i].name,
							      "why", calls[i].why));
		}
	}
	return score;
}

static int score_one(const struct tool *tool, const char *name, json_t *list)
{
	json_t *dangerous = json_array();
	size_t index;
	json_t *row;
	int status;
	struct brig_policy *policy = tool_open(tool, name, false, &status);

	if (!policy) {
		json_decref(dangerous);
		return status;
	}
	const struct score score = score_of(policy, tool_model(tool, policy), dangerous);
	if (!tool->json) {
		(void)printf("%-10s %8u %8u %9u %12u\n", policy->text.name, score.allowed,
			     score.checked, score.dangerous, score.instructions);
		json_array_foreach(dangerous, index, row)(void)
			printf("           may %s: it %s\n",
			       json_string_value(json_object_get(row, "call")),
			       json_string_value(json_object_get(row, "why")));
	}
	(void)json_array_append_new(
		list, json_pack("{s:s, s:i, s:i, s:i, s:o}", "role", policy->text.name, "allowed",
				(int)score.allowed, "checked", (int)score.checked, "instructions",
				(int)score.instructions, "dangerous", dangerous));
	brig_policy_unref(policy);
	return EXIT_OK;
}

int tool_score(struct tool *tool)
{
	static char *const shipped[] = { "renderer", "plugin",  "codec",  "network", "compute",
					 "service",  "workers", "zygote", "helper",  "broker" };
	const int n =
		tool->n_arguments ? tool->n_arguments : (int)(sizeof shipped / sizeof *shipped);
	json_t *list = json_array();
	int worst = EXIT_OK;

	if (!tool->json)
		(void)printf("%-10s %8s %8s %9s %12s\n", "role", "allowed", "checked", "dangerous",
			     "instructions");
	for (int i = 0; i < n; i++) {
		int status =
			score_one(tool, tool->n_arguments ? tool->arguments[i] : shipped[i], list);

		worst = status > worst ? status : worst;
	}
	if (tool->json)
		return tool_print_json(json_pack("{s:i, s:o}", "schema", 1, "roles", list), worst);
	json_decref(list);
	return worst;
}

/* ---- rows ---- */

/* One line a call and verdict, with the first arguments that bring it: a reviewer reads the diff.
 */
int tool_rows(struct tool *tool)
{
	size_t n;
	const struct brig_call *calls = brig_calls(&n);
	int status;
	struct brig_policy *policy = tool_open(tool, tool->arguments[0], true, &status);

	if (!policy)
		return status;
	const struct brig_model *model = tool_model(tool, policy);
	for (size_t i = 0; i < n; i++) {
		struct tool_call call = { .call = &calls[i],
					  .number = (uint32_t)calls[i].number[model->arch] };
		struct tool_outcome outcomes[TOOL_OUTCOMES_MAX];
		char verdict[32], args[300];

		if (calls[i].number[model->arch] == BRIG_CALL_NONE)
			continue;
		int m = tool_outcomes(model, &call, outcomes);
		for (int j = 0; j < m; j++) {
			tool_format_args(args, sizeof args, model->arch, call.number,
					 brig_model_looks(model, call.number), outcomes[j].args);
			(void)printf("%s\t%s\t%s\n", calls[i].name, args,
				     brig_verdict_spell(outcomes[j].verdict, verdict));
		}
		status = m < 0 ? EXIT_SOME_FAILED : status;
	}
	brig_policy_unref(policy);
	return status;
}
