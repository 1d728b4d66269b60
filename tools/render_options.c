#include "command.h"
#include "render.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Digits, then K, M or G if @suffixes; false if it is anything else or not in 1..@max. */
static bool parse_number(const char *text, uint64_t max, bool suffixes, uint64_t *ret)
{
	static const char letters[] = "KMG";
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	const char *letter = suffixes && *end ? strchr(letters, *end) : NULL;
	if (letter) {
		unsigned int shift = 10 * (unsigned int)(letter - letters + 1);

		if (value > UINT64_MAX >> shift)
			return false;
		value <<= shift;
		end++;
	}
	if (errno || *end || value < 1 || value > max)
		return false;
	*ret = value;
	return true;
}

static int bad_number(const char *option, const char *text, const char *range)
{
	return complain(EXIT_USAGE, "%s %s: a number from %s is needed", option, text, range);
}

static int parse_option(struct options *options, int letter, const char *text)
{
	uint64_t number = 0;

	switch (letter) {
	case 'o':
		options->output = text;
		return EXIT_OK;
	case 'p':
		return parse_number(text, 1ull << 40, true, &options->max_pixels)
			       ? EXIT_OK
			       : bad_number("--max-pixels", text, "1 to 1024G");
	case 'b':
		return parse_number(text, 1ull << 40, true, &options->max_bytes)
			       ? EXIT_OK
			       : bad_number("--max-bytes", text, "1 to 1024G");
	case 'j':
		if (!parse_number(text, 64, false, &number))
			return bad_number("--jobs", text, "1 to 64");
		options->jobs = (unsigned int)number;
		return EXIT_OK;
	case 't':
		if (!parse_number(text, 3600, false, &number))
			return bad_number("--timeout", text, "1 to 3600");
		options->timeout_ms = (int)number * 1000;
		return EXIT_OK;
	case 'l':
		options->least = brig_level_find(text);
		return options->least ? EXIT_OK
				      : complain(EXIT_USAGE,
						 "--least %s: full, no_userns or "
						 "seccomp_only is needed",
						 text);
	case 'c':
		options->cgroup = text;
		return EXIT_OK;
	case 'T':
		options->trace = text;
		return EXIT_OK;
	case 'P':
		options->priority = brig_priority_find(text);
		return options->priority < BRIG_PRIORITY_COUNT
			       ? EXIT_OK
			       : complain(EXIT_USAGE,
					  "--priority %s: user-blocking, user-visible or "
					  "best-effort is needed",
					  text);
	default:
		return complain(EXIT_USAGE, "'brig help render' lists the options");
	}
}

static int check(const struct options *options)
{
	if (!options->n_inputs)
		return complain(EXIT_USAGE, "which images? brig render IN... -o OUT");
	if (!options->output)
		return complain(EXIT_USAGE, "where to? add -o OUT (a file, a directory/ or -)");
	if (!*options->output)
		return complain(EXIT_USAGE, "-o needs a name");
	if (options->trace_payloads && !options->trace)
		return complain(EXIT_USAGE, "--trace-payloads of what? add --trace FILE");
	if (options->n_inputs > 1 && !strcmp(options->output, "-"))
		return complain(EXIT_USAGE, "only one image fits on standard output");
	return EXIT_OK;
}

int options_parse(struct options *options, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "max-pixels", required_argument, NULL, 'p' },
		{ "max-bytes", required_argument, NULL, 'b' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "timeout", required_argument, NULL, 't' },
		{ "least", required_argument, NULL, 'l' },
		{ "priority", required_argument, NULL, 'P' },
		{ "cgroup", required_argument, NULL, 'c' },
		{ "cgroup-optional", no_argument, NULL, 'C' },
		{ "trace", required_argument, NULL, 'T' },
		{ "trace-payloads", no_argument, NULL, 'y' },
		{ "json", no_argument, NULL, 'J' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int letter;

	*options = (struct options){ .jobs = cpus < 1 ? 1 : cpus > 64 ? 64 : (unsigned int)cpus };
	while ((letter = getopt_long(argc, argv, "o:h", longs, NULL)) != -1) {
		int status = EXIT_OK;

		if (letter == 'J')
			options->json = true;
		else if (letter == 'q')
			options->quiet = true;
		else if (letter == 'v')
			options->verbose = true;
		else if (letter == 'C')
			options->cgroup_optional = true;
		else if (letter == 'y')
			options->trace_payloads = true;
		else if (letter == 'h')
			options->help = true;
		else
			status = parse_option(options, letter, optarg);
		if (status)
			return status;
	}
	options->inputs = argv + optind;
	options->n_inputs = (size_t)(argc - optind);
	return options->help ? EXIT_OK : check(options);
}
