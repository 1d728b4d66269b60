/* brig doctor: each layer tried, then the whole. */
#include "command.h"

#include <brig/decode.h>
#include <brig/doctor.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct doctor {
	bool json, done;
	json_t *layers, *abilities, *machine;
	bool full, no_userns, seccomp_only; /* can be reached, as far as was found */
	enum brig_decode_status status;
	char message[512];
	const char *remedy; /* of a launch that failed */
};

/* One grey pixel. */
static const unsigned char tiny_png[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
	0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
	0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6, 0x14, 0x00,
	0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82
};

static void print_row(const char *name, const char *word, const char *purpose, const char *detail)
{
	(void)printf("%-13s %-8s %s%s%s\n", name, word, purpose, detail[0] ? " - " : "", detail);
}

static void print_fault(const char *at, const char *step, int error, const char *remedy)
{
	char text[1024];

	(void)snprintf(text, sizeof text, "%s%s: %s. To do: %s.", at, step, strerror(error),
		       remedy);
	print_wrapped(14, text);
}

static void print_finding(const struct brig_doctor_finding *finding)
{
	const bool untried = finding->error && finding->cause != finding->layer;

	print_row(brig_layer_name(finding->layer),
		  untried                                ? "untried"
		  : finding->error && !finding->required ? "absent"
		  : finding->error                       ? "MISSING"
							 : "ok",
		  brig_layer_purpose(finding->layer), finding->detail);
	if (untried)
		(void)printf("              It needs %s first.\n", brig_layer_name(finding->cause));
	else if (finding->error)
		print_fault("At ", brig_stage_name(finding->stage), finding->error,
			    finding->remedy);
}

/* What the lower tiers do without is what needs a user namespace, and then Landlock. */
static void count(struct doctor *doctor, const struct brig_doctor_finding *finding)
{
	if (!finding->error || !finding->required)
		return;
	doctor->full = false;
	if (!finding->alone)
		return;
	doctor->no_userns = false;
	if (finding->layer != BRIG_LAYER_LANDLOCK)
		doctor->seccomp_only = false;
}

static const char *tier_name(const struct doctor *doctor)
{
	return doctor->full           ? "full"
	       : doctor->no_userns    ? "no_userns"
	       : doctor->seccomp_only ? "seccomp_only"
				      : "none";
}

static const char *tier_text(const struct doctor *doctor)
{
	return doctor->full           ? "namespaces, Landlock, seccomp, limits"
	       : doctor->no_userns    ? "Landlock, seccomp, limits"
	       : doctor->seccomp_only ? "seccomp, limits"
				      : "nothing can be run in a sandbox here";
}

static json_t *name_or_null(bool there, const char *name)
{
	return there ? json_string(name) : json_null();
}

static void found(void *user, const struct brig_doctor_finding *finding)
{
	struct doctor *doctor = user;
	const bool ok = !finding->error;

	count(doctor, finding);
	(void)json_array_append_new(
		doctor->layers,
		json_pack("{s:s, s:b, s:i, s:o, s:o, s:s, s:s, s:b, s:s}", "name",
			  brig_layer_name(finding->layer), "ok", ok, "errno", finding->error,
			  "cause", name_or_null(!ok, brig_layer_name(finding->cause)), "stage",
			  name_or_null(!ok, brig_stage_name(finding->stage)), "detail",
			  finding->detail, "purpose", brig_layer_purpose(finding->layer),
			  "required", finding->required, "remedy", finding->remedy));
	if (!doctor->json)
		print_finding(finding);
}

static void able(void *user, const struct brig_doctor_ability *ability)
{
	struct doctor *doctor = user;
	const bool ok = !ability->error;

	if (!ok && ability->required)
		doctor->full = doctor->no_userns = doctor->seccomp_only = false;
	(void)json_array_append_new(doctor->abilities,
				    json_pack("{s:s, s:b, s:i, s:o, s:s, s:b, s:s}", "name",
					      ability->name, "ok", ok, "errno", ability->error,
					      "step", name_or_null(!ok, ability->step), "purpose",
					      ability->purpose, "required", ability->required,
					      "remedy", ability->remedy));
	if (doctor->json)
		return;
	print_row(ability->name, ok ? "ok" : "MISSING", ability->purpose, "");
	if (!ok)
		print_fault("", ability->step, ability->error, ability->remedy);
}

static void learnt(void *user, const char *name, const char *value)
{
	struct doctor *doctor = user;

	(void)json_object_set_new(doctor->machine, name, json_string(value));
	if (!doctor->json)
		(void)printf("  %s: %s\n", name, value);
}

