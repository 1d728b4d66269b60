/* brig selftest: its options, and which attempts they mean. */
#include "tools/selftest/selftest.h"

#include "sandbox/layers/seal.h"
#include "tools/command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sanitizers make calls of their own, which their build lets pass: compute isn't what ships then.
 */
static const enum brig_role_id roles[] = {
	BRIG_ROLE_RENDERER, BRIG_ROLE_CODEC,   BRIG_ROLE_PLUGIN,
	BRIG_ROLE_NETWORK,  BRIG_ROLE_SERVICE, BRIG_ROLE_WORKERS,
#ifndef BRIG_SANITIZED
	BRIG_ROLE_COMPUTE,
#endif
};

/* The strongest first. */
static const enum brig_level tiers[SELFTEST_TIERS] = { BRIG_LEVEL_FULL, BRIG_LEVEL_NO_USERNS,
						       BRIG_LEVEL_SECCOMP_ONLY };

struct options {
	const struct brig_role *role; /* NULL: all of them */
	enum brig_level tier;         /* BRIG_LEVEL_NONE: all of them */
	const char *attempt;
	uint32_t without; /* bits 1u << enum brig_layer */
	bool json, ablation, markdown, quick, help;
};

static const struct brig_role *find_role(const char *name)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (!strcmp(brig_role_get(roles[i])->name, name))
			return brig_role_get(roles[i]);
	return NULL;
}

static int take_groups(struct options *options, const char *letters)
{
	for (; *letters; letters++) {
		const uint32_t layers = selftest_group_layers(*letters);

		if (!layers)
			return complain(EXIT_USAGE, "there is no group '%c': S N C L R F M",
					*letters);
		options->without |= layers;
	}
	return EXIT_OK;
}

static int take_option(struct options *options, int letter, const char *text)
{
	switch (letter) {
	case 'r':
		options->role = find_role(text);
		return options->role ? EXIT_OK
				     : complain(EXIT_USAGE,
						"there is no role '%s' to try: renderer, codec, "
						"plugin, network, service, workers, compute",
						text);
	case 't':
		options->tier = brig_level_find(text);
		return options->tier ? EXIT_OK
				     : complain(EXIT_USAGE,
						"there is no tier '%s': full, no_userns, "
						"seccomp_only",
						text);
	case 'a':
		options->attempt = text;
		return brig_attempt_find(text)
			       ? EXIT_OK
			       : complain(EXIT_USAGE,
					  "there is no attempt '%s': docs/ABLATION.md lists them",
					  text);
	case 'w':
		return take_groups(options, text);
	default:
		return complain(EXIT_USAGE, "'brig help selftest' lists the options");
	}
}

static int parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "role", required_argument, NULL, 'r' },
		{ "tier", required_argument, NULL, 't' },
		{ "attempt", required_argument, NULL, 'a' },
		{ "without", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'J' },
		{ "ablation", no_argument, NULL, 'A' },
		{ "markdown", no_argument, NULL, 'M' },
		{ "quick", no_argument, NULL, 'Q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter, status = EXIT_OK;

	*options = (struct options){ .tier = BRIG_LEVEL_NONE };
	while (!status && (letter = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		options->json |= letter == 'J';
		options->ablation |= letter == 'A';
		options->markdown |= letter == 'M';
		options->quick |= letter == 'Q';
		options->help |= letter == 'h';
		if (!strchr("JAMQh", letter))
			status = take_option(options, letter, optarg);
	}
	if (status || options->help)
		return status;
	if (optind < argc)
		return complain(EXIT_USAGE, "what is '%s'? 'brig help selftest'", argv[optind]);
	if (options->ablation &&
	    (options->tier || options->without || options->json || options->quick))
		return complain(EXIT_USAGE,
				"--ablation has no use for --tier, --without, --json or --quick");
	if (options->markdown && !options->ablation)
		return complain(EXIT_USAGE, "--markdown is --ablation's");
	if (options->quick && ((options->role && options->role != &brig_role_renderer) ||
			       (options->tier && options->tier != BRIG_LEVEL_FULL)))
		return complain(EXIT_USAGE, "--quick is --role renderer --tier full: leave it out");
	return EXIT_OK;
}

/* A broker launches no such child there: there is nothing to attack. */
static bool runs_here(const struct brig_role *role, enum brig_level tier)
{
	const int abi = brig_landlock_abi();

	if (tier != BRIG_LEVEL_NO_USERNS || !role->connects || abi < 0 || abi >= 4)
		return true;
	(void)fprintf(stderr,
		      "%s is not run at no_userns here: Landlock knows TCP from Linux 6.7 on\n",
		      role->name);
	return false;
}

static void add_columns(struct selftest *selftest, const struct options *options,
			enum brig_level tier)
{
	/* Landlock is left out, where the machine has it: namespaces the fence refuses for real. */
	const uint32_t off = options->without |
			     (tier == BRIG_LEVEL_SECCOMP_ONLY ? 1u << BRIG_LAYER_LANDLOCK : 0);

	if ((options->tier && options->tier != tier) || (options->quick && tier != BRIG_LEVEL_FULL))
		return;
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		const struct brig_role *role = brig_role_get(roles[i]);

		if ((options->role && options->role != role) ||
		    (options->quick && roles[i] != BRIG_ROLE_RENDERER) || !runs_here(role, tier))
			continue;
		selftest->columns[selftest->n_columns++] = (struct selftest_column){
			.tier = tier, .role = role, .off = off, .ablation = options->without != 0
		};
	}
}

static int make_plan(struct selftest *selftest, const struct options *options)
{
	selftest->n_attempts = brig_attempts_count();
	selftest->only = options->attempt;
	selftest->json = options->json;
	if (options->ablation)
		selftest_ablation_columns(selftest,
					  options->role ? options->role : &brig_role_renderer);
	for (size_t i = 0; !options->ablation && i < SELFTEST_TIERS; i++)
		add_columns(selftest, options, tiers[i]);
	return selftest_results_create(selftest);
}

int selftest_main(int argc, char **argv)
{
	struct selftest selftest = { .only = NULL };
	struct options options;
	int status = parse(&options, argc, argv);

	if (status)
		return status;
	if (options.help) {
		(void)fputs(selftest_help, stdout);
		return EXIT_OK;
	}
	if (make_plan(&selftest, &options) < 0)
		return complain(EXIT_SOME_FAILED, "no memory");
	status = selftest.n_columns ? selftest_run(&selftest)
				    : complain(EXIT_NO_SANDBOX, "there is nothing to try here");
	if (!status && options.ablation)
		status = selftest_ablation_report(&selftest, options.markdown);
	else if (!status)
		status =
			options.json ? selftest_report_json(&selftest) : selftest_report(&selftest);
	free(selftest.results);
	free(selftest.impossible);
	return status;
}
