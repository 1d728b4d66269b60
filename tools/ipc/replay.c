/* brig replay: a journal, executed again, and what differs. */
#include "tools/command.h"
#include "tools/ipc/seeds.h"

#include <brig/replay.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char replay_help[] =
	"Usage: brig replay [--json] [--child N] FILE\n"
	"       brig replay --seeds DIR FILE\n"
	"\n"
	"Executes a journal again ('brig render --trace FILE --trace-payloads'), without "
	"children:\n"
	"what each child said goes, in its order and on a clock that follows the journal, through\n"
	"the pipeline that a broker has: headers, ids, quotas, methods and states of the child's\n"
	"role, descriptors, fields, rates, deadlines, credit. What comes of it, message by "
	"message\n"
	"and at the end of each child, is compared with what is on record. The same file gives "
	"the\n"
	"same output each time.\n"
	"\n"
	"What handlers answered, and what they found wrong, is taken from the journal. What isn't\n"
	"on record can't be replayed, and is counted: fields of payloads that weren't kept (all "
	"of\n"
	"them without --trace-payloads) or hold secrets, descriptors, how much a child had read.\n"
	"\n"
	"  --child N  this child alone, by the number that 'brig trace' shows\n"
	"  --seeds DIR  replay nothing: write what children said into DIR, a file each that "
	"differs, "
	"as\n"
	"             inputs of the harness that protoc-gen-brig makes of services.proto\n"
	"  --json     one JSON document: {ok, children, from_child, from_broker, breaches, "
	"pauses,\n"
	"             span_us, unplayed: {what: count}, differences: [{time_us, child, role,\n"
	"             expected, came}], damage: what is wrong with the file, or null}\n"
	"\n"
	"Status: 0 no difference; 1 some, or the file is no journal or is damaged (what comes "
	"before\n"
	"the damage is replayed); 2 usage.\n"
	"\n"
	"Example:\n"
	"  brig render a.png -o b.png --trace a.journal --trace-payloads && brig replay "
	"a.journal\n";

static void show(void *user, const struct brig_replay_difference *difference)
{
	(void)user;
	(void)printf("%12.3f ms  %s %" PRIu64 ": expected %s; came %s\n",
		     (double)difference->time_us / 1000, difference->role, difference->child,
		     difference->expected, difference->came);
}

static void keep(void *user, const struct brig_replay_difference *difference)
{
	(void)json_array_append_new(
		user,
		json_pack("{s:I, s:I, s:s, s:s, s:s}", "time_us", (json_int_t)difference->time_us,
			  "child", (json_int_t)difference->child, "role", difference->role,
			  "expected", difference->expected, "came", difference->came));
}

static const char *damage_text(int r)
{
	switch (r) {
	case 0:
		return NULL;
	case -ENOMSG:
		return "it is no journal: it doesn't begin with BRIGJRN1";
	case -EBADMSG:
		return "it is damaged: it ends within a record, or has one that no broker writes";
	case -E2BIG:
		return "it is damaged: it has more children at a time than a broker can have";
	case -ESPIPE:
		return "it is no file that can be read twice";
	default:
		return strerror(-r);
	}
}

static void print_count(uint64_t n, const char *one, const char *many)
{
	(void)printf("%" PRIu64 " %s", n, n == 1 ? one : many);
}

static void print_summary(const struct brig_replay_result *result)
{
	for (unsigned int i = 0; i < BRIG_UNPLAYED_COUNT; i++)
		if (result->unplayed[i])
			(void)printf("not replayed: %" PRIu64 " %s\n", result->unplayed[i],
				     brig_unplayed_text((enum brig_unplayed)i));
	print_count(result->children, "child, ", "children, ");
	print_count(result->from_child, "message of its, ", "messages of theirs, ");
	(void)printf("%" PRIu64 " of the broker's compared, ", result->from_broker);
	print_count(result->breaches, "breach, ", "breaches, ");
	(void)printf("%.3f ms: ", (double)result->span_us / 1000);
	if (result->differences)
		print_count(result->differences, "difference\n", "differences\n");
	else
		(void)puts("no difference");
}

