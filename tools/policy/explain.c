/* explain and simulate: the verdict on a call, the row behind it, and why. */
#include "tools/policy/tool.h"

#include <string.h>

static const char *row_text(const struct brig_rule *rule, bool holds, char *ret, size_t size)
{
	char verdict[32];

	(void)snprintf(ret, size, "%s%s%s%s", brig_verdict_spell(rule->verdict, verdict),
		       *rule->condition ? " if " : "", rule->condition, !holds ? " else ..." : "");
	return ret;
}

static void print_outcome(const struct brig_policy *policy, const struct brig_model *model,
			  uint32_t number, const struct tool_outcome *outcome)
{
	const struct brig_rule *rule = outcome->rule >= 0 ? &model->rules[outcome->rule] : NULL;
	char verdict[32], place[300], row[600];

	(void)printf("  %-14s %s\n", brig_verdict_spell(outcome->verdict, verdict),
		     rule ? rule->why : brig_class_reason(model->arch, number));
	if (rule)
		(void)printf("                 by %s: %s\n",
			     tool_place(policy, rule, place, sizeof place),
			     row_text(rule,
				      brig_test_holds(model->tests, rule->test, outcome->args), row,
				      sizeof row));
	else
		(void)printf("                 by the default of the class '%s'\n",
			     brig_class_name(model->arch, number));
}

static json_t *outcome_json(const struct brig_policy *policy, const struct brig_model *model,
			    uint32_t number, const struct tool_outcome *outcome)
{
	const struct brig_rule *rule = outcome->rule >= 0 ? &model->rules[outcome->rule] : NULL;
	char verdict[32];

	return json_pack("{s:s, s:s, s:s?, s:i, s:s, s:s}", "verdict",
			 brig_verdict_spell(outcome->verdict, verdict), "why",
			 rule ? rule->why : brig_class_reason(model->arch, number), "file",
			 rule ? policy->text.files[rule->file].name : NULL, "line",
			 rule ? (int)rule->line : 0, "condition", rule ? rule->condition : "",
			 "class", brig_class_name(model->arch, number));
}

static json_t *explain_json(const struct brig_policy *policy, const struct brig_model *model,
			    const struct tool_call *call, const char *text)
{
	struct tool_outcome outcomes[TOOL_OUTCOMES_MAX];
	int n = tool_outcomes(model, call, outcomes);
	json_t *list = json_array();

	for (int i = 0; i < n; i++)
		(void)json_array_append_new(
			list, outcome_json(policy, model, call->number, &outcomes[i]));
	return json_pack("{s:s, s:i, s:o}", "call", text, "number", (int)call->number, "outcomes",
			 list);
}

static int explain_text(const struct brig_policy *policy, const struct brig_model *model,
			const struct tool_call *call, const char *text)
{
	struct tool_outcome outcomes[TOOL_OUTCOMES_MAX];
	int n = tool_outcomes(model, call, outcomes);
	char args[300];

	if (n < 0)
		return complain(EXIT_SOME_FAILED, "%s: too many cases", text);
	(void)printf("%s: %s\n", policy->text.name, text);
	for (int i = 0; i < n; i++) {
		if (n > 1) {
			tool_format_args(args, sizeof args, model->arch, call->number,
					 brig_model_looks(model, call->number), outcomes[i].args);
			(void)printf("  with %s\n", args);
		}
		print_outcome(policy, model, call->number, &outcomes[i]);
	}
	return EXIT_OK;
}

int tool_explain(struct tool *tool)
{
	const char *text = tool->arguments[1];
	struct tool_call call;
	char error[256];
	int status;
	struct brig_policy *policy = tool_open(tool, tool->arguments[0], false, &status);

	if (!policy)
		return status;
	const struct brig_model *model = tool_model(tool, policy);
	if (tool_call_parse(text, tool->arch, &call, error, sizeof error) < 0)
		status = complain(EXIT_USAGE, "%s", error);
	else if (tool->json)
		status = tool_print_json(explain_json(policy, model, &call, text), EXIT_OK);
	else
		status = explain_text(policy, model, &call, text);
	brig_policy_unref(policy);
	return status;
}

/* One call of standard input: its verdicts on one line. */
static int simulate_line(const struct brig_model *model, const char *line, json_t *list,
			 const struct brig_policy *policy)
{
	struct tool_outcome outcomes[TOOL_OUTCOMES_MAX];
	struct tool_call call;
	char error[256], verdict[32];

	if (tool_call_parse(line, model->arch, &call, error, sizeof error) < 0)
		return complain(EXIT_SOME_FAILED, "%s", error);
	if (list)
		return json_array_append_new(list, explain_json(policy, model, &call, line))
			       ? EXIT_SOME_FAILED
			       : EXIT_OK;
	int n = tool_outcomes(model, &call, outcomes);
	if (n < 0)
		return complain(EXIT_SOME_FAILED, "%s: too many cases", line);
	(void)printf("%s\t", line);
	for (int i = 0; i < n; i++)
		(void)printf("%s%s", i ? " or " : "",
			     brig_verdict_spell(outcomes[i].verdict, verdict));
	(void)printf("\n");
	return EXIT_OK;
}

int tool_simulate(struct tool *tool)
{
	char line[4096];
	int status, worst = EXIT_OK;
	struct brig_policy *policy = tool_open(tool, tool->arguments[0], false, &status);
	json_t *list = tool->json ? json_array() : NULL;

	if (!policy) {
		json_decref(list);
		return status;
	}
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!line[strspn(line, " \t")] || *line == '#')
			continue;
		status = simulate_line(tool_model(tool, policy), line, list, policy);
		worst = status > worst ? status : worst;
	}
	if (list)
		(void)tool_print_json(json_pack("{s:i, s:s, s:o}", "schema", 1, "role",
						policy->text.name, "calls", list),
				      EXIT_OK);
	brig_policy_unref(policy);
	return worst;
}
