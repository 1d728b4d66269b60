/* Which layers and abilities this machine gives: each really tried, and why not, and what to do. */
#include "sandbox/layers/seal.h"
#include "sandbox/selftest/machine.h"
#include "sandbox/selftest/probe.h"

#include <errno.h>
#include <string.h>

static const struct brig_probe_patience patience = { .first_ms = 10000, .later_ms = 1000 };

static int find(enum brig_layer layer, const struct brig_machine *machine,
		struct brig_probe_patience *left, struct brig_doctor_finding *ret)
{
	struct brig_probe_report report = { .layer = layer };
	int r = brig_probe(brig_probe_layer, &layer, left, &report);

	if (r < 0)
		return r;
	*ret = (struct brig_doctor_finding){
		.layer = layer,
		.error = report.error,
		.cause = report.error ? report.layer : layer,
		.stage = report.error ? report.stage : BRIG_STAGE_NONE,
		.required = brig_role_renderer.layers[layer] == BRIG_REQUIRED,
		.alone = brig_layer_stands_alone(layer),
	};
	memcpy(ret->detail, report.detail, sizeof ret->detail);
	if (report.error) {
		const struct brig_trouble trouble = { .layer = report.layer,
						      .stage = report.stage,
						      .error = report.error };

		brig_remedy(machine, &trouble, ret->remedy, sizeof ret->remedy);
	}
	return 0;
}

int brig_doctor_run_within(struct brig_probe_patience *left,
			   void (*on_finding)(void *user, const struct brig_doctor_finding *f),
			   void *user)
{
	struct brig_machine machine;
	int missing = 0;

	brig_machine_look(&machine);
	for (int layer = 0; layer < BRIG_LAYER_COUNT; layer++) {
		struct brig_doctor_finding finding;
		int r = find((enum brig_layer)layer, &machine, left, &finding);

		if (r < 0)
			return r;
		missing += finding.error && finding.required;
		on_finding(user, &finding);
	}
	return missing;
}

int brig_doctor_run(void (*on_finding)(void *user, const struct brig_doctor_finding *f), void *user)
{
	struct brig_probe_patience left = patience;

	return brig_doctor_run_within(&left, on_finding, user);
}

static const struct {
	const char *name, *purpose;
	int (*probe)(struct brig_probe_report *report, const void *data);
} abilities[BRIG_ABILITY_COUNT] = {
	[BRIG_ABILITY_LISTENER] = { "listener", "forbidden calls are reported before they run",
				    brig_probe_listener },
	[BRIG_ABILITY_ATTESTATION] = { "attestation",
				       "the broker sees in /proc what stands around a child",
				       brig_probe_attestation },
};

static int find_ability(enum brig_ability ability, const struct brig_machine *machine,
			struct brig_probe_patience *left, struct brig_doctor_ability *ret)
{
	struct brig_probe_report report = { .step = "" };
	int r = brig_probe(abilities[ability].probe, NULL, left, &report);

	if (r < 0)
		return r;
	*ret = (struct brig_doctor_ability){
		.ability = ability,
		.name = abilities[ability].name,
		.purpose = abilities[ability].purpose,
		.error = report.error,
		.step = report.error ? report.step : "",
		.required = report.error != EBUSY,
	};
	if (report.error) {
		const struct brig_trouble trouble = { .layer = BRIG_LAYER_COUNT,
						      .stage = BRIG_STAGE_ATTEST,
						      .error = report.error };

		brig_remedy(machine, &trouble, ret->remedy, sizeof ret->remedy);
	}
	return 0;
}

int brig_doctor_abilities_within(struct brig_probe_patience *left,
				 void (*on_ability)(void *user,
						    const struct brig_doctor_ability *a),
				 void *user)
{
	struct brig_machine machine;
	int missing = 0;

	brig_machine_look(&machine);
	for (int ability = 0; ability < BRIG_ABILITY_COUNT; ability++) {
		struct brig_doctor_ability found;
		int r = find_ability((enum brig_ability)ability, &machine, left, &found);

		if (r < 0)
			return r;
		missing += found.error != 0;
		on_ability(user, &found);
	}
	return missing;
}

int brig_doctor_abilities(void (*on_ability)(void *user, const struct brig_doctor_ability *a),
			  void *user)
{
	struct brig_probe_patience left = patience;

	return brig_doctor_abilities_within(&left, on_ability, user);
}
