/* The attempts as data: each attack of the list has a row, or a test of its own elsewhere. */
#include "sandbox/selftest/attempt.h"

#include "gtest_c.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The list's numbers, which have gaps; what we added begins at 101. */
static const int list[] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 14, 15, 16, 17,
			    18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 35,
			    36, 37, 39, 40, 41, 42, 43, 44, 45, 46, 47, 49, 50, 51, 52, 54,
			    55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 67, 68, 70, 71, 72,
			    73, 74, 75, 77, 78, 79, 80, 81, 82, 84, 85, 86, 87, 88 };
#define ADDED 101

/* What a child alone can't try, or the broker must look at: who tries it, in which file. */
static const struct elsewhere {
	int id;
	const char *suite, *name, *file;
} elsewhere[] = {
	{ 16, "surface", "size_is_sealed", "unit/surface_test.c" },
	{ 16, "enemies", "shrinking_its_surface_is_refused", "integration/enemies_test.c" },
	{ 70, "load", "holds_for_threads_that_were_there", "policy/load_test.c" },
	{ 71, "load", "thread_with_a_filter_of_its_own_is_busy", "policy/load_test.c" },
	{ 72, "embedder", "survives_replies_to_the_dead", "integration/embedder_test.c" },
	{ 72, "embedder", "may_reap_everything_in_a_thread", "integration/embedder_test.c" },
	{ 75, "enemies", "the_offset_of_the_embedders_file_stays", "integration/enemies_test.c" },
	{ 77, "enemies", "endless_loop_is_ended", "integration/enemies_test.c" },
	{ 79, "render", "sheet_gets_what_is_beneath_it_only", "integration/render_test.c" },
	{ 79, "enemies", "every_code_is_provoked", "integration/enemies_test.c" },
	{ 79, "limits", "name_of_256_bytes_is_refused", "integration/limits_test.c" },
	{ 80, "render", "sheet_gets_what_is_beneath_it_only", "integration/render_test.c" },
	{ 80, "render", "bad_input_is_named", "integration/render_test.c" },
	{ 82, "enemies", "nothing_is_shown_while_it_can_write", "integration/enemies_test.c" },
	{ 82, "enemies", "what_counts_is_what_its_death_left", "integration/enemies_test.c" },
	{ 85, "render", "layers_are_attested", "integration/render_test.c" },
	{ 86, "enemies", "nothing_runs_where_the_listener_cannot_be_taken",
	  "integration/enemies_test.c" },
};

static bool is_errno(const char *token)
{
	for (int i = 1; i < 200; i++) {
		const char *name = strerrorname_np(i);

		if (name && !strcmp(name, token))
			return true;
	}
	return false;
}

static bool is_token(const char *token)
{
	static const char *const words[] = { "OK", "KILL", "BAD", "HARMLESS", "SIGILL", "SIGSEGV" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(token, words[i]))
			return true;
	return is_errno(token);
}

/* "EPERM|EACCES" */
static bool are_tokens(const char *text)
{
	char copy[160], *rest = NULL;

	(void)snprintf(copy, sizeof copy, "|%s|", text);
	if (strstr(copy, "||") || strlen(text) > 100)
		return false;
	for (char *token = strtok_r(copy, "|", &rest); token; token = strtok_r(NULL, "|", &rest))
		if (!is_token(token))
			return false;
	return true;
}

static bool is_role(const char *name)
{
	static const char *const roles[] = { "renderer", "plugin",  "codec",  "network",
					     "service",  "workers", "compute" };

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (!strcmp(name, roles[i]))
			return true;
	return false;
}

/* "network: EAFNOSUPPORT; service: EPERM" */
static bool is_by_role(const char *text)
{
	char copy[256], *rest = NULL;

	(void)snprintf(copy, sizeof copy, "%s", text);
	for (char *pair = strtok_r(copy, ";", &rest); pair; pair = strtok_r(NULL, ";", &rest)) {
		pair += *pair == ' ';
		char *colon = strstr(pair, ": ");
		if (!colon)
			return false;
		*colon = '\0';
		if (!is_role(pair) || !are_tokens(colon + 2))
			return false;
	}
	return true;
}

