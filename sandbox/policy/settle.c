/*
 * From rows as they were read to a model a stage. Of the files that have rows for a call, the
 * nearest decides alone; in it a stage's own rows come before those of both stages, and then the
 * order in which they stand.
 */
#include "sandbox/policy/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_rules(const void *a, const void *b)
{
	const struct brig_rule *const *left = a, *const *right = b;
	const struct brig_rule *x = *left, *y = *right;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	if ((x->stage < 0) != (y->stage < 0))
		return x->stage < 0 ? 1 : -1;
	return x < y ? -1 : x > y; /* the order in which they were read */
}

static int fail_rule(struct brig_parser *parser, const struct brig_rule *rule, const char *text,
		     const struct brig_rule *other)
{
	const struct brig_call *call = brig_call_by_number(parser->text->arch, rule->number);
	struct brig_policy_error *error = parser->error;

	(void)snprintf(error->file, sizeof error->file, "%s", parser->text->files[rule->file].name);
	error->line = rule->line;
	error->column = 1;
	(void)snprintf(error->message, sizeof error->message, "%s: %s (%s:%u)",
		       call ? call->name : "a call by number", text,
		       parser->text->files[other->file].name, other->line);
	return -EINVAL;
}

static bool same_rule(const struct brig_rule *a, const struct brig_rule *b)
{
	return a->test < 0 && b->test < 0 && a->verdict.action == b->verdict.action &&
	       a->verdict.error == b->verdict.error;
}

static bool decides(const struct brig_rule *rule)
{
	return rule->test < 0 || rule->has_otherwise;
}

/* Rules of one call, nearest first: what of them counts is copied to @ret. */
static int settle_call(struct brig_parser *parser, const struct brig_rule **rules, size_t n,
		       int stage, struct brig_model *model)
{
	const struct brig_rule *first = NULL, *final = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct brig_rule *rule = rules[i];

		if (rule->stage >= 0 && rule->stage != stage)
			continue;
		first = first ? first : rule;
		if (rule->layer != first->layer)
			break;
		if (rule->file != first->file) {
			if (same_rule(rule, first))
				continue;
			return fail_rule(parser, rule,
					 "two included files say different things of it, neither "
					 "nearer: give it a row of your own",
					 first);
		}
		if (final)
			continue; /* a set's row may name what was decided; see find_dead() */
		model->rules[model->n_rules++] = *rule;
		final = decides(rule) ? rule : NULL;
	}
	return 0;
}

/* Does any call of the row at @file:@line still ask it? */
static bool row_lives(const struct brig_text *text, const struct brig_rule *row)
{
	for (int stage = 0; stage < BRIG_POLICY_STAGES; stage++)
		for (size_t i = 0; i < text->models[stage].n_rules; i++) {
			const struct brig_rule *rule = &text->models[stage].rules[i];

			if (rule->file == row->file && rule->line == row->line)
				return true;
		}
	return false;
}

/* A row that never decides is a mistake, unless a nearer file took its place. */
static int find_dead(struct brig_parser *parser, const struct brig_rule **rules)
{
	const struct brig_text *text = parser->text;

	for (size_t i = 0; i < text->n_rules; i++) {
		const struct brig_rule *rule = rules[i];
		size_t first = i;

		while (first && rules[first - 1]->number == rule->number)
			first--;
		if (rules[first]->file != rule->file || rule->layer != rules[first]->layer ||
		    row_lives(text, rule))
			continue;
		return fail_rule(parser, rule, "this row never decides: one before it does",
				 rules[first]);
	}
	return 0;
}

static int settle_stage(struct brig_parser *parser, const struct brig_rule **rules, int stage)
{
	struct brig_text *text = parser->text;
	struct brig_model *model = &text->models[stage];
	int r = 0;

	model->arch = text->arch;
	model->tests = text->tests;
	model->report_kills = text->report_kills;
	memcpy(model->hot, text->hot, sizeof model->hot);
	model->n_hot = text->n_hot;
	memcpy(model->defaults, text->defaults, sizeof model->defaults);
	model->rules = brig_text_alloc(text, (text->n_rules + 1) * sizeof *model->rules);
	if (!model->rules)
		return -ENOMEM;
	for (size_t at = 0, n; !r && at < text->n_rules; at += n) {
		for (n = 1; at + n < text->n_rules && rules[at + n]->number == rules[at]->number;)
			n++;
		r = settle_call(parser, rules + at, n, stage, model);
	}
	return r;
}

int brig_text_settle(struct brig_parser *parser)
{
	struct brig_text *text = parser->text;
	const struct brig_rule **rules = brig_text_alloc(text, (text->n_rules + 1) * sizeof *rules);
	int r = 0;

	if (!rules)
		return -ENOMEM;
	for (size_t i = 0; i < text->n_rules; i++)
		rules[i] = &text->rules[i];
	qsort(rules, text->n_rules, sizeof *rules, compare_rules);
	for (int stage = text->staged ? 0 : BRIG_AFTER_READY; !r && stage < BRIG_POLICY_STAGES;
	     stage++)
		r = settle_stage(parser, rules, stage);
	return r ? r : find_dead(parser, rules);
}
