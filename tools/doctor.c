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
	json_t *layers;
	enum brig_decode_status status;
	char message[512];
};

/* One grey pixel. */
static const unsigned char tiny_png[] = {
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
	0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
	0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
	0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6, 0x14, 0x00,
	0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82
};

static void print_finding(const struct brig_doctor_finding *finding, const char *remedy)
{
	bool untried = finding->error && finding->cause != finding->layer;

	(void)printf("%-13s %-8s %s%s%s\n", brig_layer_name(finding->layer),
		     untried                          ? "untried"
		     : !finding->error                ? "ok"
		     : finding->required ? "MISSING"
						      : "absent",
		     brig_layer_purpose(finding->layer), finding->detail[0] ? " - " : "",
		     finding->detail);
	if (untried)
		(void)printf("              It needs %s first.\n", brig_layer_name(finding->cause));
	else if (finding->error)
		(void)printf("              %s. To do: %s\n", strerror(finding->error), remedy);
}

static void found(void *user, const struct brig_doctor_finding *finding)
{
	struct doctor *doctor = user;
	const char *remedy =
		finding->error ? brig_layer_remedy(finding->cause, finding->error) : "";
	json_t *cause = finding->error ? json_string(brig_layer_name(finding->cause)) : json_null();

	(void)json_array_append_new(
		doctor->layers, json_pack("{s:s, s:b, s:s, s:i, s:o, s:s, s:s, s:s}", "name",
					  brig_layer_name(finding->layer), "ok", !finding->error,
					  "want", finding->required ? "required" : "preferred", "errno", finding->error,
					  "cause", cause, "detail", finding->detail, "purpose",
					  brig_layer_purpose(finding->layer), "remedy", remedy));
	if (!doctor->json)
		print_finding(finding, remedy);
}

static void decoded(void *user, const struct brig_decode_result *result)
{
	struct doctor *doctor = user;

	doctor->done = true;
	doctor->status = result->status;
	(void)snprintf(doctor->message, sizeof doctor->message, "%s", result->message);
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

int doctor_main(int argc, char **argv)
{
	struct doctor doctor = { .layers = json_array() };

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		(void)fputs(doctor_help, stdout);
		return EXIT_OK;
	}
	doctor.json = argc == 2 && !strcmp(argv[1], "--json");
	if (argc > 1 && !doctor.json)
		return complain(EXIT_USAGE, "%s? brig doctor [--json]", argv[1]);
	int missing = brig_doctor_run(found, &doctor);
	if (missing < 0)
		(void)complain(0, "the layers can't be tried: %s", strerror(-missing));
	try_renderer(&doctor);
	bool ok = doctor.status == BRIG_DECODE_OK;
	json_t *root = json_pack("{s:i, s:o, s:{s:b, s:s}}", "schema", 1, "layers", doctor.layers,
				 "renderer", "ok", ok, "message", doctor.message);
	if (doctor.json) {
		(void)json_dumpf(root, stdout, JSON_INDENT(1));
		(void)fputc('\n', stdout);
	} else {
		(void)printf("\n%s: a picture in a sealed renderer: %s\n", ok ? "ok" : "NO SANDBOX",
			     doctor.message);
	}
	json_decref(root);
	return ok ? EXIT_OK : EXIT_NO_SANDBOX;
}
