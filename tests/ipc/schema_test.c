/* What the schema says of Brig's own services, and what stands elsewhere: the two must agree. */
#include "ipc/schema/format.h"
#include "ipc/schema/services.brig.h"
#include "ipc/schema/services.h"
#include "sandbox/roles/role.h"

#include "gtest_c.h"

#include <string.h>

static const struct brig_service *const services[] = {
	&brig_lifecycle_service, &brig_job_service,   &brig_surface_service, &brig_files_service,
	&brig_plugin_service,    &brig_codec_service, &brig_join_service,
};
#define N_SERVICES (sizeof services / sizeof *services)

static bool names(const struct brig_service *service, const char *role)
{
	for (const char *const *name = service->roles; *name; name++)
		if (!strcmp(*name, role))
			return true;
	return false;
}

/* Either alone would stop a role: a difference is an oversight, in one direction or the other. */
TEST_C(schema, names_the_roles_that_role_files_name)
{
	for (uint32_t id = 0; id < BRIG_ROLE_COUNT; id++) {
		const struct brig_role *role = brig_role_get(id);

		for (size_t s = 0; s < N_SERVICES; s++)
			if (names(services[s], role->name) !=
			    (bool)(role->interfaces >> services[s]->id & 1))
				FAIL_C("%s and %s", role->name, services[s]->name);
	}
}

TEST_C(schema, calls_services_as_role_files_do)
{
	for (size_t s = 0; s < N_SERVICES; s++)
		EXPECT_STR_EQ(brig_interface_name(services[s]->id), services[s]->name);
	EXPECT_PTR_NULL(brig_interface_name(N_SERVICES + 1));
}

TEST_C(schema, numbers_formats_as_the_broker_does)
{
	EXPECT_INT_EQ(BRIG_FORMAT_PNG, BRIG__IPC__FORMAT__PNG);
	EXPECT_INT_EQ(BRIG_FORMAT_JPEG, BRIG__IPC__FORMAT__JPEG);
	EXPECT_INT_EQ(BRIG_FORMAT_QOI, BRIG__IPC__FORMAT__QOI);
	EXPECT_INT_EQ(BRIG_FORMAT_PNM, BRIG__IPC__FORMAT__PNM);
	EXPECT_INT_EQ(BRIG_FORMAT_SHEET, BRIG__IPC__FORMAT__SHEET);
	EXPECT_INT_EQ(BRIG_FORMAT_COUNT, BRIG__IPC__FORMAT__SHEET + 1);
}

static const struct brig_field_rule *field_of(const struct brig_message_rules *rules,
					      const char *name)
{
	for (size_t i = 0; i < rules->n_fields; i++)
		if (!strcmp(rules->fields[i].name, name))
			return &rules->fields[i];
	return NULL;
}

/* What a sender cuts to, a receiver must take. */
TEST_C(schema, has_the_limits_that_code_has)
{
	EXPECT_UINT_EQ(BRIG_TEXT_MAX, field_of(&brig__ipc__job_failed__rules, "text")->max_len);
	EXPECT_UINT_EQ(BRIG_BROKEN_MAX,
		       field_of(&brig__ipc__job_finished__rules, "broken")->max_count);
	EXPECT_UINT_EQ(BRIG_FILE_NAME_MAX, field_of(&brig__ipc__file_open__rules, "name")->max_len);
	EXPECT_UINT_EQ(BRIG_PLUGIN_NAME_MAX,
		       field_of(&brig__ipc__plugin_decode__rules, "plugin")->max_len);
	EXPECT_UINT_EQ(BRIG_CELL_MAX, field_of(&brig__ipc__codec_decode__rules, "width")->max);
	EXPECT_INT_GE(field_of(&brig__ipc__seal_claim__rules, "layer_error")->max_count,
		      BRIG_LAYER_COUNT);
}

/* No way to send what has no end, or to wait for it: of every message that a method carries. */
static void expect_bounded(const struct brig_message_rules *rules)
{
	EXPECT_INT_LE(rules->max_bytes, 65536);
	for (size_t i = 0; i < rules->n_fields; i++) {
		const struct brig_field_rule *field = &rules->fields[i];

		if (field->kind == BRIG_FIELD_BYTES || field->kind == BRIG_FIELD_STRING)
			EXPECT_INT_GT(field->max_len, 0);
		if (field->flags & BRIG_FIELD_REPEATED)
			EXPECT_INT_GT(field->max_count, 0);
		if (field->kind == BRIG_FIELD_MESSAGE)
			expect_bounded(field->message);
	}
}

TEST_C(schema, bounds_every_field_of_every_method)
{
	for (size_t s = 0; s < N_SERVICES; s++)
		for (size_t m = 0; m < services[s]->n_methods; m++) {
			const struct brig_method *method = &services[s]->methods[m];

			expect_bounded(method->request);
			if (method->reply)
				expect_bounded(method->reply);
			EXPECT_TRUE((method->flags & BRIG_METHOD_ONEWAY) || method->deadline_ms);
		}
}

/* Stable, never reused: a change here breaks whoever is of another build. */
TEST_C(schema, keeps_its_numbers)
{
	EXPECT_INT_EQ(1, BRIG_LIFECYCLE_ID);
	EXPECT_INT_EQ(2, BRIG_JOB_ID);
	EXPECT_INT_EQ(3, BRIG_SURFACE_ID);
	EXPECT_INT_EQ(4, BRIG_FILES_ID);
	EXPECT_INT_EQ(5, BRIG_PLUGIN_ID);
	EXPECT_INT_EQ(6, BRIG_CODEC_ID);
	EXPECT_INT_EQ(1, BRIG_LIFECYCLE_SEALED);
	EXPECT_INT_EQ(2, BRIG_LIFECYCLE_FAILED);
	EXPECT_INT_EQ(3, BRIG_LIFECYCLE_LISTENER);
	EXPECT_INT_EQ(1, BRIG_JOB_START);
	EXPECT_INT_EQ(2, BRIG_JOB_FINISHED);
	EXPECT_INT_EQ(3, BRIG_JOB_FAILED);
	EXPECT_INT_EQ(1, BRIG_SURFACE_CREATE);
	EXPECT_INT_EQ(1, BRIG_FILES_OPEN);
	EXPECT_INT_EQ(1, BRIG_PLUGIN_DECODE);
	EXPECT_INT_EQ(1, BRIG_CODEC_DECODE);
}