static void decoded(void *user, const struct brig_decode_result *result)
{
	struct doctor *doctor = user;

	doctor->done = true;
	doctor->status = result->status;
	(void)snprintf(doctor->message, sizeof doctor->message, "%s", result->message);
	if (result->status == BRIG_DECODE_LAUNCH_FAILED && result->exit && result->exit->stage)
		doctor->remedy = brig_stage_remedy(result->exit->stage, result->exit->error);
}

static void try_renderer(struct doctor *doctor)
{
	struct brig_decode_request request = { .size = sizeof request, .grant_dir = -1 };
	struct brig_broker *broker = NULL;
	int r = brig_broker_create(NULL, &broker);

	doctor->status = BRIG_DECODE_LAUNCH_FAILED;
	if (r < 0) {
		(void)snprintf(doctor->message, sizeof doctor->message, "no broker: %s",
			       strerror(-r));
		doctor->remedy = brig_stage_remedy(BRIG_STAGE_HELPER, -r);
		return;
	}
	request.fd = memfd_create("brig-doctor", MFD_CLOEXEC);
	if (request.fd >= 0 && write(request.fd, tiny_png, sizeof tiny_png) == sizeof tiny_png)
		r = brig_decode_start(broker, &request, decoded, doctor, NULL);
	while (!r && !doctor->done && brig_broker_run(broker, -1) >= 0)
		;
	if (request.fd >= 0)
		(void)close(request.fd);
	brig_broker_destroy(broker);
}

static void examine(struct doctor *doctor)
{
	int r = brig_doctor_run(found, doctor);

	if (r >= 0)
		r = brig_doctor_abilities(able, doctor);
	if (r < 0) {
		(void)complain(0, "not all could be tried: %s", strerror(-r));
		doctor->full = doctor->no_userns = doctor->seccomp_only = false;
	}
	if (!doctor->json)
		(void)puts("\nWhat is known of this machine:");
	brig_doctor_surroundings(learnt, doctor);
	try_renderer(doctor);
}

/*
 * The renderer is the proof: a security module may allow brig-child what it refuses to this. Where
 * every layer was had and yet it failed, its own remedy is all that there is to say.
 */
static void conclude(struct doctor *doctor, bool ok)
{
	const bool all = doctor->full;

	doctor->full = all || ok;
	if (doctor->json)
		return;
	if (ok && !all)
		(void)puts("\nThis program can't have all of it, but brig-child can: a security "
			   "module's rules go by program.");
	(void)printf("\nreachable: %s (%s)\n", tier_name(doctor), tier_text(doctor));
	if (!doctor->full && (doctor->no_userns || doctor->seccomp_only))
		(void)printf("'brig render' accepts that with --least %s; a program that embeds "
			     "Brig sets its own.\n",
			     tier_name(doctor));
	(void)printf("%s: a picture in a sealed renderer: %s\n", ok ? "ok" : "NO SANDBOX",
		     doctor->message);
	if (!ok && all && doctor->remedy[0]) {
		char text[1024];

		(void)snprintf(text, sizeof text, "To do: %s.", doctor->remedy);
		print_wrapped(0, text);
	}
}

static void print_json(const struct doctor *doctor, bool ok)
{
	json_t *root = json_pack("{s:i, s:O, s:O, s:O, s:s, s:{s:b, s:s, s:s}}", "schema", 1,
				 "layers", doctor->layers, "abilities", doctor->abilities,
				 "machine", doctor->machine, "tier", tier_name(doctor), "renderer",
				 "ok", ok, "message", doctor->message, "remedy", doctor->remedy);

	(void)json_dumpf(root, stdout, JSON_INDENT(1));
	(void)fputc('\n', stdout);
	json_decref(root);
}

int doctor_main(int argc, char **argv)
{
	struct doctor doctor = {
		.full = true, .no_userns = true, .seccomp_only = true, .remedy = ""
	};

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		(void)fputs(doctor_help, stdout);
		return EXIT_OK;
	}
	if (argc == 2 && !strcmp(argv[1], "--apparmor"))
		return apparmor_print();
	doctor.json = argc == 2 && !strcmp(argv[1], "--json");
	if (argc > 1 && !doctor.json)
		return complain(EXIT_USAGE, "%s? brig doctor [--json | --apparmor]",
				argv[argc - 1]);
	doctor.layers = json_array();
	doctor.abilities = json_array();
	doctor.machine = json_object();
	examine(&doctor);
	const bool ok = doctor.status == BRIG_DECODE_OK;
	conclude(&doctor, ok);
	if (doctor.json)
		print_json(&doctor, ok);
	json_decref(doctor.layers);
	json_decref(doctor.abilities);
	json_decref(doctor.machine);
	return ok ? EXIT_OK : EXIT_NO_SANDBOX;
}