static void print_document(const struct brig_replay_result *result, int r, json_t *differences)
{
	static const char *const names[BRIG_UNPLAYED_COUNT] = {
		[BRIG_UNPLAYED_CHILD] = "child",   [BRIG_UNPLAYED_SERVICE] = "service",
		[BRIG_UNPLAYED_FIELDS] = "fields", [BRIG_UNPLAYED_FDS] = "descriptors",
		[BRIG_UNPLAYED_BREACH] = "breach", [BRIG_UNPLAYED_AFTER] = "after"
	};
	json_t *unplayed = json_object();
	json_t *root;

	for (size_t i = 0; i < BRIG_UNPLAYED_COUNT; i++)
		(void)json_object_set_new(unplayed, names[i],
					  json_integer((json_int_t)result->unplayed[i]));
	root = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s?}", "ok",
			 !r && !result->differences, "children", (json_int_t)result->children,
			 "from_child", (json_int_t)result->from_child, "from_broker",
			 (json_int_t)result->from_broker, "breaches", (json_int_t)result->breaches,
			 "pauses", (json_int_t)result->pauses, "span_us",
			 (json_int_t)result->span_us, "unplayed", unplayed, "differences",
			 differences, "damage", damage_text(r));
	(void)json_dumpf(root, stdout, JSON_INDENT(1));
	(void)fputc('\n', stdout);
	json_decref(root);
}

static int replay(const char *path, struct brig_replay_options *options, bool json)
{
	struct brig_replay_result result;
	char safe[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)escape_text(path, safe, sizeof safe);
	if (fd < 0)
		return complain(EXIT_USAGE, "%s: %s", safe, strerror(errno));
	options->difference = json ? keep : show;
	options->user = json ? json_array() : NULL;
	const int r = brig_replay(fd, options, &result);
	(void)close(fd);
	if (json)
		print_document(&result, r, options->user);
	else if (r != -ENOMSG)
		print_summary(&result);
	if (r)
		return complain(EXIT_SOME_FAILED, "%s: %s", safe, damage_text(r));
	return result.differences ? EXIT_SOME_FAILED : EXIT_OK;
}

static int seeds(const char *path, const char *dir)
{
	char safe[1024], safe_dir[1024];
	unsigned int different = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)escape_text(path, safe, sizeof safe);
	(void)escape_text(dir, safe_dir, sizeof safe_dir);
	if (fd < 0)
		return complain(EXIT_USAGE, "%s: %s", safe, strerror(errno));
	const int64_t n = seeds_write(fd, dir, &different);
	(void)close(fd);
	if (n == -ENOTDIR)
		return complain(EXIT_USAGE, "%s can't be written", safe_dir);
	if (n < 0)
		return complain(EXIT_SOME_FAILED, "%s: %s", safe, damage_text((int)n));
	if (!n)
		return complain(EXIT_SOME_FAILED,
				"%s has no payloads of Brig's own services: record with "
				"'brig trace --payloads'",
				safe);
	(void)printf("%" PRId64 " messages, %u different ones: %s\n", n, different, safe_dir);
	return EXIT_OK;
}

static bool read_number(const char *text, uint64_t *ret)
{
	char *end = NULL;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *text >= '1' && *text <= '9' && !*end && !errno;
}

int replay_main(int argc, char **argv)
{
	static const struct option long_options[] = { { "json", no_argument, NULL, 'j' },
						      { "child", required_argument, NULL, 'c' },
						      { "seeds", required_argument, NULL, 's' },
						      { "help", no_argument, NULL, 'h' },
						      { NULL, 0, NULL, 0 } };
	struct brig_replay_options options = { .size = sizeof options };
	const char *dir = NULL;
	bool json = false;
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "jh", long_options, NULL)) != -1) {
		if (letter == 'h') {
			(void)fputs(replay_help, stdout);
			return EXIT_OK;
		}
		if (letter == '?')
			return EXIT_USAGE;
		if (letter == 'j')
			json = true;
		else if (letter == 's')
			dir = optarg;
		else if (!read_number(optarg, &options.child))
			return complain(EXIT_USAGE, "--child wants a number from 1 on");
	}
	if (argc - optind != 1) {
		(void)fputs(replay_help, stderr);
		return EXIT_USAGE;
	}
	return dir ? seeds(argv[optind], dir) : replay(argv[optind], &options, json);
}