TEST_C(attempts, have_names_of_their_own)
{
	const struct brig_attempt *row;

	for (size_t i = 0; (row = brig_attempt_at(i)); i++) {
		const char *dot = strchr(row->id, '.');

		ASSERT_PTR_NOT_NULL(dot);
		EXPECT_TRUE(isdigit((unsigned char)row->id[0]) && isalnum((unsigned char)dot[1]));
		if (brig_attempt_find(row->id) != row)
			gtest_c_fail(__FILE__, __LINE__, "two are called %s", row->id);
	}
	EXPECT_PTR_NULL(brig_attempt_find("1"));
}

TEST_C(attempts, say_what_must_come_of_them)
{
	const struct brig_attempt *row;

	for (size_t i = 0; (row = brig_attempt_at(i)); i++) {
		const bool well_formed =
			row->what && row->what[0] && strlen(row->what) < 80 && row->run &&
			row->groups[0] && strspn(row->groups, "SNCLRFBMK") == strlen(row->groups) &&
			are_tokens(row->expected) && (!row->by_role || is_by_role(row->by_role)) &&
			(!row->behind || are_tokens(row->behind)) &&
			(!row->unsealed || are_tokens(row->unsealed));

		if (!well_formed)
			gtest_c_fail(__FILE__, __LINE__, "%s is badly formed", row->id);
	}
}

#ifndef BRIG_SANITIZED
/* The time stamp counter is no role's to take away; every other success would be an escape. */
TEST_C(attempts, are_all_to_be_refused_but_one)
{
	const struct brig_attempt *row;

	for (size_t i = 0; (row = brig_attempt_at(i)); i++)
		if (strstr(row->expected, "OK"))
			EXPECT_STR_EQ("87.rdtsc", row->id);
}
#endif

static size_t rows_of(int id)
{
	const struct brig_attempt *row;
	size_t n = 0;

	for (size_t i = 0; (row = brig_attempt_at(i)); i++)
		n += atoi(row->id) == id;
	return n;
}

static size_t tests_of(int id)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		n += elsewhere[i].id == id;
	return n;
}

TEST_C(attempts, leave_out_nothing_of_the_list)
{
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (!rows_of(list[i]) && !tests_of(list[i]))
			gtest_c_fail(__FILE__, __LINE__, "nobody tries %d", list[i]);
}

TEST_C(attempts, are_more_than_the_list)
{
	const struct brig_attempt *row;
	size_t added = 0;

	for (size_t i = 0; (row = brig_attempt_at(i)); i++)
		added += atoi(row->id) >= ADDED;
	printf("%zu attempts, %zu of them beyond the list\n", brig_attempts_count(), added);
	EXPECT_INT_GE((long long)added, 20);
	EXPECT_INT_GT((long long)brig_attempts_count(), 380);
}

/* A test that was renamed covers nothing any more. */
TEST_C(attempts, that_are_elsewhere_are_there)
{
	static char text[1 << 20];

	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
		char path[4200], wanted[160], short_form[160];

		(void)snprintf(path, sizeof path, "%s/%s", BRIG_TESTS_DIR, elsewhere[i].file);
		FILE *file = fopen(path, "re");
		ASSERT_PTR_NOT_NULL(file);
		text[fread(text, 1, sizeof text - 1, file)] = '\0';
		(void)fclose(file);
		(void)snprintf(wanted, sizeof wanted, "(%s, %s)", elsewhere[i].suite,
			       elsewhere[i].name);
		(void)snprintf(short_form, sizeof short_form, "(%s, ", elsewhere[i].name);
		if (!strstr(text, wanted) && !strstr(text, short_form))
			gtest_c_fail(__FILE__, __LINE__, "%s has no %s.%s", elsewhere[i].file,
				     elsewhere[i].suite, elsewhere[i].name);
	}
}
